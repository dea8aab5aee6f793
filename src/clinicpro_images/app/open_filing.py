"""Builds what files: the worker of the queue, and what it delivers with and looks with."""

import asyncio
import random
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from clinicpro_images.app.gateway import Parts
from clinicpro_images.commits.jobs.circuit_breaker import CircuitBreaker
from clinicpro_images.commits.jobs.delivery import Delivery
from clinicpro_images.commits.jobs.reconciliation import Reconciliation
from clinicpro_images.commits.jobs.retry import RetryPolicy
from clinicpro_images.commits.jobs.store import JobStore
from clinicpro_images.commits.jobs.worker import Worker
from clinicpro_images.commits.outlook import Outlooks
from clinicpro_images.commits.sight_probe import open_probes
from clinicpro_images.commits.sight_store import SightStore
from clinicpro_images.commits.store import CommitStore
from clinicpro_images.crypto.keyring import Keyring
from clinicpro_images.db.clock import DatabaseClock
from clinicpro_images.db.database import Database
from clinicpro_images.images.image_files import PackedBlobs
from clinicpro_images.images.store import ImageStore
from clinicpro_images.imaging.limits import FitLimits
from clinicpro_images.imaging.worker.pool import ImageWorkers
from clinicpro_images.records.alex.client import AlexClient
from clinicpro_images.records.alex.writer import AlexWriter
from clinicpro_images.sessions.store import SessionStore
from clinicpro_images.settings.settings import Settings
from clinicpro_images.telemetry.telemetry import Telemetry


@dataclass(frozen=True)
class Filing:
    """The worker, and what others need of it: a way to wake it, and to say when it will try what again."""

    worker: Worker
    wake: Callable[[], None]
    breaker: CircuitBreaker
    outlooks: Outlooks
    sights: SightStore


@asynccontextmanager
async def open_filing(
    parts: Parts,
    settings: Settings,
    *,
    alex: AlexClient,
    database: Database,
    keyring: Keyring,
    sessions: SessionStore,
    images: ImageStore,
    commits: CommitStore,
    blobs: PackedBlobs,
    workers: ImageWorkers,
    limits: FitLimits,
    telemetry: Telemetry,
    clock: Callable[[], float],
    monotonic: Callable[[], float],
) -> AsyncIterator[Filing]:
    """Build it, taking the policy, jitter, lease, delivery, circuit breaker and worker from `parts` if they are there.

    Leaving stops the probes that prove whether a search can see what was written.
    """
    policy = parts.get("policy") or _policy(settings)
    writer = AlexWriter(alex)
    sights = SightStore(keyring)
    delivery = parts.get("delivery") or Delivery(
        records=writer,
        database=database,
        images=images,
        commits=commits,
        blobs=blobs,
        reconciliation=Reconciliation(
            records=writer, database=database, sights=sights, sessions=sessions, images=images
        ),
        limits=limits,
        workers=workers,
        latest_date=lambda: min(clock(), alex.latest_date()),
    )
    breaker = parts.get("breaker") or CircuitBreaker(
        monotonic,
        concurrency=settings.facility_at_once,
        rate=settings.facility_rate,
        first_pause=2 * policy.first_wait,
        longest_pause=policy.longest_wait,
    )
    wake = asyncio.Event()
    async with open_probes(records=writer, database=database, sights=sights, monotonic=monotonic) as probes:
        worker = parts.get("worker") or Worker(
            database=database,
            store=JobStore(
                images=images,
                sessions=sessions,
                owner=uuid.uuid4().hex,
                lease_seconds=parts.get("lease_seconds") or settings.lease,
                clock=database.clock if isinstance(database.clock, DatabaseClock) else None,
            ),
            delivery=delivery,
            blobs=blobs,
            breaker=breaker,
            telemetry=telemetry,
            policy=policy,
            wake=wake,
            jitter=parts.get("jitter") or random.random,
            clock=clock,
            on_landed=probes.start,
        )
        outlooks = Outlooks(clock=clock, policy=policy, pause_of=breaker.pause)
        yield Filing(worker, wake.set, breaker, outlooks, sights)


def _policy(settings: Settings) -> RetryPolicy:
    return RetryPolicy(
        first_wait=settings.retry_first_wait,
        longest_wait=settings.retry_longest_wait,
        ceiling=settings.retry_ceiling,
        reconcile_after=settings.reconcile_after,
    )
