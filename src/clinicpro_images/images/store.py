"""The SQL of pictures."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, delete, func, insert, select, update

from clinicpro_images.db.connection import AsyncConnection
from clinicpro_images.crypto.keyring import Keyring
from clinicpro_images.db.database import Database
from clinicpro_images.db.in_list import in_param
from clinicpro_images.db.tables import images, sessions
from clinicpro_images.errors import NotFound
from clinicpro_images.images.details import details_from_json, details_to_json
from clinicpro_images.images.image import Details, Image, ImageState

# Made once: to put a statement together takes longer than to carry it out.
_ADD = insert(images)
_OF_SESSION = select(images).where(images.c.session_id == bindparam("of_session"))
_HERE = _OF_SESSION.where(images.c.content_key.is_not(None) | (images.c.state == "committed"))
_BY_CONTENT = _OF_SESSION.where(images.c.content_hash == bindparam("content_hash"))
_HOLD_SESSION = (
    select(sessions.c.id).where(sessions.c.id == bindparam("of_session")).with_for_update(key_share=True)
)
_COUNT = select(func.count()).select_from(images).where(images.c.session_id == bindparam("of_session"))
_ONE = _OF_SESSION.where(images.c.id == bindparam("image_id"))
_ONE_HELD = _ONE.with_for_update()
_SEVERAL = _OF_SESSION.where(in_param(images.c.id, "image_ids"))
# Sorted: so nobody waits in a circle.
_SEVERAL_HELD = _SEVERAL.order_by(images.c.id).with_for_update()
_HOLD = select(images.c.id).where(in_param(images.c.id, "image_ids")).order_by(images.c.id).with_for_update()
_CHANGE = update(images).where(images.c.id == bindparam("image_id"))
_CHANGE_SEVERAL = update(images).where(in_param(images.c.id, "image_ids"))
_CHANGE_TOLD = _CHANGE.returning(images.c.uploaded_at, images.c.commit_id)

_NOT_HERE = "This picture is not in this session. Reload the page to see which are."


class ImageStore:
    """Pictures in the database; what is said about them is sealed."""

    def __init__(self, database: Database, keyring: Keyring) -> None:
        """Use `keyring` for every hash and seal."""
        self._database = database
        self._keyring = keyring

    def content_hash(self, content: bytes) -> str:
        """Hash bytes as they arrived, to know them again."""
        return self._keyring.keyed_hash("content", content)

    async def add(self, connection: AsyncConnection, image: Image, content_hash: str) -> None:
        """Insert a picture; raises IntegrityError when the session has these bytes already."""
        await connection.execute(
            _ADD,
            {
                "id": image.id,
                "session_id": image.session_id,
                "patient_key": image.patient_key,
                "content_hash": content_hash,
                "source": image.source,
                "handoff_id": image.handoff_id,
                "derived_from": image.derived_from,
                "content_type": image.content_type,
                "bytes": image.size,
                "width": image.width,
                "height": image.height,
                "content_key": image.content_key,
                "details": self._seal(image.id, image.details),
                "uploaded_at": image.uploaded_at,
                "state": image.state,
            },
        )

    async def by_content(self, session_id: str, content_hash: str) -> Image | None:
        """Find a picture of the session by the bytes that arrived."""
        asked = {"of_session": session_id, "content_hash": content_hash}
        async with self._database.read() as connection:
            row = (await connection.execute(_BY_CONTENT, asked)).one_or_none()
        return None if row is None else self.read(row)

    async def of_session(self, session_id: str) -> list[Image]:
        """Return the session's pictures in the clinician's order, without those destroyed unfiled."""
        async with self._database.read() as connection:
            rows = (await connection.execute(_HERE, {"of_session": session_id})).all()
        found = [self.read(row) for row in rows]
        return sorted(found, key=lambda image: image.place)

    async def lock(self, connection: AsyncConnection, image_ids: Sequence[str]) -> None:
        """Hold the pictures' rows until the transaction ends; SQLite's writer holds everything anyway."""
        if not self._database.is_sqlite:
            await connection.execute(_HOLD, {"image_ids": image_ids})

    async def hold(
        self, connection: AsyncConnection, session_id: str, image_ids: Sequence[str]
    ) -> list[Image]:
        """Return pictures of this session in the order asked for, and hold their rows; raises NotFound."""
        asked = {"of_session": session_id, "image_ids": image_ids}
        rows = (await connection.execute(_SEVERAL_HELD, asked)).all()
        found = {row.id: self.read(row) for row in rows}
        if not found.keys() >= set(image_ids):
            raise NotFound(_NOT_HERE)
        return [found[image_id] for image_id in image_ids]

    async def count(self, connection: AsyncConnection, session_id: str) -> int:
        """Return how many pictures the session has, and let nobody else add one before the transaction ends."""
        asked = {"of_session": session_id}
        if not self._database.is_sqlite:
            await connection.execute(_HOLD_SESSION, asked)
        return (await connection.scalar(_COUNT, asked)) or 0

    async def get(self, session_id: str, image_id: str, *, handoff_id: str | None = None) -> Image:
        """Return one picture of this session, or of this phone; raises NotFound for anybody else's."""
        async with self._database.read() as connection:
            return await self.get_in(connection, session_id, image_id, handoff_id=handoff_id)

    async def find(self, session_id: str, image_id: str) -> Image | None:
        """Return one picture of this session, or None."""
        asked = {"of_session": session_id, "image_id": image_id}
        async with self._database.read() as connection:
            row = (await connection.execute(_ONE, asked)).one_or_none()
        return None if row is None else self.read(row)

    async def get_in(
        self,
        connection: AsyncConnection,
        session_id: str,
        image_id: str,
        *,
        lock: bool = False,
        handoff_id: str | None = None,
    ) -> Image:
        """As `get`, inside a transaction; `lock` holds the row until it ends."""
        asked = {"of_session": session_id, "image_id": image_id}
        row = (await connection.execute(_ONE_HELD if lock else _ONE, asked)).one_or_none()
        image = None if row is None else self.read(row)
        if image is None or not image.is_for(handoff_id):
            raise NotFound(_NOT_HERE)
        return image

    async def several(
        self, session_id: str, image_ids: Sequence[str], *, handoff_id: str | None = None
    ) -> dict[str, Image]:
        """Return those of these pictures that are in this session, or of this phone, by their ids."""
        asked = {"of_session": session_id, "image_ids": image_ids}
        async with self._database.read() as connection:
            rows = (await connection.execute(_SEVERAL, asked)).all()
        return {image.id: image for image in map(self.read, rows) if image.is_for(handoff_id)}

    async def adopt(self, image: Image, handoff_id: str) -> None:
        """Let the phone that sent the same bytes again, after a new scan, describe and remove them."""
        async with self._database.write() as connection:
            await connection.execute(
                update(images).where(images.c.id == image.id).values(handoff_id=handoff_id)
            )

    async def describe(self, connection: AsyncConnection, image: Image) -> None:
        """Store the picture's details."""
        await connection.execute(
            _CHANGE, {"image_id": image.id, "details": self._seal(image.id, image.details)}
        )

    async def remove(self, connection: AsyncConnection, image: Image) -> None:
        """Delete the row, and with it the only key to the file."""
        await connection.execute(delete(images).where(images.c.id == image.id))

    async def destroy_content(self, connection: AsyncConnection, image_id: str) -> None:
        """Destroy the key, and let the same bytes be taken again; the row says what became of the picture."""
        await connection.execute(
            update(images)
            .where(images.c.id == image_id)
            .values(content_key=None, content_hash=f"gone-{image_id}")
        )

    async def set_state(self, connection: AsyncConnection, image_id: str, state: ImageState) -> str | None:
        """Show how far filing is; returns the newest request to file it."""
        changed = {"image_id": image_id, "state": state}
        commit_id: str | None = (await connection.execute(_CHANGE_TOLD, changed)).one().commit_id
        return commit_id

    async def set_commit(
        self,
        connection: AsyncConnection,
        image_ids: Sequence[str],
        commit_id: str,
        *,
        state: ImageState | None = None,
    ) -> None:
        """Remember which request asked for filing, so that a reloaded page finds it; with `state`, how far that is."""
        changed = {"image_ids": image_ids, "commit_id": commit_id}
        await connection.execute(_CHANGE_SEVERAL, changed if state is None else changed | {"state": state})

    async def set_filed(
        self,
        connection: AsyncConnection,
        image_id: str,
        *,
        document_reference_id: str | None,
        media_id: str | None,
        now: float,
    ) -> tuple[float, str | None]:
        """Mark as filed and destroy the key: the record has the picture now, this server needs it no more.

        Returns when it had come, in seconds since 1970, and the newest request to file it.
        """
        found = await connection.execute(
            _CHANGE_TOLD,
            {
                "image_id": image_id,
                "state": "committed",
                "document_reference_id": document_reference_id,
                "media_id": media_id,
                "committed_at": now,
                "content_key": None,
            },
        )
        row = found.one()
        return row.uploaded_at, row.commit_id

    def _seal(self, image_id: str, details: Details) -> bytes:
        return self._keyring.encrypt_column(details_to_json(details), f"photos.details/{image_id}")

    def read(self, row: Any) -> Image:
        """Make a picture of a row of `photos`, or of anything with its columns for attributes."""
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
            handoff_id=row.handoff_id,
        )
