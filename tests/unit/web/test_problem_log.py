"""Floods in the log: some lines of each kind, then a sum, and nobody's flood hides anything else."""

import asyncio
import logging
from collections import Counter

import httpx2
import pytest
import structlog
from fastapi import FastAPI

from clinicpro_images.errors import NotFound
from clinicpro_images.logs import LINES_PER_MINUTE, LineSums, configure_logs
from clinicpro_images.web.errors import TooManyRequests
from clinicpro_images.web.problem_log import ProblemLog
from clinicpro_images.web.problems import install_problems
from log_lines import logged

pytestmark = pytest.mark.anyio


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_each_kind_has_its_lines_every_minute_and_the_rest_is_counted() -> None:
    clock = Clock()
    sums = LineSums(clock)
    assert sum(sums.take("flood") for _ in range(500)) == LINES_PER_MINUTE
    assert sums.take("another")
    assert sums.counted() == {"flood": 500 - LINES_PER_MINUTE}
    assert sums.counted() == {}
    clock.now = 60.0
    assert sums.take("flood")


async def test_a_flood_is_summed_by_kind_without_waiting_for_the_next_one() -> None:
    problems = ProblemLog(clock=Clock(), sum_seconds=0)
    with (
        logged("http.") as lines,
        structlog.contextvars.bound_contextvars(correlation_id="of one request"),
    ):
        for _ in range(LINES_PER_MINUTE + 7):
            problems.refused("not-found", 404)
        problems.refused("busy", 503)
        later = asyncio.Event()
        asyncio.get_running_loop().call_later(0, later.set)
        await later.wait()
    assert Counter((line["event"], line["problem"]) for line in lines) == {
        ("http.problem", "not-found"): LINES_PER_MINUTE,
        ("http.problem", "busy"): 1,
        ("http.problems-summed", "not-found"): 1,
    }
    assert lines[-1]["times"] == 7
    assert ["correlation_id" in line for line in lines] == [True] * (LINES_PER_MINUTE + 1) + [False]


async def test_a_served_flood_of_refusals_is_some_lines() -> None:
    app = FastAPI()
    install_problems(app)

    @app.get("/none")
    async def none() -> None:
        raise NotFound

    @app.get("/often")
    async def often() -> None:
        raise TooManyRequests

    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://127.0.0.1") as client:
        with logged("http.") as lines:
            replies = [await client.get("/none") for _ in range(3 * LINES_PER_MINUTE)]
            assert (await client.get("/often")).status_code == 429
    assert {reply.status_code for reply in replies} == {404}
    assert len(lines) == LINES_PER_MINUTE + 1


def test_a_librarys_flood_is_some_lines_and_others_still_show(capsys: pytest.CaptureFixture[str]) -> None:
    loggers = [logging.getLogger(name) for name in ("flooded", "another")]
    former = structlog.get_config(), logging.root.handlers[:], logging.root.level
    try:
        configure_logs(readable=False)
        for _ in range(3 * LINES_PER_MINUTE):
            loggers[0].warning("Invalid HTTP request received.")
        loggers[1].warning("Something else.")
    finally:
        structlog.configure(**former[0])
        logging.root.handlers[:] = former[1]
        logging.root.setLevel(former[2])
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == LINES_PER_MINUTE + 1
    assert f'"left_out": {2 * LINES_PER_MINUTE}' in lines[-1]
