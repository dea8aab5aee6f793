"""Proves sight: after a success, looks for the image that is known to be there, until a query shows it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

import structlog

from clinicpro_images.commits.commit import TARGET_OF
from clinicpro_images.commits.jobs.reconciliation import sought_of
from clinicpro_images.commits.jobs.store import LeasedJob
from clinicpro_images.commits.sight import Control, Sight, SightState
from clinicpro_images.commits.sight_store import SightStore
from clinicpro_images.db.database import Database
from clinicpro_images.records.errors import RecordSystemError, RecordSystemForbidden
from clinicpro_images.records.protocol import ImageTarget, RecordWriter, Sought

log = structlog.get_logger()


@dataclass(frozen=True)
class ProbeTimes:
    """Seconds after a success at which to look, and how long the result is good before another success is probed."""

    ages: Sequence[float] = (0.0, 2.0, 5.0, 15.0, 30.0, 60.0, 120.0, 300.0)
    fresh: float = 60.0


class SightProbes:
    """Looks in the background, once a minute for each practice and target that something is filed to."""

    def __init__(
        self,
        *,
        records: RecordWriter,
        database: Database,
        sights: SightStore,
        monotonic: Callable[[], float],
        times: ProbeTimes | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """`monotonic` is seconds, and what `sleep` waits for; call `end` before what these use is closed."""
        self._records = records
        self._database = database
        self._sights = sights
        self._monotonic = monotonic
        self._times = times or ProbeTimes()
        self._sleep = sleep
        self._next: dict[tuple[str, ImageTarget], float] = {}
        self._running: set[asyncio.Task[None]] = set()

    def start(self, leased: LeasedJob, resource_id: str, seconds: float) -> None:
        """Look for the resource that ALEX has just confirmed, `seconds` after it was sent, unless sight is known."""
        job, now = leased.job, self._monotonic()
        target = TARGET_OF.get(job.kind)
        if target is None or self._next.get((job.facility_id, target), now) > now:
            return
        self._next[job.facility_id, target] = now + self._times.fresh
        sent = now - max(0.0, seconds)
        probing = self._probe(target, sought_of(leased), resource_id, sent, job.correlation_id)
        task = asyncio.create_task(probing, name="sight probe")
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def end(self) -> None:
        """End what is running; the next success starts again."""
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    async def _probe(
        self, target: ImageTarget, sought: Sought, resource_id: str, sent: float, correlation_id: str
    ) -> None:
        try:
            await self._look_until_seen(target, sought, resource_id, sent, correlation_id)
        except Exception:
            # Sight stays as it was; the next success in a minute tries again.
            log.exception("sight.probe-failed", message="Looking for a filed image stopped at an error.")

    async def _look_until_seen(
        self, target: ImageTarget, sought: Sought, resource_id: str, sent: float, correlation_id: str
    ) -> None:
        landed = self._monotonic()
        states: dict[str, SightState] = {}
        for age in self._times.ages:
            await self._sleep(max(0.0, landed + age - self._monotonic()))
            states = {}
            for shape in self._records.shapes(sought.kind):
                state = await self._state(shape, sought, resource_id, correlation_id)
                if state == "proven":
                    # The longest that it can have taken: from the beginning of the write to the end of the search.
                    lag = self._monotonic() - sent
                    await self._record(target, sought, states | {shape: state}, lag, resource_id)
                    return
                if state is not None:
                    states[shape] = state
            if states and set(states.values()) == {"refused"}:
                break
        await self._record(target, sought, states, 0.0, resource_id)

    async def _state(
        self, shape: str, sought: Sought, resource_id: str, correlation_id: str
    ) -> SightState | None:
        """Return what the query shows of what is known to be there; None if it failed or broke off."""
        try:
            found = await self._records.look(shape, sought, correlation_id=correlation_id)
        except RecordSystemForbidden:
            return "refused"
        except RecordSystemError:
            return None
        if resource_id in found.ids_of(sought.identifier):
            return "proven"
        return "blind" if found.complete else None

    async def _record(
        self,
        target: ImageTarget,
        sought: Sought,
        states: dict[str, SightState],
        lag: float,
        resource_id: str,
    ) -> None:
        control = Control(sought.identifier, resource_id, sought.patient_id, sought.nhi)
        for shape, state in states.items():
            sight = Sight(sought.facility_id, target, shape, state, 0.0)
            if state == "proven":
                sight = replace(sight, lag=lag, control=control)
            await self._database.write(self._sights.record, sight)
            log.info(
                "sight.checked",
                message="Looked for an image that is known to be in the record.",
                facility=sought.facility_id,
                target=target,
                shape=shape,
                state=state,
            )


@asynccontextmanager
async def open_probes(
    *, records: RecordWriter, database: Database, sights: SightStore, monotonic: Callable[[], float]
) -> AsyncIterator[SightProbes]:
    """Return the probes; leaving ends what they are doing."""
    probes = SightProbes(records=records, database=database, sights=sights, monotonic=monotonic)
    try:
        yield probes
    finally:
        await probes.end()
