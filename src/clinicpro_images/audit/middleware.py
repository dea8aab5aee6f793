"""Records refused requests, and every call of the admin endpoints, in the audit trail."""

import asyncio
from collections.abc import Callable
from typing import cast

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from clinicpro_images.audit.entry import Action, Entry, RecordAudit
from clinicpro_images.audit.refusals import SUM_SECONDS, Kind, Refusals
from clinicpro_images.web.client_address import network_of
from clinicpro_images.web.route_template import route_template

log = structlog.get_logger()


class AuditMiddleware:
    """Records a refusal before its response is sent. Beyond the limits, refusals are counted, and their sum is recorded.

    The action comes from the error (`audit_action`), or from the admin endpoints' dependency (`state.admin`).
    """

    def __init__(self, app: ASGIApp, *, record_audit: RecordAudit, clock: Callable[[], float]) -> None:
        """`clock` is monotonic seconds."""
        self._app = app
        self._record_audit = record_audit
        self._refusals = Refusals(clock)
        self._summing: asyncio.Task[None] | None = None

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
        kind = Kind(cast("Action", action), problem)
        account = state.get("account", "")
        if not self._refusals.gets_a_row(kind, network_of(state.get("client_address", "")), account):
            self._sum_up_later()
            return None
        return Entry(
            kind.action, about=about | {"problem": problem} | ({"account": account} if account else {})
        )

    def _sum_up_later(self) -> None:
        if self._summing is None:
            self._summing = asyncio.create_task(self._sum_up(), name="sums of refusals")

    async def _sum_up(self) -> None:
        await asyncio.sleep(SUM_SECONDS)
        self._summing = None
        for kind, times, networks in self._refusals.sums():
            log.warning(
                "audit.summed",
                message="Many requests were refused; their sum is in the audit trail.",
                problem=kind.problem,
                times=times,
                networks=networks,
            )
            about = {"problem": kind.problem, "times": str(times), "networks": str(networks)}
            await self._record(Entry(kind.action, about=about))
