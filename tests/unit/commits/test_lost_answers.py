"""Lost answers against every manner of showing what was filed: nothing twice, nothing lost, every doubt is asked about."""

from pathlib import Path

import pytest

from lost.record import MANNERS, Manner
from lost.trial import Terms, run_trial

pytestmark = pytest.mark.anyio

# Where a search can see, nobody needs to be asked once that is proven; elsewhere every doubt is.
SEEING: set[Manner] = {"whole", "parameters-ignored"}


@pytest.mark.parametrize("manner", MANNERS)
async def test_a_lost_answer_files_nothing_twice_and_loses_nothing(manner: Manner, tmp_path: Path) -> None:
    verdict = await run_trial(Terms(manner, manner, seed=7), tmp_path, f"sqlite:///{tmp_path}/trial.db")
    assert verdict.clean, verdict
    assert verdict.lost_answers >= 1
    assert (
        verdict.asked
        or manner in SEEING | {"stripped", "late", "sluggish", "cut-off"}
        or verdict.lost_answers < 3
    )


@pytest.mark.parametrize("then", ["blind", "stripped", "broken-pages", "sluggish", "cut-off"])
async def test_nor_where_searches_stop_showing_what_they_showed(then: Manner, tmp_path: Path) -> None:
    verdict = await run_trial(Terms("whole", then, seed=8), tmp_path, f"sqlite:///{tmp_path}/trial.db")
    assert verdict.clean, verdict


async def test_where_every_search_is_refused_every_lost_answer_is_asked_about(tmp_path: Path) -> None:
    terms = Terms("whole", "whole", seed=9, allowed=False)
    verdict = await run_trial(terms, tmp_path, f"sqlite:///{tmp_path}/trial.db")
    assert verdict.clean, verdict
    assert verdict.asked == verdict.lost_answers
