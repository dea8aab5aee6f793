"""`clinicpro rotate-keys`: seal again, under the present secret, what was sealed under a former one."""

from rich.console import Console

from clinicpro_images.crypto.data_keys import open_keyring
from clinicpro_images.crypto.rotation import rotate
from clinicpro_images.db.database import open_database
from clinicpro_images.db.migrate import migrate
from clinicpro_images.settings.settings import Settings


async def run(settings: Settings) -> int:
    """Seal again; returns 1 when something opens under none of the secrets."""
    database = open_database(settings.database_url)
    try:
        await migrate(database)
        keyring = await open_keyring(database, settings.secret_key or "", settings.old_secret_keys)
        rotated = await rotate(database, keyring)
    finally:
        await database.close()
    console = Console()
    console.print(f"Sealed again under CLINICPRO_SECRET_KEY: {rotated.reencrypted} values.", highlight=False)
    if rotated.unreadable:
        console.print(
            f"{rotated.unreadable} values open under none of the secrets given. "
            "Keep the former secrets, and add the missing one to CLINICPRO_OLD_SECRET_KEYS.",
            highlight=False,
        )
        return 1
    if settings.old_secret_keys:
        console.print("Nothing needs CLINICPRO_OLD_SECRET_KEYS any more.", highlight=False)
    return 0
