"""A restore in the middle of a trial, with the scripts of `deploy/`: gateways work, are killed, and find an earlier state."""

import asyncio
import shutil
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from sqlalchemy import create_engine, select

from backups import script
from clinicpro_images.db.tables import images
from crash.clinician import Tally
from crash.pace import Pace
from crash.programs import START_SECONDS, GatewayProgram
from running import Sandbox
from titles import line_of

Where = Literal["elsewhere", "in-place"]
_POLL = 0.1


@dataclass
class Restoration:
    """What was restored, in photos. `lost` are those that were added before the backup and aren't in it.

    `filed_since` are those that the backup has as unfiled and that were in the record when it was restored, and
    `unknown` those in the record that the backup doesn't have.
    """

    where: Where
    in_backup: int = 0
    lost: list[str] = field(default_factory=list)
    filed_since: int = 0
    unknown: int = 0
    taken_again: int = 0


async def restore_in_the_middle(
    done: Restoration,
    sandbox: Sandbox,
    gateways: list[GatewayProgram],
    folder: Path,
    database_url: str | None,
    tally: Tally,
    pace: Pace,
    visits: asyncio.Task[None],
) -> None:
    """Make a backup while there are unfiled photos, let some be filed, kill every gateway and restore it."""
    random = pace.random("restore")
    backup, environ = folder / "backup", gateways[0].environ

    async def until(progress: float, condition: Callable[[], bool]) -> None:
        # What has to happen is counted or read over HTTP: there is no event to wait on.
        while not visits.done() and (  # noqa: ASYNC110
            pace.progress < progress or not await asyncio.to_thread(condition)
        ):
            await asyncio.sleep(_POLL)

    def unfiled() -> set[str]:
        return set(tally.added.values()) - _in_record(sandbox)

    await until(random.uniform(0.2, 0.5), lambda: bool(unfiled()))
    await asyncio.sleep(random.uniform(0.0, 0.5))
    before, then_unfiled = dict(tally.added), unfiled()
    await _run("backup.sh", backup, environ, "--with-images")
    await until(random.uniform(0.55, 0.8), lambda: bool(then_unfiled & _in_record(sandbox)))
    await asyncio.sleep(random.uniform(0.0, 0.5))

    async with AsyncExitStack() as turns:
        for gateway in gateways:
            await turns.enter_async_context(gateway.turn)
        for gateway in gateways:
            gateway.kill()
        tally.restores += 1
        restored = _prepared(done.where, folder, environ, database_url)
        await _run("restore.sh", backup, restored)
        _compare(done, before, _states(restored), tally.added, _in_record(sandbox))
        for gateway in gateways:
            gateway.environ = restored
            gateway.start()
        for gateway in gateways:
            await gateway.ready()


def _prepared(
    where: Where, folder: Path, environ: dict[str, str], database_url: str | None
) -> dict[str, str]:
    """Make room for what is restored; return the settings of the gateways from then on."""
    data = Path(environ["CLINICPRO_DATA_DIR"])
    restored = dict(environ)
    if where == "elsewhere":
        restored["CLINICPRO_DATA_DIR"] = str(folder / "restored")
    elif database_url is None:
        aside = folder / "aside"
        aside.mkdir()
        for file in data.glob("clinicpro.db*"):
            shutil.move(file, aside)
    if database_url is not None:
        restored["CLINICPRO_DATABASE_URL"] = database_url
    return restored


async def _run(name: str, backup: Path, environ: dict[str, str], *options: str) -> None:
    """Run one of the scripts; a database may take a moment to notice that a killed gateway is gone."""
    async with asyncio.timeout(START_SECONDS):
        while True:
            result = await asyncio.to_thread(script, name, backup, environ, *options)
            if result.returncode == 0:
                return
            assert "stop every gateway first" in result.stderr, f"{name}: {result.stderr}"
            await asyncio.sleep(_POLL)


def _states(environ: dict[str, str]) -> dict[str, str]:
    """The state of each photo in the restored database, by id."""
    url = environ.get("CLINICPRO_DATABASE_URL", f"sqlite:///{environ['CLINICPRO_DATA_DIR']}/clinicpro.db")
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            return {row.id: row.state for row in connection.execute(select(images.c.id, images.c.state))}
    finally:
        engine.dispose()


def _compare(
    done: Restoration,
    before: dict[str, str],
    states: dict[str, str],
    added: dict[str, str],
    in_record: set[str],
) -> None:
    done.in_backup = len(states)
    done.lost = [label for image_id, label in before.items() if image_id not in states]
    done.filed_since = sum(
        state != "committed" and added.get(image_id) in in_record for image_id, state in states.items()
    )
    known = {added.get(image_id) for image_id in states}
    done.unknown = len(in_record - known)


def _in_record(sandbox: Sandbox) -> set[str]:
    return {line_of(each).rpartition(" – ")[2] for each in sandbox.resources()}
