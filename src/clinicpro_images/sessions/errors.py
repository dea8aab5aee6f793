"""Launches that can't start a session, and callers without a session."""

from typing import Any

from clinicpro_images.errors import AccessError, ClinicProError


class NoSession(AccessError):
    """There is no session cookie, or its session has ended."""

    slug = "no-session"
    title = "No open session"
    status = 401
    default_detail = "This session has ended. Start ClinicPro Images from Evolution again."

    def __init__(self, *, sign_in: bool = False) -> None:
        """`sign_in`: a session can also be started by signing in outside Evolution."""
        also = "This session has ended. Start ClinicPro Images from Evolution again, or sign in."
        super().__init__(also if sign_in else "")
        self.sign_in = sign_in

    def members(self) -> dict[str, Any]:
        """Add where to sign in, if that is possible."""
        return {"signIn": "/sign-in"} if self.sign_in else {}


class SessionChanged(AccessError):
    """The page belongs to a different session from the browser's cookie."""

    slug = "session-changed"
    title = "This window is for another patient"
    status = 409
    default_detail = (
        "ClinicPro Images has since been opened for another patient, so this window no longer accepts anything. "
        "Nothing was moved: continue in the newer window, or start again from Evolution for this patient."
    )


class PhoneRefused(AccessError):
    """A phone's page requested something that only the desktop may do."""

    slug = "phone-refused"
    title = "Only on the desktop"
    default_detail = "This can only be done on the desktop. Continue there."


class LaunchError(ClinicProError):
    """A launch that can't start a session."""

    slug = "launch-refused"
    title = "Launch refused"
    status = 400
    audit_action = "launch.refused"
    default_detail = "Start ClinicPro Images from Evolution again."


class LaunchIncomplete(LaunchError):
    """`context` or `signature` is missing or unreadable."""

    slug = "launch-incomplete"
    title = "Launch link incomplete"
    default_detail = (
        "This link is incomplete. Open the patient in Evolution and press the ClinicPro Images icon."
    )


class LaunchForged(LaunchError):
    """ALEX rejects the context with this signature."""

    slug = "launch-not-recognised"
    title = "Launch not recognised"
    status = 403
    default_detail = "Medtech did not recognise this launch. Start ClinicPro Images from Evolution again."


class LaunchStale(LaunchError):
    """The context is older than five minutes."""

    slug = "launch-stale"
    title = "Launch link has expired"
    status = 410
    default_detail = "This launch has expired. Start ClinicPro Images from Evolution again."


class LaunchUsed(LaunchError):
    """The context has already started a session."""

    slug = "launch-used"
    title = "Launch link already used"
    status = 410
    default_detail = "This launch was already used. Start ClinicPro Images from Evolution again."


class NoPatientOpen(LaunchError):
    """The launch names no patient."""

    slug = "no-patient-open"
    title = "No patient is open in Evolution"
    status = 409
    default_detail = (
        "No patient is open in Evolution. Open the patient's record, then press the ClinicPro Images icon."
    )


class NoProvider(LaunchError):
    """The launch names no provider, and ALEX accepts nothing without an author."""

    slug = "no-provider"
    title = "No provider is signed in"
    status = 409
    default_detail = "Evolution did not give us the signed-in provider. Sign in to Evolution as a provider and start again."


class LaunchInconsistent(LaunchError):
    """The launch names one record, but the patient's NHI belongs to another."""

    slug = "launch-inconsistent"
    title = "Patient could not be confirmed"
    status = 409
    default_detail = (
        "Medtech's responses about this patient don't agree, so no photos can be taken. "
        "Close and reopen the patient in Evolution, then start again."
    )


class RecordsDisagree(LaunchInconsistent):
    """The session is open, and then the search for the patient's NHI did not find its record."""

    slug = "records-disagree"
    default_detail = (
        "Medtech's responses about this patient don't agree: the record that Evolution opened is not among those with "
        "this NHI. Nothing was filed. Check the NHI in Evolution, then close and reopen the patient and start again."
    )


class RecordMerged(LaunchError):
    """The record was merged into another one."""

    slug = "record-merged"
    title = "This record was merged into another one"
    status = 409
    default_detail = (
        "Medtech says that this patient's record was merged into another one, so nothing can be filed into it. Open the "
        "patient's current record in Evolution, then start again."
    )


class RecordInactive(LaunchError):
    """The record is not in use any more."""

    slug = "record-inactive"
    title = "This record is not active"
    status = 409
    default_detail = (
        "Medtech says that this patient's record is not active, so nothing can be filed into it. Check the record in "
        "Evolution: make it active, or open the patient's other record, then start again."
    )


class RecordNameless(LaunchError):
    """The record has no name, or nothing else that identifies the patient."""

    slug = "record-nameless"
    title = "This record doesn't say whose it is"
    status = 409
    default_detail = (
        "This record has no name, or neither an NHI nor a date of birth, so nobody could check whose photos these are. "
        "Complete it in Evolution, then start again."
    )


class LaunchTimedOut(LaunchError):
    """Medtech did not answer within the launch's deadline."""

    slug = "launch-timed-out"
    title = "Medtech is not answering"
    status = 504
    retryable = True
    audit_action = ""
    default_detail = (
        "Medtech has not answered for 11 seconds, so no patient was opened and nothing was changed. Try again; if it "
        "happens again, check that Medtech works otherwise, then tell your administrator."
    )


class PatientAmbiguous(LaunchError):
    """Several patient records in this practice have the same NHI."""

    slug = "patient-ambiguous"
    title = "This NHI has more than one record"
    status = 409
    default_detail = (
        "This practice has more than one record with this patient's NHI, so a photo could end up in the "
        "wrong one. Ask your practice to merge the records, then start again."
    )


class TabTicketRefused(LaunchError):
    """A ticket from a frame to a tab has expired, was already used, or was not issued here."""

    slug = "tab-ticket-refused"
    title = "This tab could not be opened"
    status = 410
    default_detail = (
        "The link from Evolution's panel to a tab works once, for 30 seconds. "
        "Press Open in a tab again, or start ClinicPro Images from Evolution."
    )
