"""The composition root: builds every part, and every part can be handed in by keyword instead."""

import asyncio
import contextlib
import random
import time
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request

from clinicpro_images.alex.client import AlexClient
from clinicpro_images.alex.connect import open_alex
from clinicpro_images.alex.directory import Directory
from clinicpro_images.commits.breaker import FacilityGate
from clinicpro_images.commits.desk import Desk
from clinicpro_images.commits.filing import Filing
from clinicpro_images.commits.queue import Queue
from clinicpro_images.commits.retry import RetryPolicy
from clinicpro_images.commits.routes import commit_routes
from clinicpro_images.commits.worker import Worker
from clinicpro_images.db.engine import Database, open_database
from clinicpro_images.db.migrate import migrate
from clinicpro_images.db.sealing import Keyring
from clinicpro_images.errors import NotFound
from clinicpro_images.imaging.limits import FitLimits
from clinicpro_images.imaging.pixels import use_little
from clinicpro_images.live.event import Event
from clinicpro_images.live.journal import Journal
from clinicpro_images.live.routes import event_routes
from clinicpro_images.photos.blobs import BlobFolder
from clinicpro_images.photos.intake import Intake
from clinicpro_images.photos.retention import Retention
from clinicpro_images.photos.routes import photo_routes
from clinicpro_images.photos.shelf import Shelf
from clinicpro_images.photos.store import PhotoStore
from clinicpro_images.photos.views import image_view
from clinicpro_images.sessions.access import SessionAccess, SessionCookie
from clinicpro_images.sessions.launch import Launches
from clinicpro_images.sessions.routes import session_routes
from clinicpro_images.sessions.session import WARN_SECONDS
from clinicpro_images.sessions.store import SessionStore
from clinicpro_images.settings import Settings, SettingsError
from clinicpro_images.web.admin import AdminAccess, admin_routes
from clinicpro_images.web.app import build_app
from clinicpro_images.web.capabilities import capability_routes
from clinicpro_images.web.examples import example_routes, load_examples
from clinicpro_images.web.health import health_routes
from clinicpro_images.web.metrics import Metrics
from clinicpro_images.web.pages import page_routes
from clinicpro_images.wire import iso

DRAIN_SECONDS = 10.0


@dataclass(frozen=True)
class Gateway:
    """Every part of a running installation."""

    settings: Settings
    clock: Callable[[], float]
    database: Database
    journal: Journal
    blobs: BlobFolder
    alex: AlexClient
    directory: Directory
    sessions: SessionStore
    photos: PhotoStore
    launches: Launches
    intake: Intake
    shelf: Shelf
    desk: Desk
    worker: Worker
    retention: Retention


@asynccontextmanager
async def open_gateway(
    settings: Settings,
    *,
    clock: Callable[[], float] = time.time,
    jitter: Callable[[], float] = random.random,
    policy: RetryPolicy | None = None,
    lease: float | None = None,
    alex: AlexClient | None = None,
) -> AsyncIterator[Gateway]:
    """Build everything, with the database at its newest schema; leaving closes whatever was opened."""
    use_little()
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    async with contextlib.AsyncExitStack() as stack:
        if alex is None:
            alex = await stack.enter_async_context(open_alex(settings))
        database = open_database(settings.database_url)
        stack.push_async_callback(database.close)
        await migrate(database)
        gateway = _build(
            settings, database, alex, clock, jitter, policy or _policy(settings), lease or settings.lease
        )
        await gateway.blobs.prepare()
        yield gateway


def _build(
    settings: Settings,
    database: Database,
    alex: AlexClient,
    clock: Callable[[], float],
    jitter: Callable[[], float],
    policy: RetryPolicy,
    lease: float,
) -> Gateway:
    keyring = Keyring(settings.secret_key or "")
    journal = Journal(database, clock)
    blobs = BlobFolder(_storage_folder(settings), keyring)
    directory = Directory(alex)
    sessions = SessionStore(database, keyring)
    photos = PhotoStore(database, keyring)
    wake = asyncio.Event()
    filing = Filing(
        alex=alex,
        base_url=settings.alex_base_url,
        database=database,
        keyring=keyring,
        sessions=sessions,
        photos=photos,
        blobs=blobs,
        limits=FitLimits(),
    )
    return Gateway(
        settings=settings,
        clock=clock,
        database=database,
        journal=journal,
        blobs=blobs,
        alex=alex,
        directory=directory,
        sessions=sessions,
        photos=photos,
        launches=Launches(
            alex=alex,
            tokens=alex.tokens,
            directory=directory,
            database=database,
            store=sessions,
            clock=clock,
            launch_facility_id=settings.facility_id,
        ),
        intake=Intake(journal=journal, store=photos, blobs=blobs),
        shelf=Shelf(journal=journal, store=photos, blobs=blobs),
        retention=Retention(journal=journal, store=photos, blobs=blobs),
        desk=Desk(
            database=database,
            journal=journal,
            keyring=keyring,
            photos=photos,
            target=settings.commit_target,
            wake_worker=wake.set,
        ),
        worker=Worker(
            queue=Queue(
                database=database, write=journal.write, photos=photos, owner=uuid.uuid4().hex, lease=lease
            ),
            filing=filing,
            blobs=blobs,
            gate=FacilityGate(
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


def _policy(settings: Settings) -> RetryPolicy:
    return RetryPolicy(
        first_wait=settings.retry_first_wait,
        longest_wait=settings.retry_longest_wait,
        ceiling=settings.retry_ceiling,
        settling=settings.settling,
    )


def _storage_folder(settings: Settings) -> Path:
    if settings.storage_url.startswith("s3://"):
        raise SettingsError(
            "CLINICPRO_STORAGE_URL", "names an S3 bucket, which this version can't use yet; name a folder."
        )
    return Path(settings.storage_url)


def build_gateway_app(gateway: Gateway) -> FastAPI:
    """Put a web face on a gateway; serving it runs the worker too."""
    settings = gateway.settings
    cookie = SessionCookie(
        secure=settings.public_url.startswith("https://"), framed=settings.frame_ancestors != "'none'"
    )
    access = SessionAccess(gateway.sessions, cookie, gateway.clock)
    examples = load_examples() if settings.examples else []
    environment = settings.environment
    routers = [
        session_routes(
            access=access, launches=gateway.launches, store=gateway.sessions, environment=environment
        ),
        capability_routes(
            access=access,
            tokens=gateway.alex.tokens,
            directory=gateway.directory,
            target=settings.commit_target,
            examples=examples,
        ),
        photo_routes(access=access, intake=gateway.intake, shelf=gateway.shelf, store=gateway.photos),
        commit_routes(access=access, desk=gateway.desk),
        event_routes(
            listener=access.listener,
            expiry=_expiry(gateway, access),
            journal=gateway.journal,
            present=_present(gateway),
        ),
        admin_routes(
            tokens=gateway.alex.tokens,
            alex=gateway.alex,
            admin=AdminAccess(settings.admin_token),
            environment=environment,
            facility_id=settings.facility_id,
        ),
        health_routes(
            checks={
                "database": lambda: _ask_database(gateway.database),
                "storage": gateway.blobs.check,
                "token": gateway.alex.tokens.token,
            },
            metrics=Metrics(gateway.database),
            clock=gateway.clock,
        ),
        example_routes(examples),
        page_routes(),
    ]
    return build_app(
        routers,
        version=version("clinicpro-images"),
        public_url=settings.public_url,
        frame_ancestors=settings.frame_ancestors,
        lifespan=lambda: _serving(gateway),
    )


@asynccontextmanager
async def working(worker: Worker) -> AsyncIterator[None]:
    """Run the worker; leaving lets it finish what it is sending, for a while."""
    task = asyncio.create_task(worker.run(), name="worker")
    try:
        yield
    finally:
        worker.stop()
        # What is still being sent then is looked for by whoever takes it over.
        await asyncio.wait([task], timeout=DRAIN_SECONDS)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@asynccontextmanager
async def _serving(gateway: Gateway) -> AsyncIterator[None]:
    tasks = [
        asyncio.create_task(gateway.journal.watch_other_processes(), name="journal"),
        asyncio.create_task(gateway.retention.run(), name="retention"),
    ]
    try:
        async with working(gateway.worker):
            yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _ask_database(database: Database) -> None:
    async with database.read() as connection:
        await connection.exec_driver_sql("SELECT 1")


def _present(gateway: Gateway) -> Callable[[Event], Any]:
    async def present(event: Event) -> dict[str, Any]:
        session = await gateway.sessions.by_id(event.session_id)
        try:
            if event.name in {"image.added", "image.updated"}:
                photo = await gateway.photos.get(session.id, event.subject_id)
                return image_view(photo).model_dump(by_alias=True)
            if event.name == "commit.updated":
                return (await gateway.desk.show(session, event.subject_id)).model_dump(by_alias=True)
        except NotFound:
            # Removed since: the event that says so follows.
            pass
        return {"id": event.subject_id}

    return present


def _expiry(gateway: Gateway, access: SessionAccess) -> Callable[[Request], Any]:
    async def expiry(request: Request) -> dict[str, Any] | None:
        session = await access.listener(request)
        ends = session.expires_at(unfiled=await gateway.sessions.holds_unfiled(session))
        return {"expiresAt": iso(ends)} if ends - gateway.clock() < WARN_SECONDS else None

    return expiry
