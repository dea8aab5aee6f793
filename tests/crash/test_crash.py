"""Gateways that are killed at random moments, while ALEX misbehaves, lose nothing and file nothing twice.

Nor do they if an earlier state is restored in between.
"""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from crash.trial import Terms, Verdict, run_trial
from postgres import Cluster, running_postgres

pytestmark = pytest.mark.anyio

# Another seed is another trial: CRASH_SEED=… repeats one, and a failure names the one it had.
SEED = int(os.environ.get("CRASH_SEED", "20261124"))

RESTORED = Terms(images=9, kills=3, seed=SEED, per_visit=3)


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


async def test_what_was_filed_since_a_backup_is_not_filed_again_on_sqlite(tmp_path: Path) -> None:
    # No search shows anything, so each unfiled photo of the backup is one to ask about.
    verdict = await run_trial(replace(RESTORED, restore="elsewhere", search_shows="nothing"), tmp_path)
    check_restored(verdict)
    assert verdict.asked, verdict


async def test_what_was_filed_since_a_backup_is_not_filed_again_on_postgresql(
    tmp_path: Path, cluster: Cluster
) -> None:
    terms = replace(RESTORED, gateways=2, restore="in-place", database_url=cluster.empty_database())
    verdict = await run_trial(replace(terms, restored_database_url=cluster.empty_database()), tmp_path)
    check_restored(verdict)


def check_restored(verdict: Verdict) -> None:
    wrong = (verdict.lost, verdict.twice, verdict.offered, verdict.unsettled, verdict.wrong_id)
    assert not any(wrong), wrong
    assert verdict.clean, verdict
    assert not verdict.own_faults, verdict
    assert verdict.restoration is not None
    assert verdict.restoration.filed_since, verdict.restoration
