"""`clinicpro purge`: delete once what is due."""

from rich.console import Console

from clinicpro_images.app.composition import open_gateway
from clinicpro_images.settings.settings import Settings


async def run(settings: Settings) -> int:
    """Delete what is due and print how much it was; returns the exit code."""
    async with open_gateway(settings) as gateway:
        purged = await gateway.retention.purge(rewrite=True)
    Console().print(
        f"Deleted {purged.images} unfiled images, {purged.stray_files} stray files "
        f"and the data of {purged.sessions} old sessions."
    )
    return 0
