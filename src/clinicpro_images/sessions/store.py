"""The SQL of launches and sessions."""

from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Row, bindparam, case, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from clinicpro_images.audit.entry import Entry
from clinicpro_images.audit.trail import Trail
from clinicpro_images.db.connection import AsyncConnection
from clinicpro_images.crypto.keyring import Keyring
from clinicpro_images.db.database import Database
from clinicpro_images.db.in_list import in_literals
from clinicpro_images.db.tables import images, sessions, used_tokens
from clinicpro_images.sessions.errors import LaunchUsed
from clinicpro_images.sessions.session import GRACE_SECONDS, IDLE_SECONDS, Session, who_from_json, who_to_json

UNFILED = ("staged", "queued", "sending", "failed", "unverified")
_TOUCH_EVERY = 30.0


@dataclass(frozen=True)
class UnfiledSession:
    """Pictures of an earlier session that were never filed; `under_way` of them are being filed by themselves."""

    session: Session
    count: int
    under_way: int
    oldest: float
    open: bool


class SessionStore:
    """Sessions in the database; tokens and patients only as keyed hashes, names only sealed."""

    def __init__(self, database: Database, keyring: Keyring, trail: Trail | None = None) -> None:
        """Use `keyring` for every hash and seal; `trail` takes down who starts and ends a session."""
        self._database = database
        self._keyring = keyring
        self._trail = trail

    def token_hash(self, token: str) -> str:
        """Hash a cookie's token for storing and finding."""
        return self._keyring.keyed_hash("session-token", token)

    def patient_key(self, facility_id: str, patient_id: str) -> str:
        """Name a patient without saying who."""
        return self._keyring.keyed_hash("patient", facility_id, patient_id)

    def provider_key(self, facility_id: str, provider_id: str) -> str:
        """Name a provider without saying who."""
        return self._keyring.keyed_hash("provider", facility_id, provider_id)

    async def add(
        self,
        connection: AsyncConnection,
        session: Session,
        token: str,
        launch: str | None,
        account: str = "",
    ) -> None:
        """Store a session and use up its launch; raises LaunchUsed when that was used before."""
        if launch is not None:
            context_hash = self._keyring.keyed_hash("launch-context", launch)
            try:
                await connection.execute(
                    insert(used_tokens).values(token_hash=context_hash, used_at=session.started_at)
                )
            except IntegrityError as error:
                raise LaunchUsed from error
        who = who_to_json(session.patient, session.provider, session.facility)
        await connection.execute(
            insert(sessions).values(
                id=session.id,
                token_hash=self.token_hash(token),
                facility_id=session.facility.id,
                patient_key=session.patient_key,
                provider_key=session.provider_key,
                who=self._keyring.encrypt_column(who, f"sessions.who/{session.id}"),
                visual_id=session.visual_index,
                started_at=session.started_at,
                active_at=session.active_at,
            )
        )
        if self._trail is not None:
            entries = [Entry("session.started", session.actor)]
            if account:
                confirmed = Entry("patient.confirmed", session.actor, about={"account": account})
                entries.insert(0, confirmed)
            await self._trail.append(connection, entries, session.started_at)

    async def launch_used(self, launch: str) -> bool:
        """Say whether a launch context has started a session before."""
        context_hash = self._keyring.keyed_hash("launch-context", launch)
        query = select(used_tokens.c.token_hash).where(used_tokens.c.token_hash == context_hash)
        async with self._database.read() as connection:
            return (await connection.scalar(query)) is not None

    async def by_token(self, token: str) -> tuple[Session, bool] | None:
        """Find the session of a cookie, and whether it holds unfiled pictures."""
        asked = {"token_hash": self.token_hash(token)}
        async with self._database.read() as connection:
            row = (await connection.execute(_BY_TOKEN, asked)).one_or_none()
        return None if row is None else (self._session(row), bool(row.unfiled))

    async def by_id(self, session_id: str, connection: AsyncConnection | None = None) -> Session:
        """Return a session that is known to exist."""
        async with nullcontext(connection) if connection else self._database.read() as reading:
            row = (await reading.execute(_BY_ID, {"session_id": session_id})).one()
        return self._session(row)

    async def found(self, session_id: str, connection: AsyncConnection | None = None) -> tuple[Session, bool]:
        """Return a session that is known to exist, and whether it holds unfiled pictures."""
        async with nullcontext(connection) if connection else self._database.read() as reading:
            row = (await reading.execute(_FOUND, {"session_id": session_id})).one()
        return self._session(row), bool(row.unfiled)

    async def holds_unfiled(self, session: Session) -> bool:
        """Say whether the session has pictures that are not filed."""
        async with self._database.read() as connection:
            return bool(await connection.scalar(_UNFILED, {"session_id": session.id}))

    async def touch(self, session: Session, now: float) -> Session:
        """Remember that the session is in use, not more often than every half minute; return it as it is then."""
        if now - session.active_at < _TOUCH_EVERY:
            return session
        async with self._database.write() as connection:
            await connection.execute(
                update(sessions).where(sessions.c.id == session.id).values(active_at=now)
            )
        return replace(session, active_at=now)

    async def end(self, connection: AsyncConnection, session: Session, now: float) -> None:
        """Store that it has ended; unfiled pictures stay with their patient."""
        await connection.execute(update(sessions).where(sessions.c.id == session.id).values(ended_at=now))

    async def visual_ids_in_use(self, facility_id: str, now: float) -> frozenset[int]:
        """Return the badges that open sessions of this practice show."""
        query = select(sessions.c.visual_id).where(
            sessions.c.facility_id == facility_id,
            sessions.c.ended_at.is_(None),
            sessions.c.active_at > now - IDLE_SECONDS - GRACE_SECONDS,
        )
        async with self._database.read() as connection:
            return frozenset((await connection.scalars(query)).all())

    async def leftovers(self, session: Session, now: float) -> list[UnfiledSession]:
        """Find unfiled pictures of other sessions: of this patient, and of this provider's other patients."""
        ours = (sessions.c.patient_key == session.patient_key) | (
            sessions.c.provider_key == session.provider_key
        )
        query = (
            select(
                sessions,
                func.count(images.c.id).label("image_count"),
                func.sum(case((images.c.state.in_(("queued", "sending")), 1), else_=0)).label("under_way"),
                func.min(images.c.uploaded_at).label("oldest"),
            )
            .join(images, images.c.session_id == sessions.c.id)
            .where(
                ours,
                sessions.c.facility_id == session.facility.id,
                sessions.c.id != session.id,
                in_literals(images.c.state, UNFILED),
                images.c.content_key.is_not(None),
            )
            .group_by(*sessions.c)
            .order_by(func.min(images.c.uploaded_at))
        )
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).all()
        found = [(self._session(row), row) for row in rows]
        return [
            UnfiledSession(
                other, row.image_count, int(row.under_way), row.oldest, other.is_open(now, unfiled=True)
            )
            for other, row in found
        ]

    async def resumable(self, connection: AsyncConnection, session: Session, now: float) -> list[str]:
        """Return the other sessions of this patient whose pictures may be brought here, and hold their rows.

        Not one that a colleague has open: that would take pictures from under somebody's hands.
        """
        query = (
            select(sessions)
            .where(
                sessions.c.patient_key == session.patient_key,
                sessions.c.facility_id == session.facility.id,
                sessions.c.id != session.id,
                _unfiled_exists(),
            )
            .order_by(sessions.c.id)
            .with_for_update(key_share=True)
        )
        others = [self._session(row) for row in (await connection.execute(query)).all()]
        return [other.id for other in others if other.yields_to(session, now)]

    def _session(self, row: Row[Any]) -> Session:
        who = self._keyring.decrypt_column(row.who, f"sessions.who/{row.id}")
        patient, provider, facility = who_from_json(who)
        return Session(
            id=row.id,
            patient=patient,
            provider=provider,
            facility=facility,
            patient_key=row.patient_key,
            provider_key=row.provider_key,
            visual_index=row.visual_id,
            started_at=row.started_at,
            active_at=row.active_at,
            ended_at=row.ended_at,
        )


def _unfiled_exists() -> Any:
    return (
        select(images.c.id)
        .where(
            images.c.session_id == sessions.c.id,
            in_literals(images.c.state, UNFILED),
            images.c.content_key.is_not(None),
        )
        .exists()
        .label("unfiled")
    )


# Made once: to put a statement together takes longer than to carry it out.
_BY_ID = select(sessions).where(sessions.c.id == bindparam("session_id"))
_BY_TOKEN = select(sessions, _unfiled_exists()).where(sessions.c.token_hash == bindparam("token_hash"))
_FOUND = select(sessions, _unfiled_exists()).where(sessions.c.id == bindparam("session_id"))
_UNFILED = select(_unfiled_exists()).where(sessions.c.id == bindparam("session_id"))
