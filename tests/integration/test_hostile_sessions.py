"""While one session takes what it can, another practice's clinician is served: `scripts/bench hostile` measures it."""

from pathlib import Path

import pytest

from hostile import noticed_during
from load.stage import running_stage

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("trial", ["slow uploads", "2,000 streams", "refused tickets"])
async def test_another_clinician_is_never_refused(trial: str, tmp_path: Path) -> None:
    async with running_stage(tmp_path, gateways=1, postgres=False, store=False, environ={}) as stage:
        noticed = await noticed_during(stage, trial, seconds=2.0)
    assert noticed.refused == []
    assert {len(times) > 0 for times in noticed.times.values()} == {True}
    assert noticed.megabytes < 500
