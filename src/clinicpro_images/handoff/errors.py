"""Tickets that can't be redeemed, and phones that were disconnected."""

from clinicpro_images.errors import AccessError, ClinicProError


class PhoneCutOff(AccessError):
    """A phone without a hand-off that is alive: never claimed, renewed, disconnected, or its session is over."""

    slug = "phone-cut-off"
    title = "Session ended"
    status = 401
    default_detail = "Session ended: scan again."


class TicketError(ClinicProError):
    """The scanned or typed code lets nobody in."""

    slug = "ticket-refused"
    title = "Code not accepted"
    status = 410
    default_detail = "This code is not accepted. Make a new QR code on the desktop and scan that."


class TicketUnknown(TicketError):
    """No such code: mistyped, cut short, guessed, or of long ago."""

    slug = "ticket-unknown"
    title = "Code not known"
    status = 404
    default_detail = (
        "This code is not known here. Scan the QR code on the desktop again, or check what you typed."
    )


class TicketUsed(TicketError):
    """A phone has redeemed it already."""

    slug = "ticket-used"
    title = "Code already used"
    default_detail = (
        "A phone has used this code already, and each code lets one phone in. Make a new QR code on the desktop and "
        "scan that; it disconnects the other phone."
    )


class TicketExpired(TicketError):
    """Nobody scanned it in time."""

    slug = "ticket-expired"
    title = "Code has expired"
    default_detail = "This code has expired. Make a new QR code on the desktop and scan that."


class TicketRevoked(TicketError):
    """The desktop made a newer one, disconnected, or its session is over."""

    slug = "ticket-revoked"
    title = "Code no longer counts"
    default_detail = (
        "This code no longer counts: the desktop has made a newer one, or its session is over. Scan the QR code that "
        "the desktop shows now."
    )


class TooManyGuesses(TicketError):
    """Too many codes that were none, from one address or altogether."""

    slug = "too-many-guesses"
    title = "Too many wrong codes"
    status = 429
    retryable = True
    default_detail = "Too many wrong codes were tried. Wait a minute, then scan the QR code on the desktop."
