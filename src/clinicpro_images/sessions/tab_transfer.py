"""Opens a frame's session in a tab, with a ticket that works once, for 30 s.

A frame's cookie is partitioned, so a tab doesn't have it. The ticket is the session's token, encrypted; only this
server can decrypt it. The page posts it in a form's body, never in a URL.
"""

import base64
import binascii
import json

from clinicpro_images.crypto.keyring import DecryptionFailed, Keyring
from clinicpro_images.db.database import Database
from clinicpro_images.db.unit_of_work import UnitOfWork
from clinicpro_images.sessions.errors import TabTicketRefused
from clinicpro_images.sessions.store import SessionStore
from clinicpro_images.sessions.used_tokens import UsedTokens

TICKET_SECONDS = 30.0
# A frame whose cookie the browser refuses can't ask for a ticket when its button is pressed, so it gets one at launch.
FRAME_TICKET_SECONDS = 300.0
_CLOCK_SKEW_SECONDS = 5.0  # between two gateways
_CONTEXT = "sessions.tab-ticket"


class TabTransfers:
    """Issues tickets and redeems each once."""

    def __init__(
        self, *, database: Database, keyring: Keyring, store: SessionStore, used: UsedTokens
    ) -> None:
        """Record redeemed tickets in `used`."""
        self._database = database
        self._keyring = keyring
        self._store = store
        self._used = used

    def issue(self, token: str, now: float, *, seconds: float = TICKET_SECONDS) -> str:
        """Return a ticket for the session of this cookie."""
        content = json.dumps({"token": token, "until": now + seconds}).encode()
        return base64.urlsafe_b64encode(self._keyring.encrypt_column(content, _CONTEXT)).decode()

    async def redeem(self, ticket: str, now: float) -> str:
        """Return the session's token; raises TabTicketRefused if the ticket is forged, late or used."""
        try:
            encrypted = base64.urlsafe_b64decode(ticket)
            content = json.loads(self._keyring.decrypt_column(encrypted, _CONTEXT))
        except (binascii.Error, ValueError, DecryptionFailed) as error:
            raise TabTicketRefused from error
        # One from further in the future is from before the clock was set back, and would be valid for too long.
        if not 0 <= content["until"] - now <= FRAME_TICKET_SECONDS + _CLOCK_SKEW_SECONDS:
            raise TabTicketRefused
        await self._database.write(self._redeem, encrypted, content["token"], now)
        return str(content["token"])

    def _redeem(self, work: UnitOfWork, encrypted: bytes, token: str, now: float) -> None:
        found = self._store.by_token(work.connection, token)
        if found is None or not found[0].is_open(now, unfiled=found[1]):
            raise TabTicketRefused
        if not self._used.consume(work, "tab-ticket", encrypted):
            raise TabTicketRefused
