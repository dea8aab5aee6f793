"""`clinicpro purge`: one sweep of what must not stay."""

from rich.console import Console

from clinicpro_images.app.composition import open_gateway
from clinicpro_images.settings.settings import Settings


async def run(settings: Settings) -> int:
    """Sweep and say how much went; returns the exit code."""
    async with open_gateway(settings) as gateway:
        purged = await gateway.retention.purge(rewrite=True)
    Console().print(
        f"Destroyed {purged.images} unfiled pictures, {purged.stray_files} stray files "
        f"and what {purged.sessions} old sessions left behind."
    )
    return 0
