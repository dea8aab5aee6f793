"""HEAD wherever GET is: the same status and headers, and no body (RFC 9110, 9.3.2)."""

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

_ASKED = "clinicpro.head"


class HeadRequests:
    """Answers HEAD as GET; the server that runs the app leaves the body out."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap `app`."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return
        # A copy: the server reads from its own that there is to be no body.
        asked = {**scope, "method": "GET", _ASKED: True}
        try:
            await self._app(asked, receive, send)
        finally:
            scope.update({name: value for name, value in asked.items() if name != "method"})


def is_head(request: Request) -> bool:
    """Return whether only the headers are wanted, so that nothing is to be started or used up."""
    return _ASKED in request.scope
