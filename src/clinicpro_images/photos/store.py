"""The SQL of pictures."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, delete, func, insert, select, update

from clinicpro_images.db.among import among
from clinicpro_images.db.connection import AsyncConnection
from clinicpro_images.db.engine import Database
from clinicpro_images.db.sealing import Keyring
from clinicpro_images.db.tables import photos, sessions
from clinicpro_images.errors import NotFound
from clinicpro_images.photos.details import details_from_json, details_to_json
from clinicpro_images.photos.photo import Details, Photo, PhotoState

# Made once: to put a statement together takes longer than to carry it out.
_ADD = insert(photos)
_OF_SESSION = select(photos).where(photos.c.session_id == bindparam("of_session"))
_HERE = _OF_SESSION.where(photos.c.picture_key.is_not(None) | (photos.c.state == "committed"))
_BY_CONTENT = _OF_SESSION.where(photos.c.content_hash == bindparam("content_hash"))
_HOLD_SESSION = (
    select(sessions.c.id).where(sessions.c.id == bindparam("of_session")).with_for_update(key_share=True)
)
_COUNT = select(func.count()).select_from(photos).where(photos.c.session_id == bindparam("of_session"))
_ONE = _OF_SESSION.where(photos.c.id == bindparam("photo_id"))
_ONE_HELD = _ONE.with_for_update()
_SEVERAL = _OF_SESSION.where(among(photos.c.id, "photo_ids"))
# Sorted: so nobody waits in a circle.
_SEVERAL_HELD = _SEVERAL.order_by(photos.c.id).with_for_update()
_HOLD = select(photos.c.id).where(among(photos.c.id, "photo_ids")).order_by(photos.c.id).with_for_update()
_CHANGE = update(photos).where(photos.c.id == bindparam("photo_id"))
_CHANGE_SEVERAL = update(photos).where(among(photos.c.id, "photo_ids"))
_CHANGE_TOLD = _CHANGE.returning(photos.c.uploaded_at, photos.c.commit_id)

_NOT_HERE = "This picture is not in this session. Reload the page to see which are."


class PhotoStore:
    """Pictures in the database; what is said about them is sealed."""

    def __init__(self, database: Database, keyring: Keyring) -> None:
        """Use `keyring` for every hash and seal."""
        self._database = database
        self._keyring = keyring

    def content_hash(self, content: bytes) -> str:
        """Hash bytes as they arrived, to know them again."""
        return self._keyring.keyed_hash("content", content)

    async def add(self, connection: AsyncConnection, photo: Photo, content_hash: str) -> None:
        """Insert a picture; raises IntegrityError when the session has these bytes already."""
        await connection.execute(
            _ADD,
            {
                "id": photo.id,
                "session_id": photo.session_id,
                "patient_key": photo.patient_key,
                "content_hash": content_hash,
                "source": photo.source,
                "handoff_id": photo.handoff_id,
                "derived_from": photo.derived_from,
                "content_type": photo.content_type,
                "bytes": photo.size,
                "width": photo.width,
                "height": photo.height,
                "picture_key": photo.picture_key,
                "details": self._seal(photo.id, photo.details),
                "uploaded_at": photo.uploaded_at,
                "state": photo.state,
            },
        )

    async def by_content(self, session_id: str, content_hash: str) -> Photo | None:
        """Find a picture of the session by the bytes that arrived."""
        asked = {"of_session": session_id, "content_hash": content_hash}
        async with self._database.read() as connection:
            row = (await connection.execute(_BY_CONTENT, asked)).one_or_none()
        return None if row is None else self.read(row)

    async def of_session(self, session_id: str) -> list[Photo]:
        """Return the session's pictures in the clinician's order, without those destroyed unfiled."""
        async with self._database.read() as connection:
            rows = (await connection.execute(_HERE, {"of_session": session_id})).all()
        found = [self.read(row) for row in rows]
        return sorted(found, key=lambda photo: photo.place)

    async def lock(self, connection: AsyncConnection, photo_ids: Sequence[str]) -> None:
        """Hold the pictures' rows until the transaction ends; SQLite's writer holds everything anyway."""
        if not self._database.is_sqlite:
            await connection.execute(_HOLD, {"photo_ids": photo_ids})

    async def hold(
        self, connection: AsyncConnection, session_id: str, photo_ids: Sequence[str]
    ) -> list[Photo]:
        """Return pictures of this session in the order asked for, and hold their rows; raises NotFound."""
        asked = {"of_session": session_id, "photo_ids": photo_ids}
        rows = (await connection.execute(_SEVERAL_HELD, asked)).all()
        found = {row.id: self.read(row) for row in rows}
        if not found.keys() >= set(photo_ids):
            raise NotFound(_NOT_HERE)
        return [found[photo_id] for photo_id in photo_ids]

    async def count(self, connection: AsyncConnection, session_id: str) -> int:
        """Return how many pictures the session has, and let nobody else add one before the transaction ends."""
        asked = {"of_session": session_id}
        if not self._database.is_sqlite:
            await connection.execute(_HOLD_SESSION, asked)
        return (await connection.scalar(_COUNT, asked)) or 0

    async def get(self, session_id: str, photo_id: str, *, handoff_id: str | None = None) -> Photo:
        """Return one picture of this session, or of this phone; raises NotFound for anybody else's."""
        async with self._database.read() as connection:
            return await self.get_in(connection, session_id, photo_id, handoff_id=handoff_id)

    async def find(self, session_id: str, photo_id: str) -> Photo | None:
        """Return one picture of this session, or None."""
        asked = {"of_session": session_id, "photo_id": photo_id}
        async with self._database.read() as connection:
            row = (await connection.execute(_ONE, asked)).one_or_none()
        return None if row is None else self.read(row)

    async def get_in(
        self,
        connection: AsyncConnection,
        session_id: str,
        photo_id: str,
        *,
        lock: bool = False,
        handoff_id: str | None = None,
    ) -> Photo:
        """As `get`, inside a transaction; `lock` holds the row until it ends."""
        asked = {"of_session": session_id, "photo_id": photo_id}
        row = (await connection.execute(_ONE_HELD if lock else _ONE, asked)).one_or_none()
        photo = None if row is None else self.read(row)
        if photo is None or not photo.is_for(handoff_id):
            raise NotFound(_NOT_HERE)
        return photo

    async def several(
        self, session_id: str, photo_ids: Sequence[str], *, handoff_id: str | None = None
    ) -> dict[str, Photo]:
        """Return those of these pictures that are in this session, or of this phone, by their ids."""
        asked = {"of_session": session_id, "photo_ids": photo_ids}
        async with self._database.read() as connection:
            rows = (await connection.execute(_SEVERAL, asked)).all()
        return {photo.id: photo for photo in map(self.read, rows) if photo.is_for(handoff_id)}

    async def adopt(self, photo: Photo, handoff_id: str) -> None:
        """Let the phone that sent the same bytes again, after a new scan, describe and remove them."""
        async with self._database.write() as connection:
            await connection.execute(
                update(photos).where(photos.c.id == photo.id).values(handoff_id=handoff_id)
            )

    async def describe(self, connection: AsyncConnection, photo: Photo) -> None:
        """Store the picture's details."""
        await connection.execute(
            _CHANGE, {"photo_id": photo.id, "details": self._seal(photo.id, photo.details)}
        )

    async def remove(self, connection: AsyncConnection, photo: Photo) -> None:
        """Delete the row, and with it the only key to the file."""
        await connection.execute(delete(photos).where(photos.c.id == photo.id))

    async def forget(self, connection: AsyncConnection, photo_id: str) -> None:
        """Destroy the key, and let the same bytes be taken again; the row says what became of the picture."""
        await connection.execute(
            update(photos)
            .where(photos.c.id == photo_id)
            .values(picture_key=None, content_hash=f"gone-{photo_id}")
        )

    async def set_state(self, connection: AsyncConnection, photo_id: str, state: PhotoState) -> str | None:
        """Show how far filing is; returns the newest request to file it."""
        changed = {"photo_id": photo_id, "state": state}
        commit_id: str | None = (await connection.execute(_CHANGE_TOLD, changed)).one().commit_id
        return commit_id

    async def set_commit(
        self,
        connection: AsyncConnection,
        photo_ids: Sequence[str],
        commit_id: str,
        *,
        state: PhotoState | None = None,
    ) -> None:
        """Remember which request asked for filing, so that a reloaded page finds it; with `state`, how far that is."""
        changed = {"photo_ids": photo_ids, "commit_id": commit_id}
        await connection.execute(_CHANGE_SEVERAL, changed if state is None else changed | {"state": state})

    async def set_filed(
        self,
        connection: AsyncConnection,
        photo_id: str,
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
                "photo_id": photo_id,
                "state": "committed",
                "document_reference_id": document_reference_id,
                "media_id": media_id,
                "committed_at": now,
                "picture_key": None,
            },
        )
        row = found.one()
        return row.uploaded_at, row.commit_id

    def _seal(self, photo_id: str, details: Details) -> bytes:
        return self._keyring.seal_column(details_to_json(details), f"photos.details/{photo_id}")

    def read(self, row: Any) -> Photo:
        """Make a picture of a row of `photos`, or of anything with its columns for attributes."""
        details = self._keyring.open_column(row.details, f"photos.details/{row.id}")
        return Photo(
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
            picture_key=row.picture_key,
            handoff_id=row.handoff_id,
        )
