"""From a frame into a tab: a ticket that carries the same session over, once, within half a minute.

A frame's cookie is partitioned, so a tab doesn't have it. The ticket holds the session's token, sealed; only this
server can open it. It travels in the body of a form that the page itself posts, never in an address.
"""

import base64
import binascii
import json

from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from clinicpro_images.crypto.keyring import DecryptionFailed, Keyring
from clinicpro_images.db.database import Database
from clinicpro_images.db.tables import used_tokens
from clinicpro_images.sessions.errors import TabTicketRefused
from clinicpro_images.sessions.store import SessionStore

TICKET_SECONDS = 30.0
_CONTEXT = "sessions.tab-ticket"


class TabTransfers:
    """Mints tickets and redeems each once."""

    def __init__(self, *, database: Database, keyring: Keyring, store: SessionStore) -> None:
        """Remember what was redeemed in `database`."""
        self._database = database
        self._keyring = keyring
        self._store = store

    def mint(self, token: str, now: float) -> str:
        """Return a ticket for the session of this cookie."""
        content = json.dumps({"token": token, "until": now + TICKET_SECONDS}).encode()
        return base64.urlsafe_b64encode(self._keyring.encrypt_column(content, _CONTEXT)).decode()

    async def redeem(self, ticket: str, now: float) -> str:
        """Return the session's token; raises TabTicketRefused for what is forged, late or used before."""
        try:
            encrypted = base64.urlsafe_b64decode(ticket)
            content = json.loads(self._keyring.decrypt_column(encrypted, _CONTEXT))
        except (binascii.Error, ValueError, DecryptionFailed) as error:
            raise TabTicketRefused from error
        if now > content["until"]:
            raise TabTicketRefused
        found = await self._store.by_token(content["token"])
        if found is None or not found[0].is_open(now, unfiled=found[1]):
            raise TabTicketRefused
        # Beside the launches: what may start something once is remembered, and swept, in one place.
        used = self._keyring.keyed_hash("tab-ticket", encrypted)
        try:
            async with self._database.write() as connection:
                await connection.execute(insert(used_tokens).values(token_hash=used, used_at=now))
        except IntegrityError as error:
            raise TabTicketRefused from error
        return str(content["token"])
