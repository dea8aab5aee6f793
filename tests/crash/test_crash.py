"""Gateways that are killed at random moments, while ALEX misbehaves, lose nothing and file nothing twice."""

import os
from pathlib import Path

import pytest

from crash.trial import Terms, run_trial
from postgres import running_postgres

pytestmark = pytest.mark.anyio

# Another seed is another trial: CRASH_SEED=… repeats one, and a failure names the one it had.
SEED = int(os.environ.get("CRASH_SEED", "20261124"))


async def test_one_gateway_on_sqlite_files_every_image_once(tmp_path: Path) -> None:
    verdict = await run_trial(Terms(images=12, kills=3, seed=SEED), tmp_path)
    assert verdict.clean, verdict
    assert verdict.kills >= 3, verdict
    assert verdict.kills_while_filing >= 1, verdict
    assert not verdict.own_faults, verdict


async def test_two_gateways_on_one_postgresql_file_every_image_once(tmp_path: Path) -> None:
    with running_postgres() as cluster:
        terms = Terms(images=12, kills=3, seed=SEED, gateways=2, database_url=cluster.empty_database())
        verdict = await run_trial(terms, tmp_path)
    assert verdict.clean, verdict
    assert verdict.kills >= 3, verdict
    assert verdict.kills_while_filing >= 1, verdict
    assert not verdict.own_faults, verdict
