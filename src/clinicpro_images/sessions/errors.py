"""Launches that can't become a session, and callers without one."""

from clinicpro_images.errors import AccessError, ClinicProError


class NoSession(AccessError):
    """No session cookie, or its session has ended."""

    slug = "no-session"
    title = "No open session"
    status = 401
    default_detail = "This session has ended. Start ClinicPro Images from Evolution again."

    def __init__(self, *, sign_in: bool = False) -> None:
        """`sign_in`: a session can also be had by signing in outside Evolution."""
        also = "This session has ended. Start ClinicPro Images from Evolution again, or sign in."
        super().__init__(also if sign_in else "")
        self.sign_in = sign_in


class SessionChanged(AccessError):
    """The page belongs to another session than the browser's cookie now does."""

    slug = "session-changed"
    title = "This window is for another patient"
    status = 409
    default_detail = (
        "ClinicPro Images was opened for another patient since, so this window no longer accepts anything. "
        "Nothing was moved: continue in the newer window, or start again from Evolution for this patient."
    )


class PhoneRefused(AccessError):
    """A phone's page asks for what only the desktop may do."""

    slug = "phone-refused"
    title = "Only on the desktop"
    default_detail = "This can be done on the desktop only. Go on there."


class LaunchError(ClinicProError):
    """A launch that can't become a session."""

    slug = "launch-refused"
    title = "Launch refused"
    status = 400
    default_detail = "Start ClinicPro Images from Evolution again."


class LaunchIncomplete(LaunchError):
    """`context` or `signature` is missing or unreadable."""

    slug = "launch-incomplete"
    title = "Launch link incomplete"
    default_detail = (
        "This link is incomplete. Open the patient in Evolution and press the ClinicPro Images icon."
    )


class LaunchForged(LaunchError):
    """ALEX does not accept the context with this signature."""

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
    """The context has started a session before."""

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
    """The launch names no provider, and ALEX files nothing without an author."""

    slug = "no-provider"
    title = "Evolution did not say who you are"
    status = 409
    default_detail = "Evolution did not say which provider is signed in. Sign in to Evolution as a provider and start again."


class LaunchInconsistent(LaunchError):
    """The launch names one record and the patient's NHI leads to another."""

    slug = "launch-inconsistent"
    title = "Patient could not be confirmed"
    status = 409
    default_detail = (
        "Medtech's answers about this patient do not agree, so no picture is taken. "
        "Close and reopen the patient in Evolution, then start again."
    )


class PatientAmbiguous(LaunchError):
    """One NHI stands for several patient records in this practice."""

    slug = "patient-ambiguous"
    title = "This NHI has more than one record"
    status = 409
    default_detail = (
        "This practice has more than one record with this patient's NHI, so a picture could land in the "
        "wrong one. Ask your practice to merge the records, then start again."
    )


class TabTicketRefused(LaunchError):
    """A ticket from a frame into a tab is late, used before, or not ours."""

    slug = "tab-ticket-refused"
    title = "This tab could not be opened"
    status = 410
    default_detail = (
        "The way from Evolution's panel into a tab is good once, for half a minute. "
        "Press Open in a tab again, or start ClinicPro Images from Evolution."
    )
