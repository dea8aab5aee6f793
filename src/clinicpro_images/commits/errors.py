"""Commits that can't be accepted or completed."""

from typing import Any

from clinicpro_images.errors import ClinicProError


class CommitError(ClinicProError):
    """The images can't be committed as requested."""

    slug = "commit-refused"
    title = "Can't be filed yet"
    status = 422
    default_detail = (
        "These photos can't be filed yet. Check what each of them still needs, then file them again."
    )


class BodySiteMissing(CommitError):
    """Some images have no body site; `image_ids` names them."""

    slug = "body-site-missing"
    title = "Body site missing"

    def __init__(self, image_ids: list[str], labels: list[str]) -> None:
        """`labels` name the images in the sentence; `image_ids` become the problem's `images`."""
        self.image_ids = image_ids
        super().__init__(f"Choose a body site before filing: {', '.join(labels)}.")

    def members(self) -> dict[str, Any]:
        """Add the ids of the images."""
        return {"images": self.image_ids}


class CommitMalformed(CommitError):
    """The request names no images or too many, or has no Idempotency-Key."""

    slug = "commit-malformed"
    title = "Request to file is incomplete"
    status = 400


class ImagesNotCommitted(CommitError):
    """A message or task refers to an image that will never be in the record."""

    slug = "pictures-not-filed"
    title = "Not sent, because a photo was not filed"
    status = 409
    default_detail = (
        "One of its photos was removed, or was not filed within 24 hours, so this was not sent. "
        "File the photo again and send this with it, or write to your colleague in Evolution."
    )


class OriginalNotCommitted(CommitError):
    """An edited copy must refer to its original, which could not be filed."""

    slug = "original-not-filed"
    title = "Not sent, because its original was not filed"
    status = 409
    default_detail = (
        "This copy has to refer to the photo that it was made from, which could not be filed. Send both again; or remove "
        "the original, then send this copy on its own."
    )


class LandingUnknown(CommitError):
    """ALEX's answer to a write got lost or says nothing, and no search is proven able to see whether it arrived."""

    slug = "landing-unknown"
    title = "May have arrived already"
    status = 409
    default_detail = (
        "This may be in Medtech already: its answer doesn't say whether it arrived, and ClinicPro Images can't see that "
        "itself. Look in Evolution, then say here what you found."
    )
    default_integrator = (
        "No search has been proven to show what was filed at this practice, so that nothing is written twice: see "
        "`sight` in /api/capabilities, and run `clinicpro doctor --write`."
    )


class RestoredFromBackup(CommitError):
    """The database was restored from a backup, so this may have been filed after it was made."""

    slug = "restored-from-backup"
    title = "Restored from a backup"
    status = 409
    default_detail = (
        "This may have been filed after that. ClinicPro Images looks in the patient's record before it offers or sends "
        "anything; wait, or look in Evolution yourself."
    )
    default_integrator = "The database is an earlier state: it was restored or copied. See Backup and restore in the documentation."


class NothingToDo(CommitError):
    """There is nothing to retry or to resolve."""

    slug = "nothing-to-do"
    title = "Nothing to do"
    status = 409
    default_detail = "Nothing here needs an answer or another try. Reload to see the current state."


class ReferralLimitUnknown(CommitError):
    """The requested limit for a referral's files can't be read, or is out of range."""

    slug = "referral-limit-unknown"
    title = "Size limit not known"
    default_detail = "This size limit can't be used. Choose 500 kB, 1 MB, 4 MB × 3 or 5 MB, or a size between 50 kB and 5 MB."


class ReferralNotReady(CommitError):
    """Nothing of the commit is in the record yet."""

    slug = "referral-not-ready"
    title = "Not filed yet"
    status = 409
    default_detail = (
        "The referral pack has copies of what was filed, and nothing of this is in the record yet. "
        "Wait until the photos are filed, then try again."
    )


class ReferralGone(CommitError):
    """The copies are destroyed or can't be read: the session's time is up, or the practice keeps none."""

    slug = "referral-gone"
    title = "Copies for the referral are gone"
    status = 410
    default_detail = (
        "Copies for a referral are kept for 90 minutes at most and have been destroyed. The photos are in the patient's "
        "record: attach them from there, or take new ones."
    )


class IdempotencyConflict(CommitError):
    """The same Idempotency-Key was used with another body."""

    slug = "idempotency-conflict"
    title = "Key already used for another request"
    status = 409
    default_detail = (
        "This request was already sent with other photos. Check what has been filed, then file again."
    )


class AlreadyFiled(CommitError):
    """`clinicpro commit` was given a file that is, or may be, in the patient's record already."""

    slug = "already-filed"
    title = "Already filed"
    status = 409
    default_detail = (
        "One of these files is being filed for this patient, or has been filed. Nothing was filed again; look in the "
        "patient's inbox in Evolution."
    )
    default_integrator = "To file it once more all the same, run the command with --again."
