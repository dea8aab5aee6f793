"""A ticket: made for one QR code, good for ten minutes, redeemed by one phone, cut off at any time."""

import re
from dataclasses import dataclass, replace
from typing import Literal

from clinicpro_images.handoff.errors import TicketExpired, TicketRevoked, TicketUsed

TICKET_SECONDS = 600.0
TICKET_LETTERS = 28  # 5 bits each: 140 bits

# Without i, l, o and u: what is read off a screen and typed by hand has no look-alikes.
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_TICKET = re.compile(f"[{_ALPHABET}]{{{TICKET_LETTERS}}}")
_READ_AS = str.maketrans({"o": "0", "i": "1", "l": "1"})
_GROUP = 4

HandoffState = Literal["waiting", "connected", "expired", "gone"]


@dataclass(frozen=True)
class Handoff:
    """One QR code and, once it is redeemed, one phone. Times are seconds since 1970."""

    id: str
    session_id: str
    expires_at: float
    claimed_at: float | None = None
    cut_off_at: float | None = None

    def state(self, now: float) -> HandoffState:
        """How it stands: expiry concerns the ticket only, a connected phone stays until it is cut off."""
        if self.cut_off_at is not None:
            return "gone"
        if self.claimed_at is not None:
            return "connected"
        return "waiting" if now < self.expires_at else "expired"


def mint(handoff_id: str, session_id: str, now: float) -> Handoff:
    """Make a hand-off that waits for its phone."""
    return Handoff(handoff_id, session_id, expires_at=now + TICKET_SECONDS)


def redeem(handoff: Handoff, now: float) -> Handoff:
    """Give the hand-off to a phone, once; raises TicketUsed, TicketRevoked, TicketExpired."""
    state = handoff.state(now)
    # Used before revoked: a second phone shall hear that another one was there.
    if handoff.claimed_at is not None:
        raise TicketUsed
    if state == "gone":
        raise TicketRevoked
    if state == "expired":
        raise TicketExpired
    return replace(handoff, claimed_at=now)


def cut_off(handoff: Handoff, now: float) -> Handoff:
    """End it, whatever its state; the first end stays."""
    return handoff if handoff.cut_off_at is not None else replace(handoff, cut_off_at=now)


def write_ticket(random: bytes) -> str:
    """Write random bytes, one for each letter, as they stand in the QR code; three bits of each are not used."""
    return "".join(_ALPHABET[byte % len(_ALPHABET)] for byte in random)


def spell(ticket: str) -> str:
    """Write a ticket in groups, to be read off and typed."""
    return "-".join(ticket[start : start + _GROUP] for start in range(0, len(ticket), _GROUP))


def read_ticket(typed: str) -> str | None:
    """Return the ticket that was scanned or typed, with or without groups; None if it can't be one."""
    bare = re.sub(r"[\s-]", "", typed).lower().translate(_READ_AS)
    return bare if _TICKET.fullmatch(bare) else None
