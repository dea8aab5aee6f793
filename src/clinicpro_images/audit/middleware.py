"""Records refused requests, and every call of the admin endpoints, in the audit trail."""

from collections.abc import Callable
from typing import cast

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from clinicpro_images.audit.entry import Action, Entry, RecordAudit
from clinicpro_images.web.client_address import network_of
from clinicpro_images.web.route_template import route_template
from clinicpro_images.web.token_bucket import TokenBuckets

# Refusals recorded per minute, per address and in total: limited, because the audit trail is never deleted.
PER_MINUTE_PER_ADDRESS = 20.0
PER_MINUTE_TOTAL = 300.0
_MINUTE = 60.0

log = structlog.get_logger()


class AuditMiddleware:
    """Records a refusal before its response is sent. Above the limits, refusals are only logged.

    The action comes from the error (`audit_action`), or from the admin endpoints' dependency (`state.admin`).
    """

    def __init__(self, app: ASGIApp, *, record_audit: RecordAudit, clock: Callable[[], float]) -> None:
        """`clock` is monotonic seconds."""
        self._app = app
        self._record_audit = record_audit
        self._clock = clock
        self._by_address = TokenBuckets(PER_MINUTE_PER_ADDRESS, per_second=PER_MINUTE_PER_ADDRESS / _MINUTE)
        self._total = TokenBuckets(PER_MINUTE_TOTAL, per_second=PER_MINUTE_TOTAL / _MINUTE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_recorded(message: Message) -> None:
            if message["type"] == "http.response.start":
                entry = self._entry(scope, message["status"])
                if entry is not None:
                    await self._record(entry)
            await send(message)

        await self._app(scope, receive, send_recorded)

    async def _record(self, entry: Entry) -> None:
        try:
            await self._record_audit(entry)
        except Exception:
            # The request is still refused, but a gap in the audit trail must be noticed.
            log.exception("audit.failed", message="A refusal could not be recorded in the audit trail.")

    def _entry(self, scope: Scope, status: int) -> Entry | None:
        state = scope.get("state", {})
        action, problem = state.get("audit_action", ""), state.get("problem", "")
        about = {"method": scope["method"], "route": route_template(scope)}
        if not action:
            admin = state.get("admin")
            return (
                Entry("admin.access", about=about | {"status": str(status), "admin": admin})
                if admin
                else None
            )
        if self._too_many(state.get("client_address", "")):
            log.warning("audit.skipped", message="Too many refusals to record all of them.", problem=problem)
            return None
        account = {"account": state["account"]} if state.get("account") else {}
        return Entry(cast("Action", action), about=about | {"problem": problem} | account)

    def _too_many(self, address: str) -> bool:
        now = self._clock()
        return bool(self._by_address.take(network_of(address), now) or self._total.take("", now))
