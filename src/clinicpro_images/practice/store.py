"""The SQL of the practice's page. Providers' names are decrypted; patients' data isn't read."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, select, true

from clinicpro_images.audit.chain import AuditKey
from clinicpro_images.audit.filed import FORMERLY_LANDED, IMAGE_KINDS, LANDED
from clinicpro_images.crypto.keyring import DecryptionFailed, Keyring
from clinicpro_images.db.tables import audit, handoffs, images, jobs, sessions
from clinicpro_images.practice.figures import Day, FiledPhoto, OpenSession, UnfiledGroup
from clinicpro_images.practice_time import AUCKLAND
from clinicpro_images.sessions.image_states import NOT_IN_RECORD
from clinicpro_images.sessions.left_out import Relative, left_out
from clinicpro_images.sessions.session import (
    GRACE_SECONDS,
    IDLE_SECONDS,
    Facility,
    Patient,
    Provider,
    expires_at,
    identity_from_json,
)

_BATCH = 400
_OVERLAP_SECONDS = 120.0
"""How much later than its time a row may be stored: longer than any transaction."""


@dataclass
class DayReading:
    """What is known of a day that isn't over: each reading adds what was filed since the one before.

    Times are seconds since 1970: `until` of the newest row, and by image when it landed, its session and practice.
    """

    date: date
    until: float = 0.0
    landed: dict[str, tuple[float, str, str]] = field(default_factory=dict)
    incomplete: set[str] = field(default_factory=set)
    starts: dict[str, tuple[float, str]] = field(default_factory=dict)


class PracticeStore:
    """Reads a practice's figures; `facility_id` None is every practice of this installation."""

    def __init__(self, keyring: Keyring, audit_key: AuditKey) -> None:
        """Decrypt providers' names with both."""
        self._keyring = keyring
        self._audit_key = audit_key

    def unfiled(self, connection: Connection, facility_id: str | None) -> list[UnfiledGroup]:
        """Return the photos that are here and not in the record, by session, state and reason; oldest first.

        Originals of which an edited copy is filed instead don't count, nor do photos that a phone still holds.
        """
        # Why it failed, or why it is still being tried.
        failed = (
            select(jobs.c.image_id, func.max(jobs.c.error).label("error"))
            .where(jobs.c.state != "committed", jobs.c.error.is_not(None), jobs.c.image_id.is_not(None))
            .group_by(jobs.c.image_id)
            .subquery()
        )
        with_unfiled = select(images.c.session_id).where(
            images.c.content_key.is_not(None), images.c.state.in_(NOT_IN_RECORD)
        )
        query = (
            select(
                sessions.c.id,
                sessions.c.facility_id,
                sessions.c.who,
                images.c.id.label("image_id"),
                images.c.derived_from,
                images.c.state,
                images.c.uploaded_at,
                images.c.content_key.is_not(None).label("here"),
                failed.c.error,
            )
            .join(images, images.c.session_id == sessions.c.id)
            .outerjoin(failed, failed.c.image_id == images.c.id)
            .where(_of(facility_id), sessions.c.id.in_(with_unfiled))
            .order_by(images.c.uploaded_at, images.c.id)
        )
        rows = connection.execute(query).all()
        excluded = left_out(Relative(row.image_id, row.derived_from, row.state) for row in rows)
        groups: dict[tuple[str, str, str], list[Row[Any]]] = {}
        for row in rows:
            if row.here and row.state in NOT_IN_RECORD and row.image_id not in excluded:
                groups.setdefault((row.id, row.state, _reason(row.error)), []).append(row)
        return [
            UnfiledGroup(
                session_id=session_id,
                facility_id=those[0].facility_id,
                provider=self._provider(those[0]),
                state=state,
                reason=reason,
                count=len(those),
                oldest=those[0].uploaded_at,
            )
            for (session_id, state, reason), those in groups.items()
        ]

    def open_sessions(
        self, connection: Connection, facility_id: str | None, now: float, unfiled: Sequence[UnfiledGroup]
    ) -> list[OpenSession]:
        """Return the sessions that haven't ended, newest first, with how many of the `unfiled` photos are each one's."""
        counts: Counter[str] = Counter()
        for group in unfiled:
            counts[group.session_id] += group.count
        phone = (
            select(func.count())
            .where(
                handoffs.c.session_id == sessions.c.id,
                handoffs.c.cut_off_at.is_(None),
                handoffs.c.claimed_at.is_not(None),
            )
            .scalar_subquery()
        )
        query = (
            select(sessions, phone.label("phones"))
            .where(
                _of(facility_id),
                sessions.c.ended_at.is_(None),
                sessions.c.active_at > now - IDLE_SECONDS - GRACE_SECONDS,
            )
            .order_by(sessions.c.started_at.desc())
        )
        return [
            OpenSession(
                id=row.id,
                facility_id=row.facility_id,
                provider=self._provider(row),
                started_at=row.started_at,
                active_at=row.active_at,
                unfiled=counts[row.id],
                phone=bool(row.phones),
            )
            for row in connection.execute(query)
            if now < expires_at(row.started_at, row.active_at, unfiled=counts[row.id] > 0)
        ]

    def practice_name(self, connection: Connection, facility_id: str) -> str:
        """Return the practice's name as its latest session knows it, else its facility ID."""
        query = (
            select(sessions.c.id, sessions.c.who)
            .where(sessions.c.facility_id == facility_id)
            .order_by(sessions.c.started_at.desc())
            .limit(1)
        )
        row = connection.execute(query).one_or_none()
        if row is None:
            return facility_id
        return self._people(row)[2].name or facility_id

    def facilities(self, connection: Connection) -> list[str]:
        """Return the practices that this installation has sessions of."""
        return sorted(connection.scalars(select(sessions.c.facility_id).distinct()))

    def day(self, connection: Connection, facility_id: str | None, reading: DayReading, now: float) -> Day:
        """Return what was filed on a day, from the audit trail, which outlives sessions and images."""
        begin, end = bounds(reading.date)
        # Rows from before a clock was set back are newer than those that follow: nothing may be passed over.
        since = reading.until - _OVERLAP_SECONDS if reading.until <= now else begin
        query = select(
            audit.c.at, audit.c.subject, audit.c.session_id, audit.c.about, audit.c.facility_id
        ).where(
            audit.c.at >= max(begin, since),
            audit.c.at < end,
            audit.c.action.in_((*LANDED, *FORMERLY_LANDED)),
        )
        if facility_id is not None:
            query = query.where(audit.c.facility_id == facility_id)
        for row in connection.execute(query.order_by(audit.c.at)):
            reading.until = max(reading.until, row.at)
            kind = json.loads(row.about).get("kind") if row.about else None
            if kind in IMAGE_KINDS:
                if row.subject not in reading.landed:
                    reading.incomplete.add(row.subject)
                # An image that is filed to two targets is filed when the second one landed.
                reading.landed[row.subject] = (row.at, row.session_id, row.facility_id)
        reading.incomplete = self._not_complete(connection, sorted(reading.incomplete))
        filed = [each for image, each in reading.landed.items() if image not in reading.incomplete]
        new = {session_id for _, session_id, _ in filed} - reading.starts.keys()
        reading.starts |= self._starts(connection, sorted(new))
        photos = []
        for at, session_id, facility in filed:
            started_at, provider = reading.starts.get(session_id, (None, ""))
            seconds = None if started_at is None else at - started_at
            photos.append(FiledPhoto(at, provider, seconds, facility))
        return Day(reading.date, sorted(photos, key=lambda photo: photo.at))

    def _not_complete(self, connection: Connection, image_ids: Sequence[str]) -> set[str]:
        """Return those that are in one of two targets only. Such an image's row is kept until it is dealt with."""
        found: set[str] = set()
        for first in range(0, len(image_ids), _BATCH):
            batch = image_ids[first : first + _BATCH]
            query = select(images.c.id).where(images.c.id.in_(batch), images.c.state != "committed")
            found.update(connection.scalars(query))
        return found

    def _starts(self, connection: Connection, session_ids: Sequence[str]) -> dict[str, tuple[float, str]]:
        """Return when each session started, and its provider's name."""
        found: dict[str, tuple[float, str]] = {}
        for first in range(0, len(session_ids), _BATCH):
            query = select(audit.c.session_id, audit.c.at, audit.c.who, audit.c.shard, audit.c.seq).where(
                audit.c.session_id.in_(session_ids[first : first + _BATCH]),
                audit.c.action == "session.started",
            )
            for row in connection.execute(query):
                try:
                    who = self._audit_key.decrypt_identity(row.who, row.shard, row.seq)
                except DecryptionFailed:
                    who = {}
                found.setdefault(row.session_id, (row.at, who.get("provider", "")))
        return found

    def _provider(self, row: Any) -> str:
        _, provider, _ = self._people(row)
        return provider.name or provider.id

    def _people(self, row: Any) -> tuple[Patient, Provider, Facility]:
        return identity_from_json(self._keyring.decrypt_column(row.who, f"sessions.who/{row.id}"))


def bounds(day: date) -> tuple[float, float]:
    """Return when a New Zealand day begins and ends."""
    begin = datetime.combine(day, time(), AUCKLAND)
    end = datetime.combine(day + timedelta(days=1), time(), AUCKLAND)
    return begin.timestamp(), end.timestamp()


def _of(facility_id: str | None) -> ColumnElement[bool]:
    return true() if facility_id is None else sessions.c.facility_id == facility_id


def _reason(error: str | None) -> str:
    # A problem's title says what happened; its detail could quote what ALEX wrote.
    if not error:
        return ""
    title: str = json.loads(error).get("title", "")
    return title
