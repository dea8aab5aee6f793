"""Unfiled pictures of a patient's earlier sessions, brought into the one that is open now."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import or_, select, update

from clinicpro_images.audit.entry import Entry
from clinicpro_images.commits.jobs.dependencies import original_in_question
from clinicpro_images.commits.jobs.job import WAITING
from clinicpro_images.db.connection import AsyncConnection
from clinicpro_images.db.tables import commit_images, commits, images, jobs
from clinicpro_images.events.journal import Journal, Write
from clinicpro_images.images.image import Image
from clinicpro_images.images.store import ImageStore
from clinicpro_images.sessions.session import Session
from clinicpro_images.sessions.store import SessionStore

# What a clinician has to do something about. What is under way goes on by itself, and is its old session's.
IDLE = ("staged", "failed", "unverified")


@dataclass(frozen=True)
class _Group:
    """Pictures that were asked for together, with the requests that hold them: they move together or stay."""

    image_ids: frozenset[str]
    commit_ids: frozenset[str]


class UnfiledImages:
    """Moves pictures between sessions of one patient in one practice, and never otherwise."""

    def __init__(self, *, journal: Journal, images: ImageStore, sessions: SessionStore) -> None:
        """Move what `photos` keeps, and tell both sessions through `journal`."""
        self._journal = journal
        self._images = images
        self._sessions = sessions

    async def resume(self, session: Session) -> list[Image]:
        """Bring this patient's leftovers here, and return them.

        A picture keeps the time it was taken in, and so goes 24 hours after that as it would have done anyway. With a
        picture that was asked to be filed come the request, its jobs, and the other pictures of the request.
        """
        moved: list[str] = []
        async with self._journal.write() as transaction:
            for other in await self._sessions.resumable(transaction.connection, session, transaction.now):
                moved += await self._move(transaction, other, session)
        found = [image for image in await self._images.of_session(session.id) if image.id in set(moved)]
        return [image for image in found if image.state in IDLE]

    async def _move(self, transaction: Write, other_id: str, session: Session) -> list[str]:
        connection = transaction.connection
        # By patient once more, though the session was chosen by it: a picture never moves to another patient.
        query = (
            select(images.c.id)
            .where(
                images.c.session_id == other_id,
                images.c.patient_key == session.patient_key,
                images.c.content_key.is_not(None),
                images.c.state.in_(IDLE),
            )
            .order_by(images.c.id)
            .with_for_update()
        )
        idle = list((await connection.scalars(query)).all())
        moved: list[str] = []
        for group in await _groups(connection, idle):
            await self._move_group(transaction, group, other_id, session)
            moved += group.image_ids
        return moved

    async def _move_group(self, transaction: Write, group: _Group, other_id: str, session: Session) -> None:
        connection = transaction.connection
        for image_id in sorted(group.image_ids):
            values: dict[str, Any] = {"session_id": session.id}
            if await _same_bytes_here(connection, image_id, session.id):
                # The clinician added the same picture anew. Both stay; which of them is filed is not for us to say.
                values["content_hash"] = f"resumed-{image_id}"
            await connection.execute(
                update(images)
                .where(images.c.id == image_id, images.c.patient_key == session.patient_key)
                .values(**values)
            )
            await transaction.tell(other_id, "image.removed", image_id)
            await transaction.tell(session.id, "image.added", image_id)
            about = {"from": other_id}
            transaction.record(Entry("unfiled.adopted", session.actor, subject=image_id, about=about))
        for commit_id in sorted(group.commit_ids):
            # The page that made the key is gone, and a key of this session could happen to be the same.
            key = {"session_id": session.id, "idempotency_hash": f"resumed-{commit_id}"}
            await connection.execute(update(commits).where(commits.c.id == commit_id).values(**key))
            await connection.execute(
                update(jobs).where(jobs.c.commit_id == commit_id).values(session_id=session.id)
            )
            await transaction.tell(session.id, "commit.updated", commit_id)
        await connection.execute(
            update(jobs).where(jobs.c.image_id.in_(group.image_ids)).values(session_id=session.id)
        )


async def _same_bytes_here(connection: AsyncConnection, image_id: str, session_id: str) -> bool:
    theirs = select(images.c.content_hash).where(images.c.id == image_id).scalar_subquery()
    query = select(images.c.id).where(images.c.session_id == session_id, images.c.content_hash == theirs)
    return (await connection.scalar(query)) is not None


async def _groups(connection: AsyncConnection, image_ids: list[str]) -> list[_Group]:
    """Put pictures together that share a request; leave out groups of which anything is still under way."""
    groups: list[_Group] = []
    seen: set[str] = set()
    for image_id in image_ids:
        if image_id in seen:
            continue
        group = await _closure(connection, image_id)
        seen |= group.image_ids
        if not await _under_way(connection, group):
            groups.append(group)
    return groups


async def _closure(connection: AsyncConnection, image_id: str) -> _Group:
    image_ids, commit_ids = {image_id}, set[str]()
    while True:
        found = await _ids(connection, commit_images.c.commit_id, commit_images.c.image_id.in_(image_ids))
        more = await _ids(connection, commit_images.c.image_id, commit_images.c.commit_id.in_(found))
        if found <= commit_ids and more <= image_ids:
            return _Group(frozenset(image_ids), frozenset(commit_ids))
        commit_ids |= found
        image_ids |= more


async def _ids(connection: AsyncConnection, column: Any, condition: Any) -> set[str]:
    found: Iterable[str] = (await connection.scalars(select(column).where(condition))).all()
    return set(found)


async def _under_way(connection: AsyncConnection, group: _Group) -> bool:
    # What waits for a picture that is not under way is not either, and moves with it: a message, an edited copy.
    at_work = or_(jobs.c.state == "sending", jobs.c.lease_owner.is_not(None))
    query = select(jobs.c.id).where(
        jobs.c.image_id.in_(group.image_ids),
        jobs.c.state.in_(WAITING),
        or_(at_work, ~original_in_question()),
    )
    steps = select(jobs.c.id).where(
        jobs.c.commit_id.in_(group.commit_ids), jobs.c.image_id.is_(None), at_work
    )
    return (await connection.scalar(query)) is not None or (await connection.scalar(steps)) is not None
