"""Reports what the acceptance run has learnt about searches, and stores it for the gateway."""

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import make_url
from sqlalchemy.exc import SQLAlchemyError

from clinicpro_images.commits.sight import Sight
from clinicpro_images.commits.sight_store import SightStore
from clinicpro_images.crypto.data_keys import open_keyring
from clinicpro_images.db.database import open_database
from clinicpro_images.db.migrate import current_revision, newest_revision
from clinicpro_images.doctor.acceptance import AcceptanceStep
from clinicpro_images.settings.errors import SettingsError
from clinicpro_images.settings.settings import Settings

_PROVEN = "Searches show what was filed: after a lost answer, a photo is looked for, and sent again if it isn't there."
_UNPROVEN = (
    "Searches don't show what was filed: after a lost answer, the clinician is asked to look in Evolution."
)

_NOT_STARTED = "Not stored, because this version's gateway has not been started yet."


async def report_sight(settings: Settings, sights: Sequence[Sight]) -> list[AcceptanceStep]:
    """Store the sights in the installation's database, if it has one, and return a step for each target."""
    note = await _store(settings, sights) if sights else ""
    steps = []
    for target in sorted({sight.target for sight in sights}):
        shapes = [sight.shape for sight in sights if (sight.target, sight.state) == (target, "proven")]
        what = f"{_PROVEN} (Query: {shapes[0]}.)" if shapes else _UNPROVEN
        steps.append(
            AcceptanceStep(
                target=target,
                step="sight",
                state="ok" if shapes else "skipped",
                what=f"{what} {note}".strip(),
            )
        )
    return steps


async def _store(settings: Settings, sights: Sequence[Sight]) -> str:
    """Store the sights; return why that was not possible, or nothing."""
    if settings.secret_key is None:
        return "Not stored, because CLINICPRO_SECRET_KEY is not set: the gateway looks for itself after its first photo."
    if not _has_started(settings):
        return _NOT_STARTED
    database = open_database(settings.database_url)
    try:
        if await database.read(current_revision) != newest_revision():
            return _NOT_STARTED
        store = SightStore(await open_keyring(database, settings.secret_key, settings.old_secret_keys))
        for sight in sights:
            await database.write(store.record, sight)
    except SettingsError as error:
        return f"Not stored: {error.variable} {error.sentence}"
    except SQLAlchemyError:
        return "Not stored, because the database can't be reached."
    finally:
        await database.close()
    return ""


def _has_started(settings: Settings) -> bool:
    """Whether there is a database; connecting to a SQLite file would create it."""
    url = make_url(settings.database_url)
    return url.get_backend_name() != "sqlite" or Path(url.database or "").exists()
