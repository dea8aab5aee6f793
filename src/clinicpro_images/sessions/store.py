"""The SQL of sessions and of single-use tokens."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    Exists,
    Row,
    case,
    exists,
    insert,
    or_,
    select,
    update,
)

from clinicpro_images.crypto.keyring import Keyring
from clinicpro_images.db.tables import handoffs, images, sessions
from clinicpro_images.sessions.image_states import BEING_FILED, NOT_IN_RECORD, REPLACES_ORIGINAL
from clinicpro_images.sessions.left_out import Relative, left_out
from clinicpro_images.sessions.session import (
    GRACE_SECONDS,
    IDLE_SECONDS,
    MOST_SECONDS,
    Facility,
    Provider,
    RecordCheck,
    Session,
    identity_from_json,
    identity_to_json,
)

_UNFILED_IMAGE, _ITS_COPY = images.alias("unfiled_image"), images.alias("its_copy")


@dataclass(frozen=True)
class UnfiledSession:
    """Another session with unfiled images; `under_way` of them are being filed. Times as in Session."""

    session: Session
    count: int
    under_way: int
    oldest: float
    open: bool


class SessionStore:
    """Sessions in the database. Tokens and patients are stored as keyed hashes, names encrypted."""

    def __init__(self, keyring: Keyring) -> None:
        """Use `keyring` for every hash and every encrypted value."""
        self._keyring = keyring

    def token_hash(self, token: str) -> str:
        """Hash a cookie's token, to store it and to look it up."""
        return self._keyring.keyed_hash("session-token", token)

    def patient_key(self, facility_id: str, patient_id: str) -> str:
        """Return a keyed hash that identifies a patient's record, whatever the case of its id."""
        return self._keyring.keyed_hash("patient", facility_id, patient_id.lower())

    def provider_key(self, facility_id: str, provider_id: str) -> str:
        """Return a keyed hash that identifies a provider."""
        return self._keyring.keyed_hash("provider", facility_id, provider_id)

    def add(self, connection: Connection, session: Session, token: str) -> None:
        """Insert a session under its cookie's token."""
        identity = identity_to_json(session.patient, session.provider, session.facility)
        connection.execute(
            insert(sessions).values(
                id=session.id,
                token_hash=self.token_hash(token),
                facility_id=session.facility.id,
                patient_key=session.patient_key,
                provider_key=session.provider_key,
                who=self._keyring.encrypt_column(identity, f"sessions.who/{session.id}"),
                visual_id=session.visual_index,
                started_at=session.started_at,
                active_at=session.active_at,
                record_check=session.record_check.state,
                other_records=session.record_check.others,
            )
        )

    def by_token(self, connection: Connection, token: str) -> tuple[Session, bool] | None:
        """Return the session with this cookie's token, and whether it has unfiled images."""
        query = select(sessions, _HAS_UNFILED).where(sessions.c.token_hash == self.token_hash(token))
        row = connection.execute(query).one_or_none()
        return None if row is None else (self.read(row), bool(row.unfiled))

    def session_id(self, connection: Connection, token: str) -> str | None:
        """Return the id of the session with this cookie's token, or None."""
        query = select(sessions.c.id).where(sessions.c.token_hash == self.token_hash(token))
        found: str | None = connection.scalar(query)
        return found

    def get(self, connection: Connection, session_id: str) -> Session:
        """Return a session that exists."""
        return self.read(connection.execute(select(sessions).where(sessions.c.id == session_id)).one())

    def find(self, connection: Connection, session_id: str) -> Session | None:
        """Return the session with this id, or None."""
        row = connection.execute(select(sessions).where(sessions.c.id == session_id)).one_or_none()
        return None if row is None else self.read(row)

    def get_with_unfiled(self, connection: Connection, session_id: str) -> tuple[Session, bool]:
        """Return a session that exists, and whether it has unfiled images."""
        row = connection.execute(select(sessions, _HAS_UNFILED).where(sessions.c.id == session_id)).one()
        return self.read(row), bool(row.unfiled)

    def has_unfiled(self, connection: Connection, session_id: str) -> bool:
        """Return whether the session has unfiled images."""
        return bool(connection.scalar(select(_HAS_UNFILED).where(sessions.c.id == session_id)))

    def lock(self, connection: Connection, session_id: str) -> None:
        """Prevent other transactions from adding images or hand-offs to this session until this one ends."""
        if connection.dialect.name == "postgresql":  # SQLite has one writer
            connection.execute(
                select(sessions.c.id).where(sessions.c.id == session_id).with_for_update(key_share=True)
            )

    def set_record_check(self, connection: Connection, session_id: str, check: RecordCheck) -> None:
        """Store what the search for other records with the patient's NHI has found."""
        values = {"record_check": check.state, "other_records": check.others}
        connection.execute(update(sessions).where(sessions.c.id == session_id).values(values))

    def set_names(
        self, connection: Connection, session: Session, provider: Provider, facility: Facility
    ) -> None:
        """Store the provider's and the practice's names, which arrived after the session had opened."""
        identity = identity_to_json(session.patient, provider, facility)
        encrypted = self._keyring.encrypt_column(identity, f"sessions.who/{session.id}")
        connection.execute(update(sessions).where(sessions.c.id == session.id).values(who=encrypted))

    def set_active(self, connection: Connection, session_id: str, now: float) -> None:
        """Record that the session is in use."""
        connection.execute(update(sessions).where(sessions.c.id == session_id).values(active_at=now))

    def earlier_id(self, connection: Connection, session_id: str) -> str | None:
        """Return the id of the earlier photo that is chosen, or None."""
        query = select(sessions.c.earlier_id).where(sessions.c.id == session_id)
        chosen: str | None = connection.scalar(query)
        return chosen

    def set_earlier_id(self, connection: Connection, session_id: str, chosen: str | None) -> None:
        """Store which earlier photo is chosen."""
        values = {"earlier_id": chosen}
        connection.execute(update(sessions).where(sessions.c.id == session_id).values(values))

    def end(self, connection: Connection, session_id: str, now: float) -> bool:
        """Record that it has ended, and destroy its copies for referrals; unfiled images stay with their patient.

        Return False if it had ended before.
        """
        still_open = (sessions.c.id == session_id) & sessions.c.ended_at.is_(None)
        ended = update(sessions).where(still_open).values(ended_at=now, earlier_id=None)
        if connection.execute(ended).rowcount == 0:
            return False
        copies = (images.c.session_id == session_id) & images.c.copy_key.is_not(None)
        connection.execute(update(images).where(copies).values(copy_key=None))
        return True

    def expired(self, now: float) -> ColumnElement[bool]:
        """Condition for a select of images: their session has ended or expired."""
        grace = case((_unfiled_images(), GRACE_SECONDS), else_=0.0)
        over = or_(sessions.c.ended_at.is_not(None), sessions.c.active_at + IDLE_SECONDS + grace <= now)
        return images.c.session_id.in_(select(sessions.c.id).where(over))

    def ended_among(self, connection: Connection, session_ids: Collection[str]) -> frozenset[str]:
        """Return those of these sessions that have ended, or that don't exist any more."""
        is_open = sessions.c.id.in_(session_ids) & sessions.c.ended_at.is_(None)
        return frozenset(session_ids) - frozenset(connection.scalars(select(sessions.c.id).where(is_open)))

    def open_of_provider(
        self, connection: Connection, facility_id: str, provider_id: str, now: float
    ) -> list[Session]:
        """Return a provider's sessions that have neither ended nor been idle for so long that they have expired."""
        query = select(sessions).where(
            sessions.c.provider_key == self.provider_key(facility_id, provider_id),
            sessions.c.facility_id == facility_id,
            sessions.c.ended_at.is_(None),
            sessions.c.active_at > now - IDLE_SECONDS - GRACE_SECONDS,
        )
        return [self.read(row) for row in connection.execute(query)]

    def visual_ids_in_use(self, connection: Connection, facility_id: str, now: float) -> frozenset[int]:
        """Return the visual ids of this practice's open sessions."""
        query = select(sessions.c.visual_id).where(
            sessions.c.facility_id == facility_id,
            sessions.c.ended_at.is_(None),
            sessions.c.active_at > now - IDLE_SECONDS - GRACE_SECONDS,
        )
        return frozenset(connection.scalars(query))

    def with_unfiled(self, connection: Connection, session: Session, now: float) -> list[UnfiledSession]:
        """Find other sessions with unfiled images: of this patient, and of this provider's other patients."""
        ours = (sessions.c.patient_key == session.patient_key) | (
            sessions.c.provider_key == session.provider_key
        )
        query = (
            select(
                sessions,
                images.c.id.label("image_id"),
                images.c.derived_from,
                images.c.state,
                images.c.uploaded_at,
                images.c.content_key.is_not(None).label("here"),
            )
            .join(images, images.c.session_id == sessions.c.id)
            .where(
                ours,
                sessions.c.facility_id == session.facility.id,
                sessions.c.id != session.id,
                _unfiled_images(),
            )
            .order_by(images.c.uploaded_at)
        )
        by_session: dict[str, list[Row[Any]]] = {}
        for row in connection.execute(query):
            by_session.setdefault(row.id, []).append(row)
        found = [self._unfiled(rows, now) for rows in by_session.values()]
        return sorted((each for each in found if each.count), key=lambda each: each.oldest)

    def _unfiled(self, rows: Sequence[Row[Any]], now: float) -> UnfiledSession:
        excluded = left_out(Relative(row.image_id, row.derived_from, row.state) for row in rows)
        unfiled = [
            row for row in rows if row.here and row.state in NOT_IN_RECORD and row.image_id not in excluded
        ]
        other = self.read(rows[0])
        return UnfiledSession(
            other,
            len(unfiled),
            sum(row.state in BEING_FILED for row in unfiled),
            min((row.uploaded_at for row in unfiled), default=0.0),
            other.is_open(now, unfiled=True),
        )

    def others_of_provider(self, connection: Connection, session: Session) -> list[Session]:
        """Return this provider's other sessions in this practice, of the last day."""
        query = select(sessions).where(
            sessions.c.provider_key == session.provider_key,
            sessions.c.facility_id == session.facility.id,
            sessions.c.id != session.id,
        )
        return [self.read(row) for row in connection.execute(query)]

    def own(
        self, connection: Connection, session: Session, now: float, *, most: int, only: str | None = None
    ) -> list[tuple[Session, bool, bool]]:
        """Return this session and the provider's others that may be open: the newest ones, or `only` the one with this id.

        With each comes whether it has unfiled images, and whether a phone is connected.
        """
        is_ours = sessions.c.id == session.id
        query = (
            select(sessions, _HAS_UNFILED, _HAS_PHONE)
            .where(
                sessions.c.provider_key == session.provider_key,
                sessions.c.facility_id == session.facility.id,
                sessions.c.ended_at.is_(None),
                sessions.c.active_at > now - IDLE_SECONDS - GRACE_SECONDS,
                sessions.c.started_at > now - MOST_SECONDS,
                *([] if only is None else [sessions.c.id == only]),
            )
            .order_by(is_ours.desc(), sessions.c.started_at.desc())
            .limit(most)
        )
        return [(self.read(row), bool(row.unfiled), bool(row.phone)) for row in connection.execute(query)]

    def resumable(self, connection: Connection, session: Session, now: float) -> list[str]:
        """Return the patient's other sessions whose images may be moved here, and lock their rows and this session's.

        So nothing is added to any of them. Those that a colleague has open are left out: images must not disappear
        while a colleague is working on them.
        """
        query = (
            select(sessions)
            .where(
                sessions.c.patient_key == session.patient_key,
                sessions.c.facility_id == session.facility.id,
                or_(sessions.c.id == session.id, _unfiled_images()),
            )
            .order_by(sessions.c.id)
            .with_for_update(key_share=True)
        )
        others = [self.read(row) for row in connection.execute(query).all() if row.id != session.id]
        return [other.id for other in others if other.can_be_resumed_by(session, now)]

    def read(self, row: Any) -> Session:
        """Return the session of a row of `sessions`, or of anything with its columns as attributes."""
        identity = self._keyring.decrypt_column(row.who, f"sessions.who/{row.id}")
        patient, provider, facility = identity_from_json(identity)
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
            record_check=RecordCheck(row.record_check, row.other_records),
        )


def _unfiled_images() -> Exists:
    # An original whose edited copy was handed over for filing was left out on purpose; see left_out.py.
    instead = exists().where(
        _ITS_COPY.c.session_id == _UNFILED_IMAGE.c.session_id,
        _ITS_COPY.c.derived_from == _UNFILED_IMAGE.c.id,
        _ITS_COPY.c.state.in_(REPLACES_ORIGINAL),
    )
    return exists().where(
        _UNFILED_IMAGE.c.session_id == sessions.c.id,
        _UNFILED_IMAGE.c.state.in_(NOT_IN_RECORD),
        _UNFILED_IMAGE.c.content_key.is_not(None),
        or_(_UNFILED_IMAGE.c.state != "staged", ~instead),
    )


# Built once: every request reads it with its session.
_HAS_UNFILED: Final = _unfiled_images().label("unfiled")
_HAS_PHONE: Final = (
    exists()
    .where(
        handoffs.c.session_id == sessions.c.id,
        handoffs.c.cut_off_at.is_(None),
        handoffs.c.claimed_at.is_not(None),
    )
    .label("phone")
)
