"""Takes down what was refused, and every call of the admin endpoints, for the audit trail."""

from collections.abc import Awaitable, Callable

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from clinicpro_images.audit.entry import Action, Entry
from clinicpro_images.errors import AccessError, ClinicProError
from clinicpro_images.handoff.errors import TicketError
from clinicpro_images.sessions.errors import LaunchError
from clinicpro_images.sign_in.errors import SignInClosed, SignInError
from clinicpro_images.web.client_address import neighbourhood
from clinicpro_images.web.errors import RequestTooLarge, RequestTooSlow
from clinicpro_images.web.rate_limit import Buckets

RecordAudit = Callable[[Entry], Awaitable[None]]

# What one address, and all together, can add to the trail in a minute by knocking at doors: it is kept for ever.
ONE_PER_MINUTE = 20.0
ALL_PER_MINUTE = 300.0
_HARMLESS = frozenset({RequestTooLarge.slug, RequestTooSlow.slug, SignInClosed.slug})

log = structlog.get_logger()


class AuditMiddleware:
    """Looks at answers before they go out. What is refused more often than the trail takes is in the log only."""

    def __init__(self, app: ASGIApp, *, record_audit: RecordAudit, clock: Callable[[], float]) -> None:
        """`clock` gives seconds that only grow."""
        self._app = app
        self._record_audit = record_audit
        self._clock = clock
        self._one = Buckets(ONE_PER_MINUTE)
        self._all = Buckets(ALL_PER_MINUTE)
        self._refused: dict[str, Action] = {
            **dict.fromkeys(_slugs(AccessError) - _HARMLESS, "access.refused"),
            **dict.fromkeys(_slugs(LaunchError), "launch.refused"),
            **dict.fromkeys(_slugs(SignInError) - _HARMLESS, "sign-in.refused"),
            **dict.fromkeys(_slugs(TicketError), "phone.refused"),
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_witnessed(message: Message) -> None:
            if message["type"] == "http.response.start":
                entry = self._entry(scope, message["status"])
                if entry is not None:
                    await self._store(entry)
            await send(message)

        await self._app(scope, receive, send_witnessed)

    async def _store(self, entry: Entry) -> None:
        try:
            await self._record_audit(entry)
        except Exception:
            # It is refused all the same; that nobody took it down must not go unseen.
            log.exception("audit.failed", message="A refusal could not be taken down.")

    def _entry(self, scope: Scope, status: int) -> Entry | None:
        state = scope.get("state", {})
        problem = state.get("problem", "")
        about = {"method": scope["method"], "route": _route(scope)}
        if scope["path"].startswith(("/api/medtech/", "/api/admin/")) and problem not in self._refused:
            return Entry(
                "admin.access", about=about | {"status": str(status), "admin": state.get("admin", "")}
            )
        if problem not in self._refused:
            return None
        if self._too_many(state.get("client_address", "")):
            log.warning("audit.skipped", message="Too many refusals to take each down.", problem=problem)
            return None
        account = {"account": state["account"]} if state.get("account") else {}
        return Entry(self._refused[problem], about=about | {"problem": problem} | account)

    def _too_many(self, address: str) -> bool:
        now = self._clock()
        return bool(self._one.take(neighbourhood(address), now) or self._all.take("", now))


def _slugs(family: type[ClinicProError]) -> frozenset[str]:
    return frozenset({family.slug}).union(*(_slugs(child) for child in family.__subclasses__()))


def _route(scope: Scope) -> str:
    # The template: the path itself holds ids, and whatever a caller makes up.
    path = getattr(scope.get("route"), "path", None)
    return path if isinstance(path, str) else ""
