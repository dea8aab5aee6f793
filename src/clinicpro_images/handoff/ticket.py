"""A hand-off and its ticket: one QR code, valid for ten minutes, redeemed by one phone, revocable at any time.

The ticket is scanned. A phone that can't scan is given a short code, which is valid for the same hand-off and the same time.
"""

import re
from dataclasses import dataclass, replace
from typing import Literal

from clinicpro_images.handoff.errors import TicketExpired, TicketRevoked, TicketUsed

TICKET_SECONDS = 600.0
TICKET_CHARACTERS = 28  # 5 bits each: 140 bits
CODE_CHARACTERS = 8  # 40 bits: enough for ten minutes and a limited number of attempts

# Without i, l, o and u, which are easily misread when a code is typed from a screen.
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_TICKET = re.compile(f"[{_ALPHABET}]{{{TICKET_CHARACTERS}}}")
_CODE = re.compile(f"[{_ALPHABET}]{{{CODE_CHARACTERS}}}")
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
    waiting: int = 0  # how many images the phone says that it holds

    def state(self, now: float) -> HandoffState:
        """The state at `now`. Only the ticket expires; a phone stays connected until it is cut off."""
        if self.cut_off_at is not None:
            return "gone"
        if self.claimed_at is not None:
            return "connected"
        return "waiting" if now < self.expires_at else "expired"


def new_handoff(handoff_id: str, session_id: str, now: float) -> Handoff:
    """Return a hand-off that is waiting for a phone."""
    return Handoff(handoff_id, session_id, expires_at=now + TICKET_SECONDS)


def may_repeat(handoff: Handoff, now: float) -> bool:
    """Whether the page that redeemed the ticket may get the answer again, because the first one was lost on the way."""
    return handoff.state(now) == "connected" and now < handoff.expires_at


def redeem(handoff: Handoff, now: float) -> Handoff:
    """Return the hand-off claimed by a phone; raises TicketUsed, TicketRevoked, TicketExpired."""
    state = handoff.state(now)
    # Used before revoked, because a second phone's user should see that another phone was connected.
    if handoff.claimed_at is not None:
        raise TicketUsed
    if state == "gone":
        raise TicketRevoked
    if state == "expired":
        raise TicketExpired
    return replace(handoff, claimed_at=now)


def cut_off(handoff: Handoff, now: float) -> Handoff:
    """Return the hand-off cut off, whatever its state; the first time is kept."""
    return handoff if handoff.cut_off_at is not None else replace(handoff, cut_off_at=now)


def encode_ticket(random: bytes) -> str:
    """Encode random bytes, one for each character; five bits of each are used."""
    return "".join(_ALPHABET[byte % len(_ALPHABET)] for byte in random)


def format_code(code: str) -> str:
    """Return a code, or a ticket, in groups of four capitals, to be read and typed."""
    return "-".join(code[start : start + _GROUP] for start in range(0, len(code), _GROUP)).upper()


def parse_ticket(scanned: str) -> str | None:
    """Return the ticket that was scanned or typed, with or without groups; None if it is malformed."""
    bare = _bare(scanned)
    return bare if _TICKET.fullmatch(bare) else None


def parse_code(typed: str) -> str | None:
    """Return the code that was typed, with or without groups; None if it is malformed."""
    bare = _bare(typed)
    return bare if _CODE.fullmatch(bare) else None


def _bare(typed: str) -> str:
    return re.sub(r"[\s-]", "", typed).lower().translate(_READ_AS)
