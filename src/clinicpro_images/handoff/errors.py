"""Codes that can't be redeemed, and phones that were disconnected."""

from clinicpro_images.errors import AccessError, ClinicProError


class PhoneCutOff(AccessError):
    """The phone's hand-off was never claimed, was replaced or disconnected, or its session has ended."""

    slug = "phone-cut-off"
    title = "Session ended"
    status = 401
    default_detail = "Session ended: scan again."


class TicketError(ClinicProError):
    """The scanned or typed code is not accepted."""

    slug = "ticket-refused"
    title = "Code not accepted"
    status = 410
    audit_action = "phone.refused"
    default_detail = "This code is not accepted. Create a new QR code on the desktop and scan it."


class TicketUnknown(TicketError):
    """There is no such code: it was mistyped, truncated, guessed, or expired long ago."""

    slug = "ticket-unknown"
    title = "Code not known"
    status = 404
    default_detail = "There is no such code. Check it against the desktop, or scan the QR code there."


class TicketUsed(TicketError):
    """A phone has already redeemed it."""

    slug = "ticket-used"
    title = "Code already used"
    default_detail = (
        "A phone has already used this code, and each code connects one phone. Create a new QR code on the desktop and "
        "scan it; this disconnects the other phone."
    )


class TicketExpired(TicketError):
    """It was not scanned in time."""

    slug = "ticket-expired"
    title = "Code has expired"
    default_detail = "This code has expired. Create a new QR code on the desktop and scan it."


class TicketRevoked(TicketError):
    """The desktop created a newer one or disconnected, or its session has ended."""

    slug = "ticket-revoked"
    title = "Code no longer valid"
    default_detail = (
        "This code is no longer valid: the desktop has created a newer one, or its session has ended. Scan the QR code "
        "shown on the desktop now."
    )


class OtherPatientUnsent(TicketError):
    """The phone still holds another patient's unsent images. The ticket was not redeemed."""

    slug = "other-patient-unsent"
    title = "Unsent photos of another patient"
    status = 409
    default_detail = (
        "Photos of another patient are still on this phone, not sent. Send or delete them first, then scan this code "
        "again."
    )


class TooManyGuesses(TicketError):
    """Too many wrong codes from one address, or in total."""

    slug = "too-many-guesses"
    title = "Too many wrong codes"
    status = 429
    retryable = True
    default_detail = "Too many wrong codes were typed. Scan the QR code on the desktop, or wait a minute and type its code again."
