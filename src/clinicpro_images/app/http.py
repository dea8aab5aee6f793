"""A gateway with its web face: every route put together, and what runs beside them while it serves."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Any

from fastapi import FastAPI, Request

from clinicpro_images.app.capabilities import capability_routes
from clinicpro_images.app.composition import Gateway
from clinicpro_images.audit.entry import Entry
from clinicpro_images.commits.jobs.worker import Worker
from clinicpro_images.commits.review_routes import review_routes
from clinicpro_images.commits.routes import commit_routes
from clinicpro_images.db.database import Database
from clinicpro_images.events.render import EventRenderer
from clinicpro_images.events.stream import Expiry, event_routes
from clinicpro_images.handoff.access import Callers, PhoneCookie
from clinicpro_images.handoff.attempt_limit import AttemptLimit
from clinicpro_images.handoff.routes import handoff_routes
from clinicpro_images.images.routes import image_routes
from clinicpro_images.operator.admin import AdminAccess, admin_routes
from clinicpro_images.operator.health import health_routes
from clinicpro_images.operator.metrics import ScrapeMetrics
from clinicpro_images.schemas import iso
from clinicpro_images.sessions.access import SessionAccess, SessionCookie
from clinicpro_images.sessions.routes import session_routes
from clinicpro_images.sessions.session import WARN_SECONDS
from clinicpro_images.sign_in.dependencies import SignInCookies, SignInParts
from clinicpro_images.sign_in.flow import SignInFlow
from clinicpro_images.sign_in.patient_search import PatientSearch
from clinicpro_images.sign_in.routes import sign_in_routes
from clinicpro_images.sign_in.state_tokens import StateTokens
from clinicpro_images.web.app import build_app
from clinicpro_images.web.examples import example_routes, load_examples
from clinicpro_images.web.pages import page_routes
from clinicpro_images.web.rate_limit import rules

DRAIN_SECONDS = 10.0


def build_gateway_app(gateway: Gateway) -> FastAPI:
    """Put a web face on a gateway; serving it runs the worker too."""
    settings = gateway.settings
    cookie = SessionCookie(
        secure=settings.public_url.startswith("https://"), framed=settings.frame_ancestors != "'none'"
    )
    access = SessionAccess(gateway.sessions, cookie, gateway.clock, sign_in=gateway.sign_in is not None)
    callers = Callers(
        desktop=access,
        phones=gateway.phones,
        cookie=PhoneCookie(secure=settings.public_url.startswith("https://")),
        sessions=gateway.sessions,
        clock=gateway.clock,
    )
    examples = load_examples() if settings.examples else []
    environment = settings.environment
    routers = [
        session_routes(
            access=access,
            launches=gateway.launches,
            tabs=gateway.tabs,
            store=gateway.sessions,
            end_session=gateway.handoffs.end_session,
            environment=environment,
        ),
        sign_in_routes(
            parts=_sign_in(gateway),
            access=access,
            end_session=gateway.handoffs.end_session,
            cookies=SignInCookies(secure=settings.public_url.startswith("https://")),
        ),
        handoff_routes(
            access=access,
            callers=callers,
            handoffs=gateway.handoffs,
            store=gateway.phones,
            sessions=gateway.sessions,
            guesses=AttemptLimit(time.monotonic),
            public_url=settings.public_url,
        ),
        capability_routes(
            caller=callers.either,
            tokens=gateway.alex.tokens,
            directory=gateway.directory,
            target=settings.commit_target,
            examples=examples,
        ),
        image_routes(
            caller=callers.either,
            desktop=access.desktop,
            intake=gateway.intake,
            shelf=gateway.shelf,
            store=gateway.images,
        ),
        commit_routes(access=access, desk=gateway.desk),
        review_routes(access=access, leftovers=gateway.leftovers, preview=gateway.preview),
        event_routes(
            listener=callers.listener,
            expiry=_expiry(gateway, callers),
            journal=gateway.journal,
            present=EventRenderer(gateway.images, gateway.desk, gateway.phones, gateway.clock).present,
        ),
        admin_routes(
            tokens=gateway.alex.tokens,
            alex=gateway.alex,
            admin=AdminAccess(settings.admin_token, gateway.provider),
            environment=environment,
            facility_id=settings.facility_id,
        ),
        health_routes(
            checks={
                "database": lambda: _ask_database(gateway.database),
                "storage": gateway.blobs.check,
                "token": gateway.alex.tokens.token,
            },
            metrics=ScrapeMetrics(
                gateway.database,
                gateway.telemetry.meters,
                token=gateway.alex.tokens.snapshot,
                resting=gateway.worker.gate.resting,
                decoding=lambda: (gateway.workers.busy, gateway.workers.waiting),
            ),
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
        telemetry=gateway.telemetry,
        lifespan=lambda: _serving(gateway),
        trusted_proxies=settings.trusted_proxies,
        record_audit=_record_audit(gateway),
        limits=rules(
            launches=settings.launches_per_minute,
            claims=settings.claims_per_minute,
            uploads=settings.uploads_per_minute,
            admin=settings.admin_per_minute,
            sign_in_flow=settings.sign_ins_per_minute,
        ),
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
        asyncio.create_task(gateway.workers.warm(), name="picture workers"),
    ]
    try:
        async with working(gateway.worker):
            yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _record_audit(gateway: Gateway) -> Callable[[Entry], Awaitable[None]]:
    async def record_audit(entry: Entry) -> None:
        async with gateway.journal.write() as transaction:
            transaction.record(entry)

    return record_audit


def _sign_in(gateway: Gateway) -> SignInParts | None:
    settings, flow, record_audit = gateway.settings, gateway.sign_in, _record_audit(gateway)
    if flow is None:
        return None
    facility_id = settings.facility_id or ""
    notes = StateTokens(
        database=gateway.database,
        keyring=gateway.keyring,
        rules=settings.sign_in_rules,
        clock=gateway.clock,
    )
    return SignInParts(
        sign_in_flow=SignInFlow(
            flow=flow,
            notes=notes,
            facility_id=facility_id,
            provider_claim=settings.sign_in_provider_claim,
            record_audit=record_audit,
        ),
        search=PatientSearch(
            alex=gateway.alex,
            directory=gateway.directory,
            launches=gateway.launches,
            notes=notes,
            facility_id=facility_id,
            production=settings.environment == "production",
            linked=settings.sign_in_provider_claim is not None,
            record_audit=record_audit,
        ),
        notes=notes,
    )


async def _ask_database(database: Database) -> None:
    async with database.read() as connection:
        await connection.exec_driver_sql("SELECT 1")


def _expiry(gateway: Gateway, callers: Callers) -> Expiry:
    async def expiry(request: Request) -> dict[str, Any] | None:
        caller = await callers.listener(request)
        ends = caller.session.expires_at(unfiled=caller.unfiled)
        return {"expiresAt": iso(ends)} if ends - gateway.clock() < WARN_SECONDS else None

    return expiry
