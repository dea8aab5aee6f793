"""The SQL of images."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, Select, bindparam, case, delete, exists, func, insert, select, update

from clinicpro_images.crypto.keyring import Keyring
from clinicpro_images.db.tables import images, sessions
from clinicpro_images.errors import NotFound
from clinicpro_images.images.details import details_from_json, details_to_json
from clinicpro_images.images.image import Details, Image
from clinicpro_images.sessions.image_states import HAS_FILED_TITLE, NEEDS_CLINICIAN, ImageState
from clinicpro_images.sessions.left_out import Relative, left_out

_NOT_HERE = "This photo is not in this session. Reload the page to see the session's photos."
# How long a filed image's copy for a referral is kept at most, while its session lasts.
COPY_SECONDS = 90 * 60.0


class ImageStore:
    """Images in the database; their details are encrypted."""

    def __init__(self, keyring: Keyring, *, copy_seconds: float = 0.0) -> None:
        """Use `keyring` for every hash and every encrypted value.

        A filed image's copy for a referral is kept for at most `copy_seconds`; 0 keeps none.
        """
        self._keyring = keyring
        self._copy_seconds = copy_seconds

    @property
    def keeps_copies(self) -> bool:
        """Whether filed images keep a copy for a referral."""
        return self._copy_seconds > 0

    def content_hash(self, content: bytes) -> str:
        """Hash uploaded bytes, to recognise them if they are uploaded again."""
        return self._keyring.keyed_hash("content", content)

    def add(self, connection: Connection, image: Image, content_hash: str) -> None:
        """Insert an image; raises IntegrityError if the session has these bytes already."""
        connection.execute(
            insert(images).values(
                id=image.id,
                session_id=image.session_id,
                patient_key=image.patient_key,
                content_hash=content_hash,
                source=image.source,
                handoff_id=image.handoff_id,
                derived_from=image.derived_from,
                content_type=image.content_type,
                bytes=image.size,
                width=image.width,
                height=image.height,
                pages=image.pages,
                incomplete=image.incomplete,
                content_key=image.content_key,
                details=self._encrypt(image.id, image.details),
                uploaded_at=image.uploaded_at,
                state=image.state,
            )
        )

    def get(
        self,
        connection: Connection,
        session_id: str,
        image_id: str,
        *,
        handoff_id: str | None = None,
        lock: bool = False,
    ) -> Image:
        """Return an image of this session, or of this phone; raises NotFound for any other.

        `lock` locks its row until the transaction ends.
        """
        image = self._one(connection, _of_session(session_id).where(images.c.id == image_id), lock=lock)
        if image is None or not image.is_visible_to(handoff_id):
            raise NotFound(_NOT_HERE)
        return image

    def find(
        self, connection: Connection, session_id: str, image_id: str, *, lock: bool = False
    ) -> Image | None:
        """Return an image of this session, or None; `lock` locks its row until the transaction ends."""
        return self._one(connection, _of_session(session_id).where(images.c.id == image_id), lock=lock)

    def by_content(
        self, connection: Connection, session_id: str, content_hash: str, *, lock: bool = False
    ) -> Image | None:
        """Return the session's image with this content hash, or None; `lock` locks its row until the transaction ends."""
        query = _of_session(session_id).where(images.c.content_hash == content_hash)
        return self._one(connection, query, lock=lock)

    def hashes_of(self, connection: Connection, image_ids: Sequence[str]) -> list[str]:
        """Return the hashes of the images' bytes."""
        return list(connection.scalars(select(images.c.content_hash).where(images.c.id.in_(image_ids))))

    def existing(self, connection: Connection, image_ids: Collection[str]) -> set[str]:
        """Return those of these images that have a row, whatever their session."""
        return set(connection.scalars(select(images.c.id).where(images.c.id.in_(image_ids))))

    def same_bytes(
        self, connection: Connection, patient_key: str, hashes: Sequence[str], *, except_session: str
    ) -> list[tuple[str, str, str | None]]:
        """Return hash, state and Medtech's id of other sessions' images of the patient with these bytes.

        Locks these rows, and those of the session itself.
        """
        query = (
            select(images)
            .where(images.c.patient_key == patient_key, images.c.content_hash.in_(hashes))
            .where(images.c.state != "held")
            .order_by(images.c.id)
            .with_for_update()
        )
        return [
            (row.content_hash, row.state, row.document_reference_id or row.media_id)
            for row in connection.execute(query)
            if row.session_id != except_session
        ]

    def of_session(self, connection: Connection, session_id: str) -> list[Image]:
        """Return the session's images in the clinician's order, also held ones, without those destroyed unfiled."""
        here = images.c.content_key.is_not(None) | (images.c.state == "committed")
        found = [self.read(row) for row in connection.execute(_of_session(session_id).where(here))]
        return sorted(found, key=lambda image: image.sort_key)

    def several(
        self,
        connection: Connection,
        session_id: str,
        image_ids: Sequence[str],
        *,
        handoff_id: str | None = None,
    ) -> dict[str, Image]:
        """Return those of these images that are in this session, or of this phone, by id."""
        query = _of_session(session_id).where(images.c.id.in_(image_ids))
        found = [self.read(row) for row in connection.execute(query)]
        return {image.id: image for image in found if image.is_visible_to(handoff_id)}

    def get_locked(self, connection: Connection, session_id: str, image_ids: Sequence[str]) -> list[Image]:
        """Return images of this session in the order given, and lock their rows; raises NotFound, also for held ones.

        They are locked in the order of their ids, to avoid deadlocks.
        """
        query = _of_session(session_id).where(images.c.id.in_(image_ids)).order_by(images.c.id)
        rows = connection.execute(query.where(images.c.state != "held").with_for_update())
        found = {row.id: self.read(row) for row in rows}
        if not found.keys() >= set(image_ids):
            raise NotFound(_NOT_HERE)
        return [found[image_id] for image_id in image_ids]

    def lock(self, connection: Connection, image_ids: Sequence[str]) -> None:
        """Lock the images' rows until the transaction ends; not needed on SQLite, which has one writer."""
        if connection.dialect.name == "postgresql":
            query = select(images.c.id).where(images.c.id.in_(image_ids)).order_by(images.c.id)
            connection.execute(query.with_for_update())

    def count(self, connection: Connection, session_id: str, *, held: bool = False) -> int:
        """Return how many images the session has; `held`: those that phones hold too."""
        query = select(func.count()).select_from(images).where(images.c.session_id == session_id)
        return connection.scalar(query if held else query.where(images.c.state != "held")) or 0

    def filed_count(self, connection: Connection, patient_key: str) -> int:
        """Return how many of the patient's images are known to be in the record, at least in part."""
        query = select(func.count()).select_from(images).where(images.c.patient_key == patient_key)
        return connection.scalar(query.where(images.c.state.in_(("partly", "committed")))) or 0

    def set_details(self, connection: Connection, image: Image) -> None:
        """Store the image's details."""
        values = {
            "details": self._encrypt(image.id, image.details),
            "title_hash": None if image.details.place is None else self.title_hash(image),
        }
        connection.execute(update(images).where(images.c.id == image.id).values(values))

    def set_phone(self, connection: Connection, image_id: str, handoff_id: str) -> None:
        """Assign the image to the phone that uploaded the same bytes again after a new scan."""
        connection.execute(update(images).where(images.c.id == image_id).values(handoff_id=handoff_id))

    def set_commit(self, connection: Connection, image_ids: Sequence[str], commit_id: str) -> None:
        """Store the newest commit of these images, which a reloaded page shows."""
        connection.execute(update(images).where(images.c.id.in_(image_ids)).values(commit_id=commit_id))

    def set_content(self, connection: Connection, image: Image) -> None:
        """Store what describes an image's content, and its details, after other content has taken its place."""
        connection.execute(
            update(images)
            .where(images.c.id == image.id)
            .values(
                content_type=image.content_type,
                bytes=image.size,
                width=image.width,
                height=image.height,
                incomplete=image.incomplete,
                content_key=image.content_key,
                stored_as=image.stored_as,
                details=self._encrypt(image.id, image.details),
            )
        )

    def set_state(self, connection: Connection, image_id: str, state: ImageState) -> None:
        """Store the image's state."""
        connection.execute(update(images).where(images.c.id == image_id).values(state=state))

    def hand_over(self, connection: Connection, handed_over: Sequence[Image], commit_id: str) -> None:
        """Store that these images, with their details, are queued for filing by this commit."""
        query = update(images).where(images.c.id == bindparam("its_id"))
        query = query.values(
            details=bindparam("its_details"),
            title_hash=bindparam("its_title"),
            commit_id=commit_id,
            state="queued",
        )
        rows = [
            {
                "its_id": image.id,
                "its_details": self._encrypt(image.id, image.details),
                "its_title": self.title_hash(image),
            }
            for image in handed_over
        ]
        connection.execute(query, rows)

    def take_back(self, connection: Connection, image_id: str) -> None:
        """Store that this image is staged again: it has no commit and no place in one."""
        image = self.read(connection.execute(select(images).where(images.c.id == image_id)).one())
        details = self._encrypt(image_id, replace(image.details, place=None))
        change = update(images).where(images.c.id == image_id)
        connection.execute(change.values(details=details, title_hash=None, commit_id=None, state="staged"))

    def title_hash(self, image: Image) -> str:
        """Hash an image's title, to recognise it among its patient's."""
        return self._keyring.keyed_hash("title", image.patient_key, image.details.title)

    def title_hashes(self, connection: Connection, patient_key: str) -> frozenset[str]:
        """Return the hashes of the titles of the patient's images that were handed over for filing, as far as known here."""
        query = select(images.c.title_hash).where(
            images.c.patient_key == patient_key,
            images.c.state.in_(HAS_FILED_TITLE),
            images.c.title_hash.is_not(None),
        )
        return frozenset(connection.scalars(query))

    def set_landed(
        self,
        connection: Connection,
        image_id: str,
        *,
        document_reference_id: str | None,
        media_id: str | None,
    ) -> None:
        """Store which of its targets have the image already."""
        ids = {"document_reference_id": document_reference_id, "media_id": media_id}
        connection.execute(update(images).where(images.c.id == image_id).values(ids))

    def set_committed(
        self,
        connection: Connection,
        image_id: str,
        *,
        document_reference_id: str | None,
        media_id: str | None,
        now: float,
    ) -> float:
        """Mark as committed and destroy the key, because the record has the image; return when it was uploaded.

        While its session is open, a copy for a referral keeps the key, under another name that only a referral reads.
        """
        open_session = exists().where(sessions.c.id == images.c.session_id, sessions.c.ended_at.is_(None))
        kept = (
            {}
            if not self.keeps_copies
            else {
                "copy_key": case((open_session, images.c.content_key), else_=None),
                "copy_until": now + self._copy_seconds,
            }
        )
        found = connection.execute(
            update(images)
            .where(images.c.id == image_id)
            .values(
                state="committed",
                document_reference_id=document_reference_id,
                media_id=media_id,
                committed_at=now,
                content_key=None,
                **kept,
            )
            .returning(images.c.uploaded_at)
        )
        return float(found.scalar_one())

    def unfiled(self, connection: Connection, session_id: str, patient_key: str) -> list[str]:
        """Return the ids of the session's images that need a clinician, and lock their rows.

        Images that are being filed stay in their session and continue automatically, and so do originals that were left
        out on purpose.
        """
        query = select(images.c.id).where(
            images.c.session_id == session_id,
            images.c.patient_key == patient_key,
            images.c.content_key.is_not(None),
            images.c.state.in_(NEEDS_CLINICIAN),
        )
        found = list(connection.scalars(query.order_by(images.c.id).with_for_update()))
        family = select(images.c.id, images.c.derived_from, images.c.state)
        rows = connection.execute(family.where(images.c.session_id == session_id))
        excluded = left_out(Relative(row.id, row.derived_from, row.state) for row in rows)
        return [image_id for image_id in found if image_id not in excluded]

    def move(self, connection: Connection, image_id: str, session_id: str, patient_key: str) -> None:
        """Move an image to another session of the same patient; nothing happens if it is a different patient's."""
        theirs = select(images.c.content_hash).where(images.c.id == image_id).scalar_subquery()
        same = select(images.c.id).where(images.c.session_id == session_id, images.c.content_hash == theirs)
        values = {"session_id": session_id}
        if connection.scalar(same) is not None:
            # The clinician added the same image again. Both are kept; the clinician decides which to file.
            values["content_hash"] = f"resumed-{image_id}"
        connection.execute(
            update(images).where(images.c.id == image_id, images.c.patient_key == patient_key).values(values)
        )

    def remove(self, connection: Connection, image_id: str) -> None:
        """Delete the row, and with it the content's only key."""
        connection.execute(delete(images).where(images.c.id == image_id))

    def destroy_content(self, connection: Connection, image_id: str) -> None:
        """Destroy the key and allow the same bytes to be uploaded again; the row is kept for the commit."""
        connection.execute(
            update(images)
            .where(images.c.id == image_id)
            .values(content_key=None, content_hash=f"gone-{image_id}")
        )

    def read(self, row: Any) -> Image:
        """Return the image of a row of `images`, or of anything with its columns as attributes."""
        details = self._keyring.decrypt_column(row.details, f"photos.details/{row.id}")
        return Image(
            id=row.id,
            session_id=row.session_id,
            patient_key=row.patient_key,
            source=row.source,
            derived_from=row.derived_from,
            content_type=row.content_type,
            size=row.bytes,
            width=row.width,
            height=row.height,
            details=details_from_json(details),
            uploaded_at=row.uploaded_at,
            state=row.state,
            commit_id=row.commit_id,
            document_reference_id=row.document_reference_id,
            media_id=row.media_id,
            committed_at=row.committed_at,
            content_key=row.content_key,
            copy_key=row.copy_key,
            copy_until=row.copy_until,
            stored_as=row.stored_as,
            handoff_id=row.handoff_id,
            pages=row.pages,
            incomplete=row.incomplete,
        )

    def _one(self, connection: Connection, query: Select[Any], *, lock: bool = False) -> Image | None:
        row = connection.execute(query.with_for_update() if lock else query).one_or_none()
        return None if row is None else self.read(row)

    def _encrypt(self, image_id: str, details: Details) -> bytes:
        # The context is the table's former name, under which existing values are encrypted.
        return self._keyring.encrypt_column(details_to_json(details), f"photos.details/{image_id}")


def _of_session(session_id: str) -> Select[Any]:
    return select(images).where(images.c.session_id == session_id)
