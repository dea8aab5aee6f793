"""Searches that show, hide and show again: absence is believed only where it holds before and after the control."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

import pytest

from clinicpro_images.commits.jobs.reconciliation import Reconciliation, sought_of
from clinicpro_images.commits.jobs.store import LeasedJob
from clinicpro_images.commits.sight import Control, Sight
from clinicpro_images.commits.sight_store import SightStore
from clinicpro_images.db.unit_of_work import UnitOfWork
from clinicpro_images.records.protocol import Look, Sought, WriteKind
from lost.record import MannerlyRecord, Stored
from unit.commits.job_world import HERE, JobWorld

pytestmark = pytest.mark.anyio

SHAPE = "typed"
ELSEWHERE = "another-patient"


@dataclass
class Flickering(MannerlyRecord):
    """Its searches are answered in turn by servers of which some know everything, and others nothing."""

    knowing: Sequence[bool] = field(default_factory=list)
    asked: int = 0

    def shapes(self, kind: WriteKind) -> Sequence[str]:  # noqa: ARG002 - the protocol's
        return (SHAPE,)

    async def look(self, shape: str, sought: Sought, *, correlation_id: str) -> Look:  # noqa: ARG002 - the protocol's
        knows = self.knowing[self.asked % len(self.knowing)]
        self.asked += 1
        return self._shown(shape, sought) if knows else Look([])


async def _leased(world: JobWorld) -> LeasedJob:
    await world.one()
    [leased] = await world.holder().lease(1)
    return leased


async def _found(
    world: JobWorld, leased: LeasedJob, knowing: Sequence[bool], control_of: str, *, filed: bool
) -> str | None:
    """Look for the job's image, and return its id, "absent", or None if nothing is known."""
    reconciliation = await _reconciliation(world, leased, knowing, control_of, filed=filed)
    outcome = await reconciliation.look(leased)
    return "absent" if outcome.absent else outcome.resource_id


async def _reconciliation(
    world: JobWorld, leased: LeasedJob, knowing: Sequence[bool], control_of: str, *, filed: bool
) -> Reconciliation:
    """In a record that is proven able to see by a control of this patient."""
    record = Flickering("whole", world.clock, Random(1), knowing=knowing)  # noqa: S311 - protects nothing
    sought = sought_of(leased)
    record.stored.append(Stored("id-control", Sought("scan", "control", control_of, "", HERE), 0.0, 0.0))
    if filed:
        record.stored.append(Stored("id-ours", sought, 0.0, 0.0))
    sights = SightStore(world.keyring)
    sight = Sight(HERE, "scan", SHAPE, "proven", 0.0, 0.0, Control("control", "id-control", control_of, ""))

    def prove(work: UnitOfWork) -> None:
        sights.record(work, sight)

    await world.database.write(prove)
    return Reconciliation(
        records=record, database=world.database, sights=sights, sessions=world.sessions, images=world.images
    )


@pytest.mark.parametrize("same_patient", [True, False])
@pytest.mark.parametrize(
    "knowing", [(False, True), (False, True, True), (False, False, True), (True, False), (True,)]
)
async def test_an_image_that_is_there_is_never_called_absent(
    world: JobWorld, knowing: Sequence[bool], *, same_patient: bool
) -> None:
    leased = await _leased(world)
    control_of = leased.session.patient.id if same_patient else ELSEWHERE
    assert await _found(world, leased, knowing, control_of, filed=True) in {"id-ours", None}


@pytest.mark.parametrize("knowing", [(False, True), (False, False, True), (True,)])
async def test_a_look_before_a_repeat_asks_more_than_once(world: JobWorld, knowing: Sequence[bool]) -> None:
    leased = await _leased(world)
    reconciliation = await _reconciliation(world, leased, knowing, ELSEWHERE, filed=True)
    assert (await reconciliation.seen(leased)).resource_id == "id-ours"


@pytest.mark.parametrize("control_of", ["", ELSEWHERE])
async def test_an_image_that_is_not_there_is_still_called_absent(world: JobWorld, control_of: str) -> None:
    leased = await _leased(world)
    control_of = control_of or leased.session.patient.id
    assert await _found(world, leased, (True,), control_of, filed=False) == "absent"
