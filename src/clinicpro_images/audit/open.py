"""Opening the trail of a database: its key, and the row that says where it ends."""

from sqlalchemy import func, select, text

from clinicpro_images.audit.chain import FIRST, AuditKey
from clinicpro_images.audit.trail import Trail
from clinicpro_images.db.data_keys import data_key
from clinicpro_images.db.engine import Database
from clinicpro_images.db.sealing import Keyring
from clinicpro_images.db.tables import audit


async def open_trail(database: Database, keyring: Keyring) -> Trail:
    """Return the trail, begun where there is none yet."""
    key = AuditKey(await data_key(database, keyring, "audit"))
    async with database.write() as connection:
        if not await connection.scalar(select(func.count()).select_from(audit)):
            # Only for an empty trail: an end that was taken away is not made anew.
            await connection.execute(
                text(
                    "INSERT INTO audit_head (id, seq, mac, code) VALUES (1, 0, :mac, :code) ON CONFLICT DO NOTHING"
                ),
                {"mac": FIRST, "code": key.head_code(0, FIRST)},
            )
    return Trail(key)
