"""Unfiled images of a patient's earlier sessions, moved into the one that is open now."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import Connection

from clinicpro_images.audit.entry import Entry
from clinicpro_images.db.database import Database
from clinicpro_images.db.unit_of_work import UnitOfWork
from clinicpro_images.sessions.session import Session
from clinicpro_images.sessions.store import SessionStore


@dataclass(frozen=True)
class ImageGroup:
    """Images that were committed together, and their commits: they move together or not at all."""

    image_ids: frozenset[str]
    commit_ids: frozenset[str]


class MovableImages(Protocol):
    """The images of sessions; see `images.store`."""

    def unfiled(self, connection: Connection, session_id: str, patient_key: str) -> list[str]:
        """Return the images that need a clinician, and lock their rows."""

    def move(self, connection: Connection, image_id: str, session_id: str, patient_key: str) -> None:
        """Move an image of this patient to another session of theirs."""


class MovableCommits(Protocol):
    """The commits of sessions with their jobs; see `commits.store`."""

    def idle_groups(self, connection: Connection, image_ids: Sequence[str]) -> list[ImageGroup]:
        """Group images that share a commit; leave out groups with a job in progress."""

    def move(self, connection: Connection, group: ImageGroup, session_id: str) -> None:
        """Move the group's commits and jobs to a session."""


class UnfiledImages:
    """Moves images between sessions of the same patient in the same practice only."""

    def __init__(
        self, *, database: Database, sessions: SessionStore, images: MovableImages, commits: MovableCommits
    ) -> None:
        """`images` and `commits` store what is moved."""
        self._database = database
        self._sessions = sessions
        self._images = images
        self._commits = commits

    async def resume(self, session: Session) -> frozenset[str]:
        """Move this patient's unfiled images here, and return their ids.

        An image keeps its upload time, so it is still destroyed 24 hours after that. An image that was committed moves
        with its commit, the commit's jobs and the commit's other images.
        """
        return await self._database.write(self.resume_in, session)

    def resume_in(self, work: UnitOfWork, session: Session) -> frozenset[str]:
        """As `resume`, within a transaction."""
        moved: set[str] = set()
        for other_id in self._sessions.resumable(work.connection, session, work.now):
            # The patient is checked again, although it selected the session: no image may move to another patient.
            idle = self._images.unfiled(work.connection, other_id, session.patient_key)
            for group in self._commits.idle_groups(work.connection, idle):
                self._move(work, group, other_id, session)
                moved |= group.image_ids
        return frozenset(moved)

    def _move(self, work: UnitOfWork, group: ImageGroup, other_id: str, session: Session) -> None:
        for image_id in sorted(group.image_ids):
            self._images.move(work.connection, image_id, session.id, session.patient_key)
            work.publish(other_id, "image.removed", image_id)
            work.publish(session.id, "image.added", image_id)
            work.audit(Entry("unfiled.adopted", session.actor, subject=image_id, about={"from": other_id}))
        self._commits.move(work.connection, group, session.id)
        for commit_id in sorted(group.commit_ids):
            work.publish(session.id, "commit.updated", commit_id)
