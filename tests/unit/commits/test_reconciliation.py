"""What a search shows of an earlier write: our own resource, another patient's, one that looks the same, or nothing."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from clinicpro_images.commits.jobs.reconciliation import Reconciliation
from clinicpro_images.commits.jobs.store import LeasedJob
from clinicpro_images.commits.sight import SearchOutcome, Sight, SightState
from clinicpro_images.commits.sight_store import SightStore
from clinicpro_images.db.unit_of_work import UnitOfWork
from clinicpro_images.records.errors import (
    RecordSystemError,
    RecordSystemFailed,
    RecordSystemForbidden,
    RecordSystemOtherPatient,
)
from clinicpro_images.records.protocol import Hit, Look, Sought
from lost.record import MannerlyRecord
from unit.commits.job_world import HERE, JobWorld

pytestmark = pytest.mark.anyio

SENT = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
ALIKE = Hit("alike", frozenset(), is_alike=True, stored_at=SENT + timedelta(seconds=1))
LAG = 8.0


@dataclass
class Showing(MannerlyRecord):
    """Its searches show these hits, whatever is asked, and may break off or fail."""

    hits: Sequence[Hit] = field(default_factory=list)
    breaks_off: RecordSystemError | None = None
    fails: RecordSystemError | None = None

    async def look(self, shape: str, sought: Sought, *, correlation_id: str) -> Look:  # noqa: ARG002 - the protocol's
        if self.fails is not None:
            raise self.fails
        return Look(self.hits, complete=self.breaks_off is None, error=self.breaks_off)


async def _sent(world: JobWorld) -> LeasedJob:
    """A job that was sent, without an answer."""
    await world.one()
    [leased] = await world.holder().lease(1)
    return replace(leased, job=replace(leased.job, sent_at=SENT.timestamp()))


def _reconciliation(
    world: JobWorld,
    hits: Sequence[Hit] = (),
    *,
    breaks_off: RecordSystemError | None = None,
    fails: RecordSystemError | None = None,
) -> Reconciliation:
    return Reconciliation(
        records=Showing("whole", world.clock, Random(1), hits=hits, breaks_off=breaks_off, fails=fails),  # noqa: S311 - protects nothing
        database=world.database,
        sights=SightStore(world.keyring),
        sessions=world.sessions,
        images=world.images,
    )


async def _prove(world: JobWorld, state: SightState) -> None:
    def record(work: UnitOfWork) -> None:
        SightStore(world.keyring).record(work, Sight(HERE, "scan", "plain", state, 0.0, LAG))

    await world.database.write(record)


async def test_our_resource_in_another_patients_record_is_an_alarm(world: JobWorld) -> None:
    leased = await _sent(world)
    ours = frozenset({leased.job.identifier})
    reconciliation = _reconciliation(world, [Hit("ours", ours), Hit("astray", ours, is_others=True)])
    await _prove(world, "proven")
    with pytest.raises(RecordSystemOtherPatient):
        await reconciliation.look(leased)
    with pytest.raises(RecordSystemOtherPatient):
        await reconciliation.seen(leased)


async def test_another_patients_resource_in_a_list_is_no_alarm(world: JobWorld) -> None:
    leased = await _sent(world)
    hits = [Hit("ours", frozenset({leased.job.identifier})), Hit("other", frozenset({"x"}), is_others=True)]
    assert (await _reconciliation(world, hits).look(leased)).resource_id == "ours"


@pytest.mark.parametrize(
    ("hits", "found"),
    [
        ([ALIKE], "alike"),
        ([replace(ALIKE, identifiers=frozenset({"another application's"}))], None),
        ([replace(ALIKE, stored_at=None)], None),
        ([replace(ALIKE, stored_at=SENT - timedelta(seconds=61))], None),
        ([ALIKE, replace(ALIKE, id="as-alike")], None),
        ([replace(ALIKE, is_alike=False)], None),
    ],
)
async def test_what_looks_the_same_is_ours_only_where_it_can_be_nothing_else(
    world: JobWorld, hits: Sequence[Hit], found: str | None
) -> None:
    outcome = await _reconciliation(world, hits).look(await _sent(world))
    assert (outcome.resource_id, outcome.by_likeness) == (found, found is not None)


async def test_what_may_be_another_image_with_the_same_title_and_time_is_not_taken_for_this_one(
    world: JobWorld,
) -> None:
    leased = await _sent(world)
    await world.image()
    assert (await _reconciliation(world, [ALIKE]).look(leased)).resource_id is None


@pytest.mark.parametrize(
    ("state", "outcome"),
    [
        ("proven", SearchOutcome(absent=True, lag=LAG)),
        ("blind", SearchOutcome()),
        ("refused", SearchOutcome()),
    ],
)
async def test_a_look_before_a_repeat_believes_only_a_query_that_can_see(
    world: JobWorld, state: SightState, outcome: SearchOutcome
) -> None:
    leased = await _sent(world)
    await _prove(world, state)
    assert await _reconciliation(world).seen(leased) == outcome


@pytest.mark.parametrize(
    ("breaks_off", "fails"), [(RecordSystemFailed(), None), (None, RecordSystemFailed())]
)
async def test_a_search_that_may_succeed_later_decides_nothing_now(
    world: JobWorld, breaks_off: RecordSystemError | None, fails: RecordSystemError | None
) -> None:
    leased = await _sent(world)
    with pytest.raises(RecordSystemFailed):
        await _reconciliation(world, breaks_off=breaks_off, fails=fails).look(leased)


async def test_where_every_query_is_refused_nothing_is_known_and_why_is_said(world: JobWorld) -> None:
    refused = RecordSystemForbidden()
    outcome = await _reconciliation(world, fails=refused).look(await _sent(world))
    assert outcome == SearchOutcome(blind=True, cause=refused)
