"""Sign-ins outside Evolution that can't start a session."""

from typing import ClassVar

from clinicpro_images.errors import ClinicProError

_SIGN_IN = ("/sign-in", "Sign in")
_SEARCH = ("/sign-in/patient", "Enter the NHI again")


class SignInError(ClinicProError):
    """The sign-in could not be confirmed."""

    slug = "sign-in-refused"
    title = "Sign-in not accepted"
    status = 403
    audit_action = "sign-in.refused"
    recovery_link: ClassVar[tuple[str, str] | None] = _SIGN_IN
    default_detail = (
        "The response from the sign-in service could not be confirmed, so you are not signed in. Sign in again; if this "
        "keeps happening, tell your administrator."
    )
    default_integrator = "The log's sign_in.refused event has the reason. Check client ID, client secret, issuer keys and clock."


class SignInClosed(SignInError):
    """No sign-in is configured."""

    slug = "sign-in-closed"
    title = "No sign-in here"
    status = 404
    audit_action = ""
    recovery_link = None
    default_detail = (
        "You can't sign in here. Open the patient in Evolution and press the ClinicPro Images icon."
    )
    default_integrator = "Set CLINICPRO_SIGN_IN_ISSUER and the settings that belong to it to allow sign-in."


class SignInLate(SignInError):
    """The sign-in was started more than ten minutes ago, or in another browser."""

    slug = "sign-in-expired"
    title = "Sign-in took too long"
    status = 410
    default_detail = (
        "This sign-in was started more than ten minutes ago, or in another window. Sign in again."
    )


class SignInNotKept(SignInError):
    """A sign-in can be kept for the day on a phone only, and only if the practice allows it."""

    slug = "sign-in-not-kept"
    title = "Sign-in not kept for the day"
    status = 403
    audit_action = ""
    recovery_link = _SEARCH
    default_detail = (
        "You are still signed in, for an hour. Staying signed in for the day works on phones only, and only if the practice "
        "allows it: ask your administrator."
    )
    default_integrator = "CLINICPRO_SIGN_IN_KEPT_ON_PHONES decides it."


class SignInUsed(SignInError):
    """The provider's response arrived a second time."""

    slug = "sign-in-used"
    title = "Sign-in already used"
    status = 410
    default_detail = "This link works once, and it was already opened. Sign in again."


class SignInCancelled(SignInError):
    """The provider reports that the user cancelled or was not permitted to sign in."""

    slug = "sign-in-cancelled"
    title = "Sign-in was cancelled"
    default_detail = (
        "The sign-in service reports that the sign-in was cancelled or not permitted. Sign in again, or start ClinicPro "
        "Images from Evolution."
    )


class SignInNotAllowed(SignInError):
    """The account is not authorised."""

    slug = "sign-in-not-allowed"
    title = "Your account may not use ClinicPro Images"
    recovery_link = ("/sign-in?afresh", "Sign in with another account")
    default_detail = (
        "You are signed in with your practice's service, but this account may not use ClinicPro Images. "
        "Ask your administrator for access, or sign in with another account."
    )
    default_integrator = "CLINICPRO_SIGN_IN_SUBJECTS, CLINICPRO_SIGN_IN_EMAILS and CLINICPRO_SIGN_IN_CLAIM decide who may sign in."


class PracticeNotAllowed(SignInError):
    """The account may not see the practice's page."""

    slug = "practice-not-allowed"
    title = "Your account may not see the practice's page"
    recovery_link = ("/sign-in/practice?afresh", "Sign in with another account")
    default_detail = (
        "You are signed in with your practice's service, but this account may not see the practice's page. Ask your "
        "administrator for access, or sign in with another account."
    )
    default_integrator = "CLINICPRO_PRACTICE_SUBJECTS, CLINICPRO_PRACTICE_EMAILS and CLINICPRO_PRACTICE_CLAIM decide who sees it."


class SignInUnavailable(SignInError):
    """The provider can't be reached."""

    slug = "sign-in-unavailable"
    title = "Sign-in service not reachable"
    status = 503
    retryable = True
    recovery_link = ("/sign-in", "Try again")
    default_detail = (
        "The practice's sign-in service is not responding. Try again in a minute, or start from Evolution."
    )
    default_integrator = (
        "Check CLINICPRO_SIGN_IN_ISSUER and the connection to it; the log shows what went wrong."
    )


class NotSignedIn(SignInError):
    """Nobody is signed in, or the sign-in has expired."""

    slug = "not-signed-in"
    title = "Your sign-in has ended"
    status = 401
    default_detail = "A sign-in lasts an hour. Nothing was opened; sign in again."


class NoProviderHere(SignInError):
    """The account is linked to no provider of this practice, or to more than one."""

    slug = "no-provider-here"
    title = "Your account is not linked to a provider of this practice"
    default_detail = (
        "Your account is not linked to exactly one provider of this practice, so nothing could be filed under your name. "
        "Tell your administrator."
    )
    default_integrator = (
        "CLINICPRO_SIGN_IN_PROVIDER_CLAIM must contain the Practitioner's ID, or one of its identifiers, "
        "in at most 600 bytes."
    )


class PatientSearchError(ClinicProError):
    """The search was refused: no patient is opened."""

    slug = "patient-search-refused"
    title = "Patient not found"
    status = 422
    recovery_link = _SEARCH
    default_detail = "No patient was opened. Enter the NHI again."


class TooManySearches(PatientSearchError):
    """The account has looked up as many patients as it may in this time."""

    slug = "too-many-searches"
    title = "Too many searches"
    status = 429
    retryable = True
    audit_action = "access.refused"
    default_detail = (
        "Your account has looked up many patients in a short time, so no patient was opened. Wait a while, or start "
        "ClinicPro Images from Evolution."
    )
    default_integrator = (
        "CLINICPRO_SEARCHES_PER_DAY is the limit for one account; the audit trail says what was looked up."
    )


class NhiInvalid(PatientSearchError):
    """The check character is wrong."""

    slug = "nhi-invalid"
    title = "Not a valid NHI"
    default_detail = "One of its characters is wrong. Check the NHI and enter it again."


class ProviderNotChosen(PatientSearchError):
    """No provider was chosen to file as."""

    slug = "provider-not-chosen"
    title = "Choose who you are"
    default_detail = "Photos are filed under a provider of the practice. Choose yourself from the list."


class NhiUnknown(PatientSearchError):
    """No patient in this practice has this NHI."""

    slug = "nhi-unknown"
    title = "No patient with this NHI"
    status = 404
    default_detail = (
        "Medtech has no patient with this NHI in this practice. Check the NHI and enter it again."
    )


class BirthDateDiffers(PatientSearchError):
    """The record with this NHI has another birth date: one of the two identifiers is wrong."""

    slug = "birth-date-differs"
    title = "NHI and birth date don't match"
    status = 422
    default_detail = "Check both with the patient: the record with this NHI doesn't have this date of birth."


class BirthDateUnreadable(PatientSearchError):
    """What was entered as the birth date is no date, or its month is first."""

    slug = "birth-date-unreadable"
    title = "Date of birth not understood"
    status = 422
    default_detail = "Enter the date of birth as day, month and year, such as 7/8/1965."


class ConfirmationLate(PatientSearchError):
    """The confirmation has expired, was already used, or belongs to another sign-in."""

    slug = "confirmation-expired"
    title = "Enter the NHI again"
    status = 410
    default_detail = (
        "A patient has to be confirmed within five minutes, and a confirmation works once. No patient was opened; enter "
        "the NHI again."
    )
