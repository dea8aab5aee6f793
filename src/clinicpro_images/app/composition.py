"""The composition root: builds every part, and every part can be handed in by keyword instead."""

import asyncio
import contextlib
import random
import time
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from clinicpro_images.audit.open import open_trail
from clinicpro_images.audit.trail import Trail
from clinicpro_images.commits.jobs.circuit_breaker import CircuitBreaker
from clinicpro_images.commits.jobs.delivery import Delivery
from clinicpro_images.commits.jobs.retry import RetryPolicy
from clinicpro_images.commits.jobs.store import Queue
from clinicpro_images.commits.jobs.worker import Worker
from clinicpro_images.commits.service import CommitService
from clinicpro_images.db.clock import DatabaseClock
from clinicpro_images.db.crypto import Keyring
from clinicpro_images.db.data_keys import open_keyring
from clinicpro_images.db.database import Database, open_database, reached
from clinicpro_images.db.migrate import migrate
from clinicpro_images.events.journal import Journal
from clinicpro_images.handoff.service import Handoffs
from clinicpro_images.handoff.store import HandoffStore
from clinicpro_images.identity.claims import Allowed
from clinicpro_images.identity.code_flow import CodeFlow
from clinicpro_images.images.blob_store.folder import BlobFolder, Blobs
from clinicpro_images.images.renditions import Renditions
from clinicpro_images.images.retention import Retention
from clinicpro_images.images.service import ImageService
from clinicpro_images.images.store import ImageStore
from clinicpro_images.images.upload import ImageUploads
from clinicpro_images.imaging.limits import FitLimits
from clinicpro_images.imaging.worker.pool import ImageWorkers, open_workers
from clinicpro_images.records.alex.client import AlexClient
from clinicpro_images.records.alex.connect import open_alex
from clinicpro_images.records.alex.directory import Directory
from clinicpro_images.sessions.launch import Launches
from clinicpro_images.sessions.store import SessionStore
from clinicpro_images.sessions.tab_transfer import TabTransfers
from clinicpro_images.sessions.unfiled import UnfiledImages
from clinicpro_images.settings.settings import Settings
from clinicpro_images.sign_in.errors import SignInUnavailable
from clinicpro_images.telemetry.telemetry import Telemetry
from clinicpro_images.telemetry.traces import open_traces

if TYPE_CHECKING:
    from clinicpro_images.identity.provider import Provider


@dataclass(frozen=True)
class Gateway:
    """Every part of a running installation."""

    settings: Settings
    clock: Callable[[], float]
    database: Database
    journal: Journal
    blobs: Blobs
    workers: ImageWorkers
    telemetry: Telemetry
    alex: AlexClient
    directory: Directory
    sessions: SessionStore
    images: ImageStore
    launches: Launches
    tabs: TabTransfers
    phones: HandoffStore
    handoffs: Handoffs
    intake: ImageUploads
    shelf: ImageService
    desk: CommitService
    leftovers: UnfiledImages
    preview: Renditions
    worker: Worker
    retention: Retention
    keyring: Keyring
    trail: Trail
    provider: "Provider | None"
    sign_in: CodeFlow | None


@asynccontextmanager
async def open_gateway(
    settings: Settings,
    *,
    clock: Callable[[], float] | None = None,
    jitter: Callable[[], float] = random.random,
    policy: RetryPolicy | None = None,
    lease: float | None = None,
    alex: AlexClient | None = None,
) -> AsyncIterator[Gateway]:
    """Build everything, with the database at its newest schema; leaving closes whatever was opened."""
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    async with contextlib.AsyncExitStack() as stack:
        telemetry = Telemetry(tracer=await stack.enter_async_context(open_traces(settings.traces_endpoint)))
        if alex is None:
            alex = await stack.enter_async_context(open_alex(settings, telemetry=telemetry))
        database = open_database(settings.database_url)
        stack.push_async_callback(database.close)
        shared = DatabaseClock(database)
        with reached(settings.database_url):
            await migrate(database)
            async with database.read() as connection:
                await shared.sync(connection)
        workers = await stack.enter_async_context(open_workers(settings.image_workers))
        keyring = await open_keyring(database, settings.secret_key or "", settings.old_secret_keys)
        trail = await open_trail(database, keyring)
        gateway = _build(
            settings,
            telemetry,
            database,
            keyring,
            trail,
            alex,
            workers,
            clock or shared,
            shared,
            jitter,
            policy or _policy(settings),
            lease or settings.lease,
        )
        if settings.admin_issuer is not None:
            gateway = replace(
                gateway, provider=await stack.enter_async_context(_open_provider(settings, gateway.clock))
            )
        if settings.sign_in_issuer is not None:
            gateway = replace(
                gateway, sign_in=await stack.enter_async_context(_open_sign_in(settings, gateway.clock))
            )
        stack.push_async_callback(gateway.blobs.close)
        await gateway.blobs.prepare()
        yield gateway


def _build(
    settings: Settings,
    telemetry: Telemetry,
    database: Database,
    keyring: Keyring,
    trail: Trail,
    alex: AlexClient,
    workers: ImageWorkers,
    clock: Callable[[], float],
    shared: DatabaseClock,
    jitter: Callable[[], float],
    policy: RetryPolicy,
    lease: float,
) -> Gateway:
    journal = Journal(database, clock, trail)
    blobs = open_blobs(settings, keyring)
    directory = Directory(alex)
    sessions = SessionStore(database, keyring, trail)
    images = ImageStore(database, keyring)
    phones = HandoffStore(database, keyring)
    wake = asyncio.Event()
    filing = Delivery(
        alex=alex,
        base_url=settings.alex_base_url,
        database=database,
        keyring=keyring,
        sessions=sessions,
        images=images,
        blobs=blobs,
        limits=FitLimits(),
        workers=workers,
    )
    return Gateway(
        settings=settings,
        telemetry=telemetry,
        clock=clock,
        database=database,
        journal=journal,
        blobs=blobs,
        workers=workers,
        alex=alex,
        directory=directory,
        sessions=sessions,
        images=images,
        launches=Launches(
            alex=alex,
            tokens=alex.tokens,
            directory=directory,
            database=database,
            store=sessions,
            clock=clock,
            launch_facility_id=settings.facility_id,
        ),
        tabs=TabTransfers(database=database, keyring=keyring, store=sessions),
        phones=phones,
        handoffs=Handoffs(journal=journal, store=phones, sessions=sessions),
        intake=ImageUploads(journal=journal, store=images, blobs=blobs, workers=workers),
        shelf=ImageService(journal=journal, store=images, blobs=blobs, workers=workers),
        keyring=keyring,
        trail=trail,
        provider=None,
        sign_in=None,
        retention=Retention(database=database, journal=journal, store=images, blobs=blobs),
        desk=CommitService(
            database=database,
            journal=journal,
            keyring=keyring,
            images=images,
            target=settings.commit_target,
            wake_worker=wake.set,
        ),
        leftovers=UnfiledImages(journal=journal, images=images, sessions=sessions),
        preview=Renditions(
            journal=journal,
            images=images,
            blobs=blobs,
            workers=workers,
            target=settings.commit_target,
            limits=FitLimits(),
        ),
        worker=Worker(
            queue=Queue(
                database=database,
                write=journal.write,
                images=images,
                owner=uuid.uuid4().hex,
                lease=lease,
                clock=shared,
            ),
            filing=filing,
            blobs=blobs,
            telemetry=telemetry,
            gate=CircuitBreaker(
                time.monotonic,
                at_once=settings.facility_at_once,
                rate=settings.facility_rate,
                first_rest=2 * policy.first_wait,
                longest_rest=policy.longest_wait,
            ),
            policy=policy,
            wake=wake,
            jitter=jitter,
            clock=clock,
        ),
    )


def _open_provider(
    settings: Settings, clock: Callable[[], float]
) -> contextlib.AbstractAsyncContextManager["Provider"]:
    from clinicpro_images.identity.provider import open_provider  # noqa: PLC0415 - with all that verifies tokens

    claim, value = settings.admin_claim
    return open_provider(
        issuer=settings.admin_issuer or "",
        audience=settings.admin_audience or "",
        allowed=Allowed(settings.admin_subjects, claim, value),
        clock=clock,
        timer=time.monotonic,
    )


@asynccontextmanager
async def _open_sign_in(settings: Settings, clock: Callable[[], float]) -> AsyncIterator[CodeFlow]:
    from clinicpro_images.identity.provider import open_provider  # noqa: PLC0415 - as above

    async with open_provider(
        issuer=settings.sign_in_issuer or "",
        audience=settings.sign_in_client_id or "",
        allowed=Allowed(settings.sign_in_subjects, *settings.sign_in_claim, settings.sign_in_emails),
        clock=clock,
        timer=time.monotonic,
        unavailable=SignInUnavailable,
    ) as provider:
        yield CodeFlow(
            provider,
            client_secret=settings.sign_in_client_secret,
            redirect_uri=f"{settings.public_url}/sign-in/return",
            scope=settings.sign_in_scope,
        )


def _policy(settings: Settings) -> RetryPolicy:
    return RetryPolicy(
        first_wait=settings.retry_first_wait,
        longest_wait=settings.retry_longest_wait,
        ceiling=settings.retry_ceiling,
        reconcile_after=settings.reconcile_after,
    )


def open_blobs(settings: Settings, keyring: Keyring) -> Blobs:
    """Return where the settings say that pictures lie; the caller closes it."""
    if settings.storage_url.startswith("s3://"):
        # The object store's client takes 4 MB, which a gateway with a folder has no use for.
        from clinicpro_images.images.blob_store.s3 import BlobBucket  # noqa: PLC0415

        return BlobBucket(settings.storage_url, dict(settings.storage_options), keyring)
    return BlobFolder(Path(settings.storage_url), keyring)
