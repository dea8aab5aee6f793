"""`clinicpro purge`: delete once what is due."""

from clinicpro_images.app.composition import open_gateway
from clinicpro_images.app.startup import open_existing
from clinicpro_images.commands.console import open_console
from clinicpro_images.settings.settings import Settings


async def run(settings: Settings) -> int:
    """Delete what is due and print how much it was; returns the exit code."""
    async with open_existing(settings.database_url):
        pass  # a gateway that is opened where there is none would create one
    async with open_gateway(settings) as gateway:
        purged = await gateway.retention.purge(rewrite=True)
    if purged.waits:
        open_console(stderr=True, soft_wrap=True).print(
            "clinicpro: Nothing was deleted: the clock was set, or no gateway ran for a while. "
            "Check the clock, and run this again in an hour."
        )
        return 1
    open_console().print(
        f"Deleted {purged.images} unfiled images, {purged.stray_files} stray files "
        f"and the data of {purged.sessions} old sessions."
    )
    return 0
