"""PostgreSQL, the object store and a gateway go away while clinicians file: all recovers automatically, each image lands once."""

import asyncio
from pathlib import Path

import pytest

from load.crowd import run_crowd
from load.restarts import Restart, restart_in_turn
from load.stage import running_stage

pytestmark = pytest.mark.anyio

HASTE = {"CLINICPRO_LEASE": "2", "CLINICPRO_RETRY_FIRST_WAIT": "0.2", "CLINICPRO_RETRY_LONGEST_WAIT": "1"}


async def test_everything_is_restarted_once_while_clinicians_file(tmp_path: Path) -> None:
    restarts: list[Restart] = []
    async with running_stage(tmp_path, gateways=2, postgres=True, store=True, environ=HASTE) as stage:
        trouble = asyncio.create_task(restart_in_turn(stage, every=1.0, away=1.0, report=restarts.append))
        outcome = await run_crowd(
            stage, clinicians=5, seconds=10.0, visit_seconds=4.0, seed=1, persistent=True
        )
        trouble.cancel()
        await asyncio.gather(trouble, return_exceptions=True)
        # The crowd may finish while something is away: what can be reached is counted then.
        assert stage.cluster is not None
        assert stage.store is not None
        stage.cluster.stop()
        stage.store.kill()
        stage.gateways[0].kill()
        assert stage.cpu()["gateways"] > 0
    assert {"PostgreSQL", "object store"} <= {each.what for each in restarts}
    assert outcome.clean, outcome
    assert outcome.landed == len(outcome.tally.asked) == len(outcome.tally.filed)
