"""The clock is set: nothing is lost, nothing waits for hours, and nothing is filed with a date in the future."""

from pathlib import Path

import pytest

from clocks.trial import Terms, run_trial
from postgres import Cluster
from running import Sandbox

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    "terms", [Terms(-13.0, "running"), Terms(25.0, "running"), Terms(-13.0, "rebooted")], ids=str
)
async def test_images_in_every_state_survive_a_clock_that_is_set(
    sandbox: Sandbox, tmp_path: Path, terms: Terms
) -> None:
    verdict = await run_trial(sandbox, tmp_path, terms)
    assert verdict.clean, verdict


@pytest.mark.parametrize("terms", [Terms(-13.0, "apart"), Terms(13.0, "running")], ids=str)
async def test_images_survive_a_database_server_whose_clock_is_wrong_or_is_set(
    sandbox: Sandbox, tmp_path: Path, cluster: Cluster, terms: Terms
) -> None:
    verdict = await run_trial(sandbox, tmp_path, terms, cluster.new_database())
    assert verdict.clean, verdict
