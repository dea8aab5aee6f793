"""The client's address: that of the connection, or what a trusted proxy reports."""

import ipaddress
from collections.abc import Sequence

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from clinicpro_images.settings.parsers import Network
from clinicpro_images.web.origin import ORIGIN, Origin

_FORWARDED = "x-forwarded-for"
# A customer gets a whole IPv6 network of this size, and may use any address in it.
_CUSTOMER_BITS = 64


class ClientAddress:
    """Puts the client's address into the request's state, as `client_address`, and into `ORIGIN`."""

    def __init__(self, app: ASGIApp, *, trusted: Sequence[Network]) -> None:
        """`trusted` are the proxies whose X-Forwarded-For is believed; anyone else could write anything there."""
        self._app = app
        self._trusted = tuple(trusted)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        state = scope.setdefault("state", {})
        state["client_address"] = address = self._address(scope)
        outer = ORIGIN.set(Origin(address, state.get("correlation_id", "")))
        try:
            await self._app(scope, receive, send)
        finally:
            ORIGIN.reset(outer)

    def _address(self, scope: Scope) -> str:
        client = scope.get("client")
        address = client[0] if client else ""
        # Each proxy appends, on the right, the address that it was called from.
        hops = ",".join(Headers(scope=scope).getlist(_FORWARDED)).split(",")
        for hop in reversed(hops):
            if not self._is_trusted(address) or _parsed(hop) is None:
                break
            address = str(_parsed(hop))
        return address

    def _is_trusted(self, address: str) -> bool:
        parsed = _parsed(address)
        return parsed is not None and any(parsed in network for network in self._trusted)


def network_of(address: str) -> str:
    """Return what is limited together: an IPv4 address, or the 64-bit network of an IPv6 address."""
    parsed = _parsed(address)
    if isinstance(parsed, ipaddress.IPv6Address):
        return str(ipaddress.IPv6Network((parsed, _CUSTOMER_BITS), strict=False))
    return address


def _parsed(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        parsed = ipaddress.ip_address(text.strip())
    except ValueError:
        return None
    mapped = parsed.ipv4_mapped if isinstance(parsed, ipaddress.IPv6Address) else None
    return mapped or parsed
