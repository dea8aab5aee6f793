"""The SQL of commits: their images, their progress, and moving them between sessions."""

import uuid
from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any

from sqlalchemy import Connection, Row, and_, insert, or_, select, update

from clinicpro_images.commits.commit import Commit
from clinicpro_images.commits.jobs.dependencies import original_unverified
from clinicpro_images.commits.jobs.job import Job, JobKind
from clinicpro_images.commits.jobs.lookup import in_progress, move_jobs
from clinicpro_images.commits.jobs.rows import read_job
from clinicpro_images.commits.outlook import OutlookOf
from clinicpro_images.commits.routing import routing_from_json, routing_to_json
from clinicpro_images.commits.schemas import CommitSchema, commit_schema
from clinicpro_images.crypto.keyring import Keyring
from clinicpro_images.db.tables import commit_images, commits, images, jobs
from clinicpro_images.errors import NotFound
from clinicpro_images.images.image import Image
from clinicpro_images.images.store import ImageStore
from clinicpro_images.sessions.unfiled import ImageGroup

_JOB_COLUMNS = len(jobs.c)


class CommitStore:
    """Commits in the database; messages and tasks are encrypted."""

    def __init__(self, keyring: Keyring, store: ImageStore) -> None:
        """Use `keyring` for every hash and every encrypted value."""
        self._keyring = keyring
        self._images = store

    def key_hash(self, idempotency_key: str) -> str:
        """Hash an idempotency key, to store it and to look it up."""
        return self._keyring.keyed_hash("idempotency-key", idempotency_key)

    def body_hash(self, body: str) -> str:
        """Hash a request's body, to recognise a repeated request."""
        return self._keyring.keyed_hash("commit-body", body)

    def id_of(self, columns: Mapping[str, str]) -> str:
        """Return the id of a commit, from its session and key: the same request has the same id, also after a restore."""
        return self._keyring.keyed_hash("commit", columns["session_id"], columns["idempotency_hash"])[:32]

    def identifier(self, subject_id: str, kind: JobKind) -> str:
        """Return the identifier under which an image, or a commit's message or task, is written to a target.

        It is derived, so that every retry, restored backup and gateway writes the same one.
        """
        return str(uuid.UUID(self._keyring.keyed_hash("write", subject_id, kind)[:32], version=5))

    def add(
        self, connection: Connection, commit: Commit, added: Sequence[Image], columns: Mapping[str, str]
    ) -> None:
        """Insert a commit with its images; `columns` are the row's session and hashes. Raises IntegrityError."""
        routing = self._keyring.encrypt_column(
            routing_to_json(commit.routing), f"commits.routing/{commit.id}"
        )
        connection.execute(
            insert(commits).values(
                id=commit.id, target=commit.target, routing=routing, created_at=commit.created_at, **columns
            )
        )
        connection.execute(
            insert(commit_images),
            [
                {"commit_id": commit.id, "image_id": image.id, "position": position}
                for position, image in enumerate(added)
            ],
        )

    def by_key(self, connection: Connection, session_id: str, key_hash: str) -> tuple[Commit, str] | None:
        """Return the commit that was created with an idempotency key in this session, and the hash of its body.

        Also one that another session has taken over since: its id still says where it was created.
        """
        commit_id = self.id_of({"session_id": session_id, "idempotency_hash": key_hash})
        row = connection.execute(select(commits).where(commits.c.id == commit_id)).one_or_none()
        return None if row is None else (self._read(row), row.body_hash)

    def get(self, connection: Connection, session_id: str, commit_id: str) -> Commit:
        """Return a commit of this session; raises NotFound for another session's."""
        row = connection.execute(
            select(commits).where(commits.c.id == commit_id, commits.c.session_id == session_id)
        ).one_or_none()
        if row is None:
            raise NotFound("There is no such commit in this session. Reload the page to see what there is.")
        return self._read(row)

    def image_ids(self, connection: Connection, commit_id: str) -> list[str]:
        """Return the ids of a commit's images, in order."""
        query = select(commit_images.c.image_id).where(commit_images.c.commit_id == commit_id)
        return list(connection.scalars(query.order_by(commit_images.c.position)))

    def show(
        self, connection: Connection, session_id: str, commit: Commit, outlook_of: OutlookOf
    ) -> CommitSchema:
        """Return a commit's JSON with those of its images that are in this session, as one consistent snapshot.

        It takes one statement, because PostgreSQL reads each statement from a new snapshot: a job that landed between
        two would show as filed without an id, or as failed without a reason. Every image of a commit has a job.
        """
        its_images = select(commit_images.c.image_id).where(commit_images.c.commit_id == commit.id)
        its_steps = and_(jobs.c.commit_id == commit.id, jobs.c.image_id.is_(None))
        here = and_(images.c.id == jobs.c.image_id, images.c.session_id == session_id)
        placed = and_(commit_images.c.image_id == jobs.c.image_id, commit_images.c.commit_id == commit.id)
        query = (
            select(*jobs.c, *(column.label(f"its_{column.name}") for column in images.c))
            .join_from(jobs, images, here, isouter=True)
            .join(commit_images, placed, isouter=True)
            .where(or_(jobs.c.image_id.in_(its_images), its_steps))
            .order_by(commit_images.c.position, jobs.c.id)
        )
        rows = connection.execute(query).all()
        found: dict[str, Image] = {}
        for row in rows:
            if row.its_id is not None and row.its_id not in found:
                found[row.its_id] = self._images.read(_image_row(row))
        its_jobs: list[Job] = [read_job(row) for row in rows]
        changed = {row.id: row.changed_at for row in rows if row.image_id is None}
        return commit_schema(commit, list(found.values()), its_jobs, changed=changed, outlook_of=outlook_of)

    def idle_groups(self, connection: Connection, image_ids: Sequence[str]) -> list[ImageGroup]:
        """Group images that share a commit; leave out groups with a job in progress."""
        groups: list[ImageGroup] = []
        seen: set[str] = set()
        for image_id in image_ids:
            if image_id in seen:
                continue
            group = _group_of(connection, image_id)
            seen |= group.image_ids
            waiting = original_unverified()
            if not connection.scalar(in_progress(group.image_ids, group.commit_ids, waiting)):
                groups.append(group)
        return groups

    def move(self, connection: Connection, group: ImageGroup, session_id: str) -> None:
        """Move the group's commits and jobs to a session."""
        for commit_id in sorted(group.commit_ids):
            # The page that created the key is closed, and the new session may have the same key.
            values = {"session_id": session_id, "idempotency_hash": f"resumed-{commit_id}"}
            connection.execute(update(commits).where(commits.c.id == commit_id).values(values))
        move_jobs(connection, group.image_ids, group.commit_ids, session_id)

    def _read(self, row: Row[Any]) -> Commit:
        routing = self._keyring.decrypt_column(row.routing, f"commits.routing/{row.id}")
        return Commit(row.id, row.created_at, row.target, routing_from_json(routing))


def _group_of(connection: Connection, image_id: str) -> ImageGroup:
    image_ids, commit_ids = {image_id}, set[str]()
    while True:
        of_images = commit_images.c.image_id.in_(image_ids)
        found = set(connection.scalars(select(commit_images.c.commit_id).where(of_images)))
        of_commits = commit_images.c.commit_id.in_(found)
        more = set(connection.scalars(select(commit_images.c.image_id).where(of_commits)))
        if found <= commit_ids and more <= image_ids:
            return ImageGroup(frozenset(image_ids), frozenset(commit_ids))
        commit_ids |= found
        image_ids |= more


def _image_row(row: Row[Any]) -> SimpleNamespace:
    return SimpleNamespace(**dict(zip(images.c.keys(), row[_JOB_COLUMNS:], strict=True)))
