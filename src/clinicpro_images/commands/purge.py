"""`clinicpro purge`: one sweep of what must not stay."""

from rich.console import Console

from clinicpro_images.app.composition import open_gateway
from clinicpro_images.settings.settings import Settings


async def run(settings: Settings) -> int:
    """Sweep and say how much went; returns the exit code."""
    async with open_gateway(settings) as gateway:
        swept = await gateway.retention.sweep(rewrite=True)
    Console().print(
        f"Destroyed {swept.images} unfiled pictures, {swept.stray_files} stray files "
        f"and what {swept.sessions} old sessions left behind."
    )
    return 0
