"""The gateway's FastAPI app: all routes, and the tasks that run while it serves."""

import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Any

from fastapi import APIRouter, Depends, FastAPI, Request, params
from starlette.middleware import Middleware

from clinicpro_images.app.capabilities import capability_routes
from clinicpro_images.app.gateway import Gateway
from clinicpro_images.app.lifespan import serving
from clinicpro_images.app.session_limits import session_limits
from clinicpro_images.audit.entry import Entry, RecordAudit
from clinicpro_images.audit.middleware import AuditMiddleware
from clinicpro_images.commits.referral.routes import referral_routes
from clinicpro_images.commits.routes import commit_routes
from clinicpro_images.db.unit_of_work import UnitOfWork
from clinicpro_images.earlier.routes import earlier_routes
from clinicpro_images.events.lasting_access import LastingAccess
from clinicpro_images.events.render import EventRenderer
from clinicpro_images.events.stream import Expiry, event_routes
from clinicpro_images.handoff.access import Callers, phone_cookie
from clinicpro_images.handoff.claim_limit import ClaimLimit
from clinicpro_images.handoff.routes import handoff_routes
from clinicpro_images.handoff.whose import CookieSessions
from clinicpro_images.identity.claims import AllowList
from clinicpro_images.images.routes import image_routes, review_routes
from clinicpro_images.operator.admin import AdminAccess, admin_routes
from clinicpro_images.operator.disk_gauges import local_folders
from clinicpro_images.operator.health import alive_routes, health_routes, unrecorded
from clinicpro_images.operator.metrics import ScrapeMetrics
from clinicpro_images.practice.access import PracticeAccess
from clinicpro_images.practice.routes import practice_routes
from clinicpro_images.practice.service import PracticeService
from clinicpro_images.practice.store import PracticeStore
from clinicpro_images.schemas import iso
from clinicpro_images.sessions.access import SessionAccess, session_cookie
from clinicpro_images.sessions.own import OwnSessions
from clinicpro_images.sessions.own_routes import own_session_routes
from clinicpro_images.sessions.routes import AHEAD_PER_MINUTE, is_navigation, session_routes
from clinicpro_images.sessions.session import WARN_SECONDS
from clinicpro_images.sign_in.account_limit import AccountLimit
from clinicpro_images.sign_in.day_routes import EndSessions
from clinicpro_images.sign_in.dependencies import SignInCookies, SignInDependencies, SignInParts
from clinicpro_images.sign_in.flow import SignInFlow
from clinicpro_images.sign_in.patient_search import PatientSearch
from clinicpro_images.sign_in.routes import sign_in_routes
from clinicpro_images.sign_in.state_tokens import StateTokens
from clinicpro_images.web.access import PUBLIC
from clinicpro_images.web.app import build_app
from clinicpro_images.web.examples import example_routes, load_examples
from clinicpro_images.web.metrics_middleware import CountOutcomes
from clinicpro_images.web.pages import page_routes
from clinicpro_images.web.problem_pages import problem_page_routes
from clinicpro_images.web.rate_limit import RateLimit, by_address, by_session
from clinicpro_images.web.security_text import security_text_routes
from clinicpro_images.web.session_budget import SessionBudget


def build_gateway_app(gateway: Gateway, *, warm_workers: bool = True) -> FastAPI:
    """Return the app of a gateway; serving it also runs the worker. `warm_workers` starts image workers beforehand."""
    settings = gateway.settings
    secure = settings.public_url.startswith("https://")
    cookie = session_cookie(secure=secure, framed=settings.frame_ancestors != "'none'")
    access = SessionAccess(
        gateway.database, gateway.session_store, cookie, gateway.clock, sign_in=gateway.sign_in is not None
    )
    callers = Callers(
        database=gateway.database,
        desktop=access,
        phones=gateway.handoff_store,
        cookie=phone_cookie(secure=secure),
        sessions=gateway.session_store,
        clock=gateway.clock,
    )
    admin = AdminAccess(settings.admin_token, gateway.identity_provider)
    cookies = CookieSessions(
        database=gateway.database,
        callers=callers,
        desktop=cookie,
        sessions=gateway.session_store,
        phones=gateway.handoff_store,
    )
    limits = session_limits(by_session)
    examples = load_examples() if settings.examples else []
    environment = settings.environment
    upload_limits = [_limit(settings.uploads_per_minute)]
    if settings.uploads_per_minute:
        upload_limits.append(limits.uploads)
    sign_in_parts, sign_in_cookies = _sign_in(gateway), SignInCookies(secure=secure)
    admin_limit = _limit(settings.admin_per_minute)
    practice = _practice(gateway)
    scrape = _scrape(gateway, practice)
    routers = [
        alive_routes(),  # found first
        session_routes(
            access=access,
            launches=gateway.launches,
            tabs=gateway.tabs,
            database=gateway.database,
            store=gateway.session_store,
            end_session=gateway.handoffs.end_session,
            environment=environment,
            restored_from=gateway.restore_watch.restored_from,
            launch_limit=_limit(settings.launches_per_minute),
            program_limit=RateLimit(
                settings.launches_per_minute,
                clock=time.monotonic,
                key=lambda request: "" if is_navigation(request) else by_address(request),
            ),
            ahead_limit=_limit(AHEAD_PER_MINUTE),
            tab_limits=(limits.tabs, _limit(settings.launches_per_minute)),
        ),
        own_session_routes(
            access=access,
            sessions=OwnSessions(database=gateway.database, store=gateway.session_store, clock=gateway.clock),
            end_session=gateway.handoffs.end_session,
        ),
        sign_in_routes(
            parts=sign_in_parts,
            access=access,
            end_session=gateway.handoffs.end_session,
            end_sessions=_end_sessions(gateway),
            cookies=sign_in_cookies,
            sign_in_limit=_limit(settings.sign_ins_per_minute),
            search_limit=_limit(settings.sign_ins_per_minute),
            account_limit=AccountLimit(settings.searches_per_day, clock=time.monotonic),
        ),
        handoff_routes(
            access=access,
            callers=callers,
            database=gateway.database,
            handoffs=gateway.handoffs,
            store=gateway.handoff_store,
            sessions=gateway.session_store,
            claim_limit=ClaimLimit(settings.claims_per_minute, clock=time.monotonic),
            start_limit=limits.handoffs,
            change_limit=limits.changes,
            public_url=settings.public_url,
        ),
        capability_routes(
            caller=callers.either,
            records=gateway.alex,
            directory=gateway.directory,
            database=gateway.database,
            sights=gateway.sights,
            target=settings.commit_target,
            examples=examples,
        ),
        image_routes(
            caller=callers.either,
            desktop=access.desktop,
            count_uploads=CountOutcomes(gateway.telemetry.metrics.uploads),
            upload_limits=upload_limits,
            change_limit=limits.changes,
            view_limits=[limits.views, limits.thumbnails],
            lasting=LastingAccess(gateway.broker, callers.passive).lasting,
            uploads=gateway.uploads,
            originals=gateway.originals,
            held_images=gateway.held_images,
            service=gateway.images,
        ),
        review_routes(
            desktop=access.desktop,
            service=gateway.images,
            renditions=gateway.renditions,
            unfiled=gateway.unfiled,
            change_limit=limits.changes,
            view_limit=limits.views,
        ),
        commit_routes(
            access=access,
            service=gateway.commits,
            limit=limits.commits,
        ),
        earlier_routes(
            caller=callers.either,
            still=callers.passive,
            desktop=access.desktop,
            service=gateway.earlier,
            limit=limits.earlier,
        ),
        referral_routes(
            access=access, referrals=gateway.referrals, pack_limit=limits.packs, view_limit=limits.views
        ),
        event_routes(
            subscriber=callers.passive,
            expiry=_expiry(gateway, callers),
            database=gateway.database,
            broker=gateway.broker,
            render=EventRenderer(
                gateway.image_store,
                gateway.commits,
                gateway.handoff_store,
                gateway.session_store,
                gateway.clock,
            ).render,
        ),
        admin_routes(
            tokens=gateway.alex.tokens,
            records=gateway.alex,
            admin=admin,
            admin_limit=admin_limit,
            environment=environment,
            facility_id=settings.facility_id,
        ),
        _health(gateway, [Depends(admin_limit), Depends(admin), Depends(unrecorded)], scrape),
        practice_routes(
            access=PracticeAccess(
                operator=admin,
                operator_limit=admin_limit,
                sign_in=SignInDependencies(sign_in_parts, sign_in_cookies),
                facility_id=settings.facility_id,
            ),
            service=practice,
        ),
        example_routes(examples),
        page_routes(),
        security_text_routes(
            contact=settings.security_contact, public_url=settings.public_url, clock=gateway.clock
        ),
        problem_page_routes(),
    ]
    app = build_app(
        routers,
        version=version("clinicpro-images"),
        public_url=settings.public_url,
        frame_ancestors=settings.frame_ancestors,
        telemetry=gateway.telemetry,
        lifespan=lambda: serving(gateway, warm_workers=warm_workers),
        trusted_proxies=settings.trusted_proxies,
        middleware=[
            Middleware(AuditMiddleware, record_audit=_record_audit(gateway), clock=time.monotonic),
            Middleware(SessionBudget, session_of=cookies.session_of),
        ],
    )
    # The operators' own listener shows the same ones: a registry takes each metric once.
    app.state.scrape_metrics = scrape
    return app


def build_operator_app(gateway: Gateway, main: FastAPI) -> FastAPI:
    """Return the app of the operators' own listener, which asks for no token: reaching it is permission enough.

    It shows the metrics and the description of the gateway's `main` app.
    """
    app = build_app(
        [alive_routes(), _health(gateway, [PUBLIC], main.state.scrape_metrics)],
        version=version("clinicpro-images"),
        public_url=gateway.settings.public_url,
        frame_ancestors="'none'",
        telemetry=gateway.telemetry,
        lifespan=_nothing,
    )
    app.state.described = main.openapi
    return app


@asynccontextmanager
async def _nothing() -> AsyncIterator[None]:
    yield


def _practice(gateway: Gateway) -> PracticeService:
    return PracticeService(
        database=gateway.database,
        store=PracticeStore(gateway.keyring, gateway.trail.key),
        sessions=gateway.session_store,
        handoffs=gateway.handoffs,
        clock=gateway.clock,
        timer=time.monotonic,
    )


def _scrape(gateway: Gateway, practice: PracticeService) -> ScrapeMetrics:
    settings = gateway.settings
    return ScrapeMetrics(
        gateway.database,
        gateway.telemetry.metrics,
        token=gateway.alex.tokens.snapshot,
        tripped=gateway.worker.breaker.tripped,
        decoding=lambda: (gateway.workers.busy, gateway.workers.waiting),
        practices=lambda: practice.figures(None),
        restored_at=gateway.restore_watch.restored_at,
        folders=local_folders(settings.data_dir, settings.database_url, settings.storage_url),
    )


def _health(gateway: Gateway, access: Sequence[params.Depends], scrape: ScrapeMetrics) -> APIRouter:
    return health_routes(
        access=access,
        checks={
            "database": gateway.database.check,
            "storage": gateway.blobs.check,
            "token": gateway.alex.tokens.token,
        },
        metrics=scrape,
        clock=gateway.clock,
    )


def _limit(per_minute: float) -> RateLimit:
    return RateLimit(per_minute, clock=time.monotonic)


def _record_audit(gateway: Gateway) -> RecordAudit:
    async def record_audit(entry: Entry) -> None:
        await gateway.database.write(UnitOfWork.audit, entry)

    return record_audit


def _sign_in(gateway: Gateway) -> SignInParts | None:
    settings, flow, record_audit = gateway.settings, gateway.sign_in, _record_audit(gateway)
    if flow is None:
        return None
    facility_id = settings.facility_id or ""
    state_tokens = StateTokens(
        database=gateway.database,
        keyring=gateway.keyring,
        used=gateway.used_tokens,
        rules=settings.sign_in_rules,
        clock=gateway.clock,
    )
    return SignInParts(
        sign_in_flow=SignInFlow(
            flow=flow,
            state_tokens=state_tokens,
            facility_id=facility_id,
            provider_claim=settings.sign_in_provider_claim,
            practice=AllowList(
                settings.practice_subjects, *settings.practice_claim, settings.practice_emails
            ),
            record_audit=record_audit,
        ),
        search=PatientSearch(
            records=gateway.alex,
            directory=gateway.directory,
            launches=gateway.launches,
            state_tokens=state_tokens,
            facility_id=facility_id,
            production=settings.environment == "production",
            linked=settings.sign_in_provider_claim is not None,
            record_audit=record_audit,
        ),
        state_tokens=state_tokens,
        may_keep=settings.sign_in_kept,
    )


def _end_sessions(gateway: Gateway) -> EndSessions:
    async def end_sessions(providers: Sequence[tuple[str, str]], now: float) -> int:
        ended = 0
        for facility_id, provider_id in providers:
            ended += await gateway.handoffs.end_sessions_of(facility_id, provider_id, now)
        return ended

    return end_sessions


def _expiry(gateway: Gateway, callers: Callers) -> Expiry:
    async def expiry(request: Request) -> dict[str, Any] | None:
        caller = await callers.passive(request)
        ends = caller.session.expires_at(unfiled=caller.unfiled)
        return {"expiresAt": iso(ends)} if ends - gateway.clock() < WARN_SECONDS else None

    return expiry
