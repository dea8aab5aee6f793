"""The gateway's FastAPI app: all routes, and the tasks that run while it serves."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Any

from fastapi import FastAPI, Request
from starlette.middleware import Middleware

from clinicpro_images.app.capabilities import capability_routes
from clinicpro_images.app.composition import Gateway
from clinicpro_images.audit.entry import Entry, RecordAudit
from clinicpro_images.audit.middleware import AuditMiddleware
from clinicpro_images.commits.jobs.worker import Worker
from clinicpro_images.commits.review_routes import review_routes
from clinicpro_images.commits.routes import commit_routes
from clinicpro_images.db.database import Database
from clinicpro_images.events.render import EventRenderer
from clinicpro_images.events.stream import Expiry, event_routes
from clinicpro_images.handoff.access import Callers, phone_cookie
from clinicpro_images.handoff.attempt_limit import AttemptLimit
from clinicpro_images.handoff.routes import handoff_routes
from clinicpro_images.images.routes import image_routes
from clinicpro_images.operator.admin import AdminAccess, admin_routes
from clinicpro_images.operator.health import health_routes
from clinicpro_images.operator.metrics import ScrapeMetrics
from clinicpro_images.schemas import iso
from clinicpro_images.sessions.access import SessionAccess, session_cookie
from clinicpro_images.sessions.routes import session_routes
from clinicpro_images.sessions.session import WARN_SECONDS
from clinicpro_images.sign_in.dependencies import SignInCookies, SignInParts
from clinicpro_images.sign_in.flow import SignInFlow
from clinicpro_images.sign_in.patient_search import PatientSearch
from clinicpro_images.sign_in.routes import sign_in_routes
from clinicpro_images.sign_in.state_tokens import StateTokens
from clinicpro_images.web.app import build_app
from clinicpro_images.web.examples import example_routes, load_examples
from clinicpro_images.web.metrics_middleware import CountOutcomes
from clinicpro_images.web.pages import page_routes
from clinicpro_images.web.rate_limit import RateLimit, by_cookies

DRAIN_SECONDS = 10.0
UPLOADS_OF_ONE_PER_MINUTE = 120.0


def build_gateway_app(gateway: Gateway) -> FastAPI:
    """Return the app of a gateway; serving it also runs the worker."""
    settings = gateway.settings
    secure = settings.public_url.startswith("https://")
    cookie = session_cookie(secure=secure, framed=settings.frame_ancestors != "'none'")
    access = SessionAccess(gateway.sessions, cookie, gateway.clock, sign_in=gateway.sign_in is not None)
    callers = Callers(
        desktop=access,
        phones=gateway.phones,
        cookie=phone_cookie(secure=secure),
        sessions=gateway.sessions,
        clock=gateway.clock,
    )
    examples = load_examples() if settings.examples else []
    environment = settings.environment
    upload_limits = [_limit(settings.uploads_per_minute)]
    if settings.uploads_per_minute:
        upload_limits.append(RateLimit(UPLOADS_OF_ONE_PER_MINUTE, clock=time.monotonic, key=by_cookies))
    routers = [
        session_routes(
            access=access,
            launches=gateway.launches,
            tabs=gateway.tabs,
            store=gateway.sessions,
            end_session=gateway.handoffs.end_session,
            environment=environment,
            launch_limit=_limit(settings.launches_per_minute),
        ),
        sign_in_routes(
            parts=_sign_in(gateway),
            access=access,
            end_session=gateway.handoffs.end_session,
            cookies=SignInCookies(secure=secure),
            sign_in_limit=_limit(settings.sign_ins_per_minute),
            search_limit=_limit(settings.sign_ins_per_minute),
        ),
        handoff_routes(
            access=access,
            callers=callers,
            handoffs=gateway.handoffs,
            store=gateway.phones,
            sessions=gateway.sessions,
            guesses=AttemptLimit(time.monotonic),
            claim_limit=_limit(settings.claims_per_minute),
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
            count_uploads=CountOutcomes(gateway.telemetry.meters.intake),
            upload_limits=upload_limits,
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
            admin_limit=_limit(settings.admin_per_minute),
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
        middleware=[Middleware(AuditMiddleware, record_audit=_record_audit(gateway), clock=time.monotonic)],
    )


@asynccontextmanager
async def working(worker: Worker) -> AsyncIterator[None]:
    """Run the worker; on leaving it has some seconds to finish what it is sending."""
    task = asyncio.create_task(worker.run(), name="worker")
    try:
        yield
    finally:
        worker.stop()
        # Whatever is still being sent then is reconciled by the worker that takes the job over.
        await asyncio.wait([task], timeout=DRAIN_SECONDS)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@asynccontextmanager
async def _serving(gateway: Gateway) -> AsyncIterator[None]:
    tasks = [
        asyncio.create_task(gateway.journal.watch_other_processes(), name="journal"),
        asyncio.create_task(gateway.retention.run(), name="retention"),
        asyncio.create_task(gateway.workers.warm(), name="image workers"),
    ]
    try:
        async with working(gateway.worker):
            yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _limit(per_minute: float) -> RateLimit:
    return RateLimit(per_minute, clock=time.monotonic)


def _record_audit(gateway: Gateway) -> RecordAudit:
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
        rules=settings.sign_in.rules(facility_id),
        clock=gateway.clock,
    )
    return SignInParts(
        sign_in_flow=SignInFlow(
            flow=flow,
            notes=notes,
            facility_id=facility_id,
            provider_claim=settings.sign_in.provider_claim,
            record_audit=record_audit,
        ),
        search=PatientSearch(
            alex=gateway.alex,
            directory=gateway.directory,
            launches=gateway.launches,
            notes=notes,
            facility_id=facility_id,
            production=settings.environment == "production",
            linked=settings.sign_in.provider_claim is not None,
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
