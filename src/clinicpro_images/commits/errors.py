"""Commits that can't be accepted or carried out."""

from clinicpro_images.errors import ClinicProError


class CommitError(ClinicProError):
    """What was asked to be filed can't be filed."""

    slug = "commit-refused"
    title = "Can't be filed yet"
    status = 422
    default_detail = "These pictures can't be filed yet. Look what each of them still needs, then file again."


class BodySiteMissing(CommitError):
    """Some pictures have no body site; `pictures` names them."""

    slug = "body-site-missing"
    title = "Body site missing"

    def __init__(self, image_ids: list[str], labels: list[str]) -> None:
        """Name the pictures in the sentence; `image_ids` go into the problem as `images`."""
        self.image_ids = image_ids
        super().__init__(f"Say where on the body before filing: {', '.join(labels)}.")


class CommitMalformed(CommitError):
    """The request to file names no pictures, too many, or lacks its Idempotency-Key."""

    slug = "commit-malformed"
    title = "Request to file is incomplete"
    status = 400


class ImagesNotFiled(CommitError):
    """A message or a task whose pictures will never all be in the record."""

    slug = "images-not-committed"
    title = "Not sent, because a picture was not filed"
    status = 409
    default_detail = (
        "A picture of this request was removed, or not filed within 24 hours, so what should go with it was not sent. "
        "File the picture again and send this with it, or write to your colleague in Evolution."
    )


class OriginalNotFiled(CommitError):
    """An edited copy whose original was asked to be filed too, and failed."""

    slug = "original-not-committed"
    title = "Not sent, because its original was not filed"
    status = 409
    default_detail = (
        "The picture that this copy was made from could not be filed, and the copy is to refer to it. Send both again; "
        "or remove the original, then send this copy again by itself."
    )


class NothingToDo(CommitError):
    """There is nothing to send again or to resolve."""

    slug = "nothing-to-do"
    title = "Nothing to do"
    status = 409
    default_detail = "Nothing here waits for an answer or another try. Reload to see the current state."


class IdempotencyConflict(CommitError):
    """The same Idempotency-Key came with another body."""

    slug = "idempotency-conflict"
    title = "Key already used for another request"
    status = 409
    default_detail = (
        "This request was already sent with other pictures. Check what was filed, then file again."
    )
