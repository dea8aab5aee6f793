"""`clinicpro rotate-keys`: re-encrypt, under the current secret, what was encrypted under a previous one."""

from clinicpro_images.app.startup import open_existing
from clinicpro_images.commands.console import open_console
from clinicpro_images.crypto.data_keys import open_keyring
from clinicpro_images.crypto.rotation import rotate
from clinicpro_images.crypto.stretching import use_stretching
from clinicpro_images.settings.settings import Settings


async def run(settings: Settings) -> int:
    """Re-encrypt; returns 1 if some values can't be decrypted with any of the secrets."""
    async with open_existing(settings.database_url) as database:
        # Once with the keys as they are: with a wrong secret, nothing is changed.
        await open_keyring(database, settings.secret_key or "", settings.old_secret_keys)
        await database.write(use_stretching)
        keyring = await open_keyring(database, settings.secret_key or "", settings.old_secret_keys)
        rotated = await rotate(database, keyring)
    console = open_console()
    console.print(f"Re-encrypted {rotated.reencrypted} values under CLINICPRO_SECRET_KEY.")
    if rotated.unreadable:
        console.print(
            f"{rotated.unreadable} values can't be decrypted with any of the secrets given. "
            "Keep the previous secrets, and add the missing one to CLINICPRO_OLD_SECRET_KEYS.",
        )
        return 1
    if settings.old_secret_keys:
        console.print("CLINICPRO_OLD_SECRET_KEYS is no longer needed.")
    return 0
