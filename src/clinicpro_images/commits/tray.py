"""The tray: what a provider's other sessions have sending, waiting, refused, filed or unfiled, by initials and NHI."""

from collections.abc import Iterator, Sequence
from typing import Any, Literal

from sqlalchemy import Connection, Row, or_, select

from clinicpro_images.commits.jobs.job import Job, image_state
from clinicpro_images.commits.jobs.rows import read_job
from clinicpro_images.commits.outlook import OutlookOf, earliest
from clinicpro_images.db.tables import commits, images, jobs
from clinicpro_images.schemas import Schema, iso, iso_or_none
from clinicpro_images.sessions.left_out import Relative, left_out
from clinicpro_images.sessions.schemas import BriefPatient, brief
from clinicpro_images.sessions.session import Session
from clinicpro_images.sessions.store import SessionStore

SHOW_FILED_SECONDS = 3600.0
TrayState = Literal["sending", "waiting", "refused", "partly", "unverified", "filed", "unfiled"]
TraySubject = Literal["photos", "message", "task"]
_URGENT_FIRST: tuple[TrayState, ...] = (
    "refused",
    "partly",
    "unverified",
    "waiting",
    "sending",
    "unfiled",
    "filed",
)
_SUBJECTS: dict[str, TraySubject] = {"communication": "message", "task": "task"}
_SHOWN_AS: dict[str, TrayState] = {
    "failed": "refused",
    "partly": "partly",
    "unverified": "unverified",
    "committed": "filed",
}


class TrayItem(Schema):
    """Photos of one commit in one state, or its message or task; or a session's photos that were never committed.

    A commit has an item for each state that its photos are in. `reason` is a title such as "The practice's Medtech is
    offline", `detail` a sentence that says more.
    """

    id: str
    commit_id: str | None
    patient: BriefPatient
    same_patient: bool
    subject: TraySubject
    state: TrayState
    count: int
    reason: str | None
    detail: str | None
    next_attempt_at: str | None
    gives_up_at: str | None
    updated_at: str


class TraySchema(Schema):
    """The response of `GET /api/tray`: what needs a person comes first, what is filed last."""

    items: list[TrayItem]


def read_tray(
    connection: Connection, store: SessionStore, session: Session, outlook_of: OutlookOf, *, now: float
) -> TraySchema:
    """Return the tray of this session's provider. What has been filed is shown for an hour."""
    others = {other.id: other for other in store.others_of_provider(connection, session)}
    items = [
        *_committed(connection, others, session, outlook_of, now),
        *_unfiled(connection, others, session),
    ]
    items.sort(key=lambda item: item.updated_at, reverse=True)
    items.sort(key=lambda item: _URGENT_FIRST.index(item.state))
    return TraySchema(items=items)


def _committed(
    connection: Connection, others: dict[str, Session], session: Session, outlook_of: OutlookOf, now: float
) -> Iterator[TrayItem]:
    recent = or_(jobs.c.state != "committed", jobs.c.changed_at > now - SHOW_FILED_SECONDS)
    # An image that was removed, or destroyed unfiled, is nothing that anyone can deal with.
    present = or_(jobs.c.image_id.is_(None), images.c.content_key.is_not(None), images.c.state == "committed")
    query = (
        select(jobs, commits.c.session_id.label("its_session"))
        .join(commits, commits.c.id == jobs.c.commit_id)
        .outerjoin(images, images.c.id == jobs.c.image_id)
        .where(commits.c.session_id.in_(others), recent, present)
        .order_by(jobs.c.queued_at, jobs.c.id)
    )
    of_image: dict[tuple[str, str], list[Row[Any]]] = {}
    for row in connection.execute(query):
        of_image.setdefault((row.commit_id, row.image_id or row.id), []).append(row)
    groups: dict[tuple[str, TraySubject, TrayState], list[list[Row[Any]]]] = {}
    for (commit_id, _), rows in of_image.items():
        its_jobs = [read_job(row) for row in rows]
        key = (commit_id, _SUBJECTS.get(rows[0].kind, "photos"), _state(its_jobs, outlook_of))
        groups.setdefault(key, []).append(rows)
    for (commit_id, subject, state), members in groups.items():
        rows = [row for rows in members for row in rows]
        outlook = earliest(outlook_of(read_job(row)) for row in rows)
        other = others[rows[0].its_session]
        yield TrayItem(
            id=f"{commit_id}-{subject}-{state}",
            commit_id=commit_id,
            patient=brief(other.patient),
            same_patient=other.patient_key == session.patient_key,
            subject=subject,
            state=state,
            count=len(members),
            reason=outlook.error.title if outlook.error else None,
            detail=outlook.error.detail if outlook.error else None,
            next_attempt_at=iso_or_none(outlook.next_attempt_at),
            gives_up_at=iso_or_none(outlook.gives_up_at),
            updated_at=iso(max(row.changed_at for row in rows)),
        )


def _state(its_jobs: Sequence[Job], outlook_of: OutlookOf) -> TrayState:
    state = image_state(job.state for job in its_jobs)
    if state in _SHOWN_AS:
        return _SHOWN_AS[state]
    # Between two attempts and during one it is the same to a person: it waits for Medtech.
    return "waiting" if any(outlook_of(job).error is not None for job in its_jobs) else "sending"


def _unfiled(connection: Connection, others: dict[str, Session], session: Session) -> Iterator[TrayItem]:
    query = (
        select(
            images.c.id,
            images.c.session_id,
            images.c.derived_from,
            images.c.state,
            images.c.uploaded_at,
            images.c.content_key.is_not(None).label("here"),
        )
        .where(images.c.session_id.in_(others))
        .order_by(images.c.uploaded_at)
    )
    rows = connection.execute(query).all()
    excluded = left_out(Relative(row.id, row.derived_from, row.state) for row in rows)
    of_session: dict[str, list[float]] = {}
    for row in rows:
        if row.here and row.state == "staged" and row.id not in excluded:
            of_session.setdefault(row.session_id, []).append(row.uploaded_at)
    for session_id, uploaded in of_session.items():
        other = others[session_id]
        yield TrayItem(
            id=f"{session_id}-unfiled",
            commit_id=None,
            patient=brief(other.patient),
            same_patient=other.patient_key == session.patient_key,
            subject="photos",
            state="unfiled",
            count=len(uploaded),
            reason=None,
            detail=None,
            next_attempt_at=None,
            gives_up_at=None,
            updated_at=iso(max(uploaded)),
        )
