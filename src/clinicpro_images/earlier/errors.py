"""Why an earlier photo can't be shown."""

from clinicpro_images.errors import ClinicProError, NotFound


class EarlierImageUnknown(NotFound):
    """It is not in the list of this patient's earlier photos."""

    slug = "earlier-photo-unknown"
    title = "Earlier photo not found"
    default_detail = "Medtech no longer lists this photo for this patient. Open the earlier photos again."


class EarlierImageUnreadable(ClinicProError):
    """Medtech gave it, and no decoder here can show it."""

    slug = "earlier-photo-unreadable"
    title = "Earlier photo can't be shown"
    status = 422
    default_detail = "This earlier photo can't be shown here. Open it in Evolution's inbox instead."


class EarlierImagesRefused(ClinicProError):
    """Medtech does not let this installation read earlier photos."""

    slug = "earlier-photos-refused"
    title = "Earlier photos not available"
    status = 403
    default_detail = (
        "Medtech does not let this installation read earlier photos. Everything else works; look for them in "
        "Evolution's inbox."
    )


class EarlierImagesUnclear(ClinicProError):
    """Medtech answered with something that is not a list of documents, or with more than can be read."""

    slug = "earlier-photos-unclear"
    title = "Earlier photos not understood"
    status = 502
    default_detail = (
        "Medtech's list of earlier photos could not be read, so none is shown. Everything else works; look for them "
        "in Evolution's inbox."
    )


class EarlierImagesLate(ClinicProError):
    """Medtech took too long, or can't be reached."""

    slug = "earlier-photos-late"
    title = "Earlier photos not loaded"
    status = 503
    retryable = True
    default_detail = (
        "Medtech did not return the earlier photos in time. Everything else works; try again, or look in "
        "Evolution's inbox."
    )
