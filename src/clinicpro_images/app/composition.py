"""The composition root: builds every part of a gateway. Any part can be passed as a keyword argument instead."""

import contextlib
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Unpack

from clinicpro_images.app.gateway import Gateway, Parts
from clinicpro_images.app.open_blobs import prepare_blobs
from clinicpro_images.app.open_filing import open_filing
from clinicpro_images.app.open_sign_in import open_operator_provider, open_sign_in
from clinicpro_images.app.startup import startup_errors, warn_if_others_can_read, warn_without_tls
from clinicpro_images.audit.open import memory_file, open_trail
from clinicpro_images.commits.referral.service import Referrals
from clinicpro_images.commits.service import CommitService
from clinicpro_images.commits.store import CommitStore
from clinicpro_images.crypto.data_keys import open_keyring
from clinicpro_images.crypto.stretching import COST
from clinicpro_images.db.clock_watch import ClockWatch, Longest
from clinicpro_images.db.database import Database, open_database
from clinicpro_images.db.migrate import migrate
from clinicpro_images.db.tables import handoffs, images, jobs
from clinicpro_images.earlier.cache import EarlierCache
from clinicpro_images.earlier.service import EarlierImageService
from clinicpro_images.events.broker import EventBroker, Notifier
from clinicpro_images.handoff.service import HandoffService
from clinicpro_images.handoff.store import HandoffStore
from clinicpro_images.handoff.ticket import TICKET_SECONDS
from clinicpro_images.images.held import HeldImages
from clinicpro_images.images.image_files import PackedBlobs
from clinicpro_images.images.originals import Originals
from clinicpro_images.images.renditions import TARGETS, Renditions
from clinicpro_images.images.retention import Retention
from clinicpro_images.images.service import ImageService
from clinicpro_images.images.store import COPY_SECONDS, ImageStore
from clinicpro_images.images.upload import ImageUploads
from clinicpro_images.imaging.limits import FitLimits
from clinicpro_images.imaging.worker.pool import ALIGNER, ImageWorkers, can_align, open_workers
from clinicpro_images.records.alex.client import AlexClient
from clinicpro_images.records.alex.connect import open_alex
from clinicpro_images.records.directory import Directory
from clinicpro_images.restore.lock import check_not_restoring, shared_lock
from clinicpro_images.restore.look_first import LookFirst
from clinicpro_images.restore.notice import RestoreWatch, open_database_row
from clinicpro_images.sessions.launch import DEADLINE_SECONDS, Launches
from clinicpro_images.sessions.record_check import RecordChecks
from clinicpro_images.sessions.store import SessionStore
from clinicpro_images.sessions.tab_transfer import TabTransfers
from clinicpro_images.sessions.unfiled import UnfiledImages
from clinicpro_images.sessions.used_tokens import UsedTokens
from clinicpro_images.settings.settings import Settings
from clinicpro_images.telemetry.open import open_traces
from clinicpro_images.telemetry.telemetry import Telemetry


@asynccontextmanager
async def open_gateway(settings: Settings, **parts: Unpack[Parts]) -> AsyncIterator[Gateway]:
    """Build everything and upgrade the database's schema; leaving closes everything that was opened here."""
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    warn_without_tls(settings.database_url)
    warn_if_others_can_read(settings.data_dir, settings.database_url)
    async with contextlib.AsyncExitStack() as stack:
        telemetry = parts.get("telemetry")
        if telemetry is None:
            traces = await stack.enter_async_context(open_traces(settings.traces_endpoint))
            telemetry = Telemetry(tracer=traces)
        alex = parts.get("alex")
        if alex is None:
            alex = await stack.enter_async_context(open_alex(settings, telemetry=telemetry))
        stack.enter_context(shared_lock(settings.database_url))
        database = parts.get("database")
        if database is None:
            database = open_database(settings.database_url, clock=parts.get("clock"))
            stack.push_async_callback(database.close)
        clock_watch = await _prepare_database(database, settings)
        clock = parts.get("clock") or database.clock
        monotonic = parts.get("monotonic") or time.monotonic
        keyring = parts.get("keyring") or await open_keyring(
            database, settings.secret_key or "", settings.old_secret_keys, cost=parts.get("key_cost", COST)
        )
        opened = await open_database_row(database, settings, memory_file(settings.data_dir))
        trail = parts.get("trail") or await open_trail(database, keyring, memory_file(settings.data_dir))
        stack.callback(trail.memory.save)
        broker = EventBroker(database, parts.get("notifier") or _notifier(settings, database))
        database = database.with_logs(trail, broker)
        workers = parts.get("workers")
        if workers is None:
            workers = await stack.enter_async_context(open_workers(settings.image_workers))
        store = await prepare_blobs(stack, settings, opened, keyring=keyring, given=parts.get("blobs"))
        provider = parts.get("identity_provider")
        if provider is None and settings.admin_issuer is not None:
            provider = await stack.enter_async_context(open_operator_provider(settings, clock, monotonic))
        sign_in = parts.get("sign_in")
        if sign_in is None and settings.sign_in_issuer is not None:
            sign_in = await stack.enter_async_context(open_sign_in(settings, clock, monotonic))

        session_store = SessionStore(keyring)
        used_tokens = UsedTokens(keyring)
        handoff_store = HandoffStore(keyring)
        image_store = parts.get("image_store") or ImageStore(
            keyring, copy_seconds=COPY_SECONDS if settings.referral_copies else 0.0
        )
        commit_store = CommitStore(keyring, image_store)
        directory, launches, record_checks, unfiled = await stack.enter_async_context(
            _open_launches(
                alex,
                parts.get("directory"),
                database=database,
                store=session_store,
                used=used_tokens,
                clock=clock,
                facility_id=settings.facility_id,
                deadline=parts.get("launch_deadline", DEADLINE_SECONDS),
                images=image_store,
                commits=commit_store,
            )
        )
        restore_watch = RestoreWatch(
            database=database,
            blobs=store,
            look_first=LookFirst(image_store, commit_store, settings.commit_target),
            environment=settings.environment,
            clock=clock,
        )
        await stack.enter_async_context(restore_watch.noticing(opened))
        blobs = PackedBlobs(
            store, on_damaged=telemetry.metrics.damaged.inc, is_careful=restore_watch.is_recent
        )
        limits = parts.get("limits") or FitLimits()
        images = ImageService(database=database, store=image_store, blobs=blobs, workers=workers)
        filing = await stack.enter_async_context(
            open_filing(
                parts,
                settings,
                alex=alex,
                database=database,
                keyring=keyring,
                sessions=session_store,
                images=image_store,
                commits=commit_store,
                blobs=blobs,
                workers=workers,
                limits=limits,
                telemetry=telemetry,
                clock=clock,
                monotonic=monotonic,
            )
        )
        yield Gateway(
            settings=settings,
            clock=clock,
            clock_watch=clock_watch,
            telemetry=telemetry,
            alex=alex,
            directory=directory,
            database=database,
            broker=broker,
            keyring=keyring,
            trail=trail,
            blobs=blobs,
            workers=workers,
            session_store=session_store,
            used_tokens=used_tokens,
            image_store=image_store,
            handoff_store=handoff_store,
            launches=launches,
            tabs=TabTransfers(database=database, keyring=keyring, store=session_store, used=used_tokens),
            handoffs=HandoffService(
                database=database, store=handoff_store, sessions=session_store, trail=trail
            ),
            uploads=ImageUploads(
                database=database,
                store=image_store,
                sessions=session_store,
                blobs=blobs,
                workers=workers,
                limits=limits,
                targets=TARGETS[settings.commit_target],
            ),
            originals=Originals(
                database=database,
                store=image_store,
                blobs=blobs,
                workers=workers,
                limits=limits,
                targets=TARGETS[settings.commit_target],
            ),
            held_images=HeldImages(database=database, store=image_store, sessions=session_store, blobs=blobs),
            images=images,
            renditions=Renditions(
                database=database,
                store=image_store,
                blobs=blobs,
                workers=workers,
                target=settings.commit_target,
                limits=limits,
                clock=clock,
            ),
            referrals=Referrals(
                database=database,
                commits=commit_store,
                images=image_store,
                blobs=blobs,
                workers=workers,
                clock=clock,
            ),
            unfiled=unfiled,
            sights=filing.sights,
            restore_watch=restore_watch,
            commits=CommitService(
                database=database,
                store=commit_store,
                images=image_store,
                sessions=session_store,
                record_checks=record_checks,
                directory=directory,
                target=settings.commit_target,
                wake_worker=filing.wake,
                outlooks=filing.outlooks,
                end_pause=filing.breaker.end_pause,
            ),
            worker=filing.worker,
            earlier=EarlierImageService(
                records=alex.earlier,
                database=database,
                sessions=session_store,
                images=image_store,
                workers=workers,
                keyring=keyring,
                cache=EarlierCache(monotonic),
                aligner=await _own_aligner(stack),
                view_of=images.view,
            ),
            retention=parts.get("retention")
            or Retention(
                database=database,
                store=image_store,
                sessions=session_store,
                blobs=blobs,
                trail=trail,
                may_delete=clock_watch.may_delete,
            ),
            identity_provider=provider,
            sign_in=sign_in,
        )


async def _prepare_database(database: Database, settings: Settings) -> ClockWatch:
    with startup_errors(settings.database_url):
        await migrate(database)
        clock_watch = ClockWatch(database, _longest(settings))
        await clock_watch.check()
        await database.read(check_not_restoring)
        return clock_watch


async def _own_aligner(stack: contextlib.AsyncExitStack) -> ImageWorkers | None:
    """Return a pool of one that aligns photos, which starts when it is needed; None without the extra."""
    if not can_align():
        return None
    return await stack.enter_async_context(open_workers(1, command=ALIGNER))


@asynccontextmanager
async def _open_launches(
    alex: AlexClient,
    directory: Directory | None,
    *,
    database: Database,
    store: SessionStore,
    used: UsedTokens,
    clock: Callable[[], float],
    facility_id: str | None,
    deadline: float,
    images: ImageStore,
    commits: CommitStore,
) -> AsyncIterator[tuple[Directory, Launches, RecordChecks, UnfiledImages]]:
    """Build what starts sessions; leaving stops what it does behind open pages."""
    async with contextlib.AsyncExitStack() as stack:
        if directory is None:
            directory = Directory(alex)
            stack.push_async_callback(directory.close)
        checks = RecordChecks(records=alex, directory=directory, database=database, store=store, clock=clock)
        stack.push_async_callback(checks.close)
        unfiled = UnfiledImages(database=database, sessions=store, images=images, commits=commits)
        launches = Launches(
            records=alex,
            directory=directory,
            database=database,
            store=store,
            used=used,
            checks=checks,
            clock=clock,
            launch_facility_id=facility_id,
            deadline=deadline,
            unfiled=unfiled,
            their_time=alex.their_time,
        )
        stack.push_async_callback(launches.close)
        yield directory, launches, checks, unfiled


def _notifier(settings: Settings, database: Database) -> Notifier | None:
    if database.is_sqlite:
        return None
    # PostgreSQL's driver takes 9 MB, which a gateway on SQLite would waste.
    from clinicpro_images.events.pg_notify import PgNotifier  # noqa: PLC0415

    return PgNotifier(settings.database_url)


def _longest(settings: Settings) -> Longest:
    """Return how many seconds from now a stored time may be at most, if it may be in the future."""
    return {
        handoffs.c.expires_at: TICKET_SECONDS,
        images.c.copy_until: COPY_SECONDS,
        jobs.c.lease_until: settings.lease,
        jobs.c.not_before: max(settings.retry_ceiling, settings.retry_longest_wait, settings.reconcile_after),
    }
