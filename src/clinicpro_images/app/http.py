"""A gateway with its web face: every route put together, and what runs beside them while it serves."""

import time
from collections.abc import Awaitable, Callable
from importlib.metadata import version
from typing import Any

from fastapi import FastAPI, Request

from clinicpro_images.app.capabilities import capability_routes
from clinicpro_images.app.composition import Gateway
from clinicpro_images.app.lifespan import serving
from clinicpro_images.audit.entry import Entry
from clinicpro_images.commits.routes import commit_routes
from clinicpro_images.db.unit_of_work import UnitOfWork
from clinicpro_images.events.render import EventRenderer
from clinicpro_images.events.stream import Expiry, event_routes
from clinicpro_images.handoff.access import Callers, PhoneCookie
from clinicpro_images.handoff.attempt_limit import AttemptLimit
from clinicpro_images.handoff.routes import handoff_routes
from clinicpro_images.images.routes import image_routes, review_routes
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


def build_gateway_app(gateway: Gateway, *, warm_workers: bool = True) -> FastAPI:
    """Put a web face on a gateway; serving it runs the worker too."""
    settings = gateway.settings
    cookie = SessionCookie(
        secure=settings.public_url.startswith("https://"), framed=settings.frame_ancestors != "'none'"
    )
    access = SessionAccess(
        gateway.database, gateway.session_store, cookie, gateway.clock, sign_in=gateway.sign_in is not None
    )
    callers = Callers(
        database=gateway.database,
        desktop=access,
        phones=gateway.handoff_store,
        cookie=PhoneCookie(secure=settings.public_url.startswith("https://")),
        sessions=gateway.session_store,
        clock=gateway.clock,
    )
    examples = load_examples() if settings.examples else []
    environment = settings.environment
    routers = [
        session_routes(
            access=access,
            launches=gateway.launches,
            tabs=gateway.tabs,
            database=gateway.database,
            store=gateway.session_store,
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
            database=gateway.database,
            handoffs=gateway.handoffs,
            store=gateway.handoff_store,
            sessions=gateway.session_store,
            guesses=AttemptLimit(time.monotonic),
            public_url=settings.public_url,
        ),
        capability_routes(
            caller=callers.either,
            records=gateway.alex,
            directory=gateway.directory,
            target=settings.commit_target,
            examples=examples,
        ),
        image_routes(
            caller=callers.either,
            desktop=access.desktop,
            uploads=gateway.uploads,
            service=gateway.images,
        ),
        review_routes(
            desktop=access.desktop,
            service=gateway.images,
            renditions=gateway.renditions,
            unfiled=gateway.unfiled,
        ),
        commit_routes(access=access, service=gateway.commits),
        event_routes(
            subscriber=callers.listener,
            expiry=_expiry(gateway, callers),
            database=gateway.database,
            broker=gateway.broker,
            render=EventRenderer(
                gateway.database,
                gateway.image_store,
                gateway.commits,
                gateway.handoff_store,
                gateway.clock,
            ).render,
        ),
        admin_routes(
            tokens=gateway.alex.tokens,
            records=gateway.alex,
            admin=AdminAccess(settings.admin_token, gateway.identity_provider),
            environment=environment,
            facility_id=settings.facility_id,
        ),
        health_routes(
            checks={
                "database": gateway.database.check,
                "storage": gateway.blobs.check,
                "token": gateway.alex.tokens.token,
            },
            metrics=ScrapeMetrics(
                gateway.database,
                gateway.telemetry.metrics,
                token=gateway.alex.tokens.snapshot,
                resting=gateway.worker.breaker.tripped,
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
        lifespan=lambda: serving(gateway, warm_workers=warm_workers),
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


def _record_audit(gateway: Gateway) -> Callable[[Entry], Awaitable[None]]:
    async def record_audit(entry: Entry) -> None:
        await gateway.database.write(UnitOfWork.audit, entry)

    return record_audit


def _sign_in(gateway: Gateway) -> SignInParts | None:
    settings, flow, record_audit = gateway.settings, gateway.sign_in, _record_audit(gateway)
    if flow is None:
        return None
    facility_id = settings.facility_id or ""
    notes = StateTokens(
        database=gateway.database,
        keyring=gateway.keyring,
        used=gateway.used_tokens,
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
            records=gateway.alex,
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


def _expiry(gateway: Gateway, callers: Callers) -> Expiry:
    async def expiry(request: Request) -> dict[str, Any] | None:
        caller = await callers.listener(request)
        ends = caller.session.expires_at(unfiled=caller.unfiled)
        return {"expiresAt": iso(ends)} if ends - gateway.clock() < WARN_SECONDS else None

    return expiry
