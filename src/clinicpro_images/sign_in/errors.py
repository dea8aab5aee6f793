"""Sign-ins outside Evolution that can't become a session."""

from typing import ClassVar

from clinicpro_images.errors import ClinicProError

_SIGN_IN = ("/sign-in", "Sign in")
_SEARCH = ("/sign-in/patient", "Enter the NHI again")


class SignInError(ClinicProError):
    """A sign-in that can't become one."""

    slug = "sign-in-refused"
    title = "Sign-in not accepted"
    status = 403
    way_on: ClassVar[tuple[str, str] | None] = _SIGN_IN
    default_detail = (
        "The answer of the sign-in service could not be confirmed, so nobody is signed in. Sign in again; if it happens "
        "every time, tell whoever looks after this installation."
    )
    default_integrator = (
        "The log's sign_in.refused says why. Check client id, client secret and the issuer's keys and clock."
    )


class SignInClosed(SignInError):
    """No sign-in is configured."""

    slug = "sign-in-closed"
    title = "No sign-in here"
    status = 404
    way_on = None
    default_detail = "There is no sign-in of its own here. Open the patient in Evolution and press the ClinicPro Images icon."
    default_integrator = "Set CLINICPRO_SIGN_IN_ISSUER and what belongs to it to open it."


class SignInLate(SignInError):
    """More than ten minutes after it was begun, or in a browser that did not begin it."""

    slug = "sign-in-expired"
    title = "Sign-in took too long"
    status = 410
    default_detail = "This sign-in was begun more than ten minutes ago, or in another window. Nobody is signed in; sign in again."


class SignInUsed(SignInError):
    """The provider's answer came a second time."""

    slug = "sign-in-used"
    title = "Sign-in already used"
    status = 410
    default_detail = "This address was opened a second time, and it works once. Sign in again."


class SignInCancelled(SignInError):
    """The provider says that whoever was there did not sign in."""

    slug = "sign-in-cancelled"
    title = "Sign-in was cancelled"
    default_detail = (
        "The sign-in service says that the sign-in was cancelled or not permitted. Sign in again, or start ClinicPro "
        "Images from Evolution."
    )


class SignInNotAllowed(SignInError):
    """Somebody signed in who may not."""

    slug = "sign-in-not-allowed"
    title = "Your account may not use ClinicPro Images"
    default_detail = (
        "You are signed in at your practice's service, and this account is not among those who may use ClinicPro Images. "
        "Ask whoever looks after it to let you in, or sign in with another account."
    )
    default_integrator = (
        "Who may is said by CLINICPRO_SIGN_IN_SUBJECTS, CLINICPRO_SIGN_IN_EMAILS and CLINICPRO_SIGN_IN_CLAIM."
    )


class SignInUnavailable(SignInError):
    """The provider can't be asked."""

    slug = "sign-in-unavailable"
    title = "Sign-in service not reachable"
    status = 503
    retryable = True
    way_on = ("/sign-in", "Try again")
    default_detail = (
        "The sign-in service of your practice does not answer. Try again in a minute, or start ClinicPro Images from "
        "Evolution."
    )
    default_integrator = "Check CLINICPRO_SIGN_IN_ISSUER and the way there; the log says what went wrong."


class NotSignedIn(SignInError):
    """No sign-in, or it is over."""

    slug = "not-signed-in"
    title = "Your sign-in has ended"
    status = 401
    default_detail = "A sign-in lasts an hour. Nothing was opened; sign in again."


class NoProviderHere(SignInError):
    """The account names no provider of this practice, or more than one."""

    slug = "no-provider-here"
    title = "Your account names no provider of this practice"
    default_detail = (
        "Your account is not linked to exactly one provider of this practice, so nothing could be filed under your name. "
        "Tell whoever looks after this installation."
    )
    default_integrator = (
        "CLINICPRO_SIGN_IN_PROVIDER_CLAIM must hold the Practitioner's id, or one of its identifiers."
    )


class PatientSearchError(ClinicProError):
    """What was entered to find a patient can't be used."""

    slug = "patient-search-refused"
    title = "Patient not found"
    status = 422
    way_on = _SEARCH
    default_detail = "No patient was opened. Enter the NHI again."


class NhiInvalid(PatientSearchError):
    """The check character does not fit."""

    slug = "nhi-invalid"
    title = "Not a valid NHI"
    default_detail = (
        "Its check character does not fit, so a character is wrong. Look at the NHI again and enter it anew."
    )


class ProviderNotChosen(PatientSearchError):
    """Nobody was chosen to file as."""

    slug = "provider-not-chosen"
    title = "Choose who you are"
    default_detail = "Pictures are filed under a provider of the practice. Choose yourself from the list."


class NhiUnknown(PatientSearchError):
    """Nobody in this practice has it."""

    slug = "nhi-unknown"
    title = "No patient with this NHI"
    status = 404
    default_detail = (
        "Medtech finds no patient with this NHI in this practice. Check the NHI and enter it again."
    )


class ConfirmationLate(PatientSearchError):
    """The page to confirm a patient is too old, opened a session that is over, or is somebody else's."""

    slug = "confirmation-expired"
    title = "Enter the NHI again"
    status = 410
    default_detail = (
        "The page to confirm a patient counts for five minutes, and for one session. No patient was opened; enter the NHI "
        "again."
    )
