"""The security headers of every response, and protection against cross-site requests."""

from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from clinicpro_images.errors import NotFound
from clinicpro_images.web.errors import CrossSiteRequest
from clinicpro_images.web.problems import problem_response

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class SecurityHeaders:
    """Adds Content-Security-Policy and other security headers to every response."""

    def __init__(self, app: ASGIApp, *, frame_ancestors: str, https: bool) -> None:
        """`frame_ancestors` is the CSP source list of the sites that may embed the widget."""
        self._app = app
        self._headers = {
            "content-security-policy": (
                "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
                "connect-src 'self'; worker-src 'self'; font-src 'self'; media-src 'self' blob:; manifest-src 'self'; "
                f"base-uri 'none'; form-action 'self'; frame-ancestors {frame_ancestors}"
            ),
            "x-content-type-options": "nosniff",
            "referrer-policy": "no-referrer",
            "cross-origin-opener-policy": "same-origin",
            "cross-origin-resource-policy": "same-origin",
            "permissions-policy": "camera=(self), microphone=(), geolocation=(), payment=(), usb=()",
        }
        if frame_ancestors == "'none'":
            self._headers["x-frame-options"] = "DENY"
        if https:
            self._headers["strict-transport-security"] = "max-age=31536000; includeSubDomains"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
                if scope["path"].startswith("/api/"):
                    headers.setdefault("cache-control", "no-store")
            await send(message)

        await self._app(scope, receive, send_with_headers)


class SameOriginOnly:
    """Refuses unsafe methods unless Origin or Sec-Fetch-Site says that they come from the product's own pages."""

    def __init__(self, app: ASGIApp, *, public_url: str) -> None:
        """`public_url` is the URL that the pages are served from."""
        self._app = app
        parts = urlsplit(public_url)
        self._origin = f"{parts.scheme}://{parts.netloc}".lower()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or refuse it before its body is read."""
        if scope["type"] == "http" and "\x00" in scope["path"]:
            # No route has one, and PostgreSQL refuses one in a text to search for.
            await problem_response(Request(scope), NotFound())(scope, receive, send)
            return
        if (
            scope["type"] == "http"
            and scope["method"] not in _SAFE
            and not self._is_own(Headers(scope=scope))
        ):
            response = problem_response(Request(scope), CrossSiteRequest())
            await response(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _is_own(self, headers: Headers) -> bool:
        return (
            headers.get("origin", "").lower() == self._origin
            or headers.get("sec-fetch-site") == "same-origin"
        )
