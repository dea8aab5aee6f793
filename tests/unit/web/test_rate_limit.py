"""Which callers share a limit, how often they may call, and what a caller behind a proxy can claim about its address."""

import ipaddress

import pytest
from fastapi import Depends, FastAPI, Request
from hypothesis import given
from hypothesis import strategies as st
from starlette.types import Message, Receive, Scope, Send

from clinicpro_images.web.client_address import ClientAddress, network_of
from clinicpro_images.web.problems import install_problems
from clinicpro_images.web.rate_limit import RateLimit, by_session

pytestmark = pytest.mark.anyio

PROXIES = (ipaddress.ip_network("10.0.0.0/8"), ipaddress.ip_network("::1/128"))


async def _app(_scope: Scope, _receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b""})


def scope_of(
    path: str = "/launch",
    *,
    peer: str = "203.0.113.7",
    method: str = "GET",
    session: str = "",
    **headers: str,
) -> Scope:
    return {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": b"",
        "client": (peer, 1234),
        "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()],
        "state": {"session_key": session},
    }


async def nothing() -> Message:
    raise AssertionError("nothing may be read")


async def address(scope: Scope) -> str:
    async def send(_message: Message) -> None:
        pass

    await ClientAddress(_app, trusted=PROXIES)(scope, nothing, send)
    found: str = scope["state"]["client_address"]
    return found


class Caller:
    """Calls an app whose launches, uploads and edits are limited, at times that the test sets."""

    def __init__(self, *, launches: float = 3, uploads: float = 2) -> None:
        self.now = 0.0
        launch_limit = RateLimit(launches, clock=lambda: self.now)
        upload_limit = RateLimit(
            uploads,
            clock=lambda: self.now,
            key=by_session,
        )
        app = FastAPI()
        install_problems(app)

        @app.get("/launch", dependencies=[Depends(launch_limit)])
        @app.post("/launch")
        @app.get("/api/session")
        async def done() -> str:
            return "done"

        @app.post("/api/images", dependencies=[Depends(upload_limit)])
        @app.post("/api/images/edits", dependencies=[Depends(upload_limit)])
        async def upload(request: Request) -> str:
            return (await request.body()).decode()

        self.app = ClientAddress(app, trusted=PROXIES)

    async def ask(self, scope: Scope, receive: Receive = nothing) -> tuple[int, str]:
        sent: list[Message] = []

        async def send(message: Message) -> None:
            sent.append(message)

        await self.app(scope, receive, send)
        headers = dict(sent[0]["headers"])
        return sent[0]["status"], headers.get(b"retry-after", b"").decode()

    async def upload(self, *, path: str = "/api/images", peer: str = "203.0.113.7", session: str) -> int:
        async def body() -> Message:
            return {"type": "http.request", "body": b"file", "more_body": False}

        return (await self.ask(scope_of(path, peer=peer, method="POST", session=session), body))[0]


async def test_a_minutes_worth_may_come_at_once_and_then_one_at_a_time() -> None:
    caller = Caller()
    assert [(await caller.ask(scope_of()))[0] for _ in range(3)] == [200, 200, 200]
    assert await caller.ask(scope_of()) == (429, "20")
    caller.now = 19.0
    assert await caller.ask(scope_of()) == (429, "1")
    caller.now = 21.0
    assert (await caller.ask(scope_of()))[0] == 200


async def test_another_address_and_another_call_are_not_affected() -> None:
    caller = Caller()
    for _ in range(5):
        await caller.ask(scope_of())
    assert (await caller.ask(scope_of(peer="203.0.113.8")))[0] == 200
    assert (await caller.ask(scope_of("/api/session")))[0] == 200
    assert (await caller.ask(scope_of(method="POST")))[0] == 200


async def test_a_caller_gains_nothing_by_claiming_another_address() -> None:
    caller = Caller()
    asked = [await caller.ask(scope_of(x_forwarded_for=f"198.51.100.{number}")) for number in range(4)]
    assert [status for status, _ in asked] == [200, 200, 200, 429]


async def test_one_session_is_limited_whatever_its_address() -> None:
    caller = Caller()
    uploads = [await caller.upload(peer=f"203.0.113.{number}", session="1") for number in range(3)]
    assert uploads == [200, 200, 429]
    assert await caller.upload(peer="203.0.113.1", session="2") == 200


async def test_routes_with_the_same_limit_share_it() -> None:
    caller = Caller()
    assert await caller.upload(session="1") == await caller.upload(session="1") == 200
    assert await caller.upload(path="/api/images/edits", session="1") == 429


async def test_of_a_refused_upload_nothing_is_read() -> None:
    caller = Caller(uploads=1)
    assert await caller.upload(session="1") == 200
    refused = await caller.ask(scope_of("/api/images", method="POST", session="1"), nothing)
    assert refused[0] == 429


async def test_zero_a_minute_is_no_limit() -> None:
    caller = Caller(launches=0)
    assert {(await caller.ask(scope_of()))[0] for _ in range(100)} == {200}


@pytest.mark.parametrize(
    ("peer", "said", "found"),
    [
        ("203.0.113.7", "198.51.100.1", "203.0.113.7"),
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "1.2.3.4, 198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "1.2.3.4, 198.51.100.1, 10.0.0.2", "198.51.100.1"),
        ("10.0.0.1", "198.51.100.1, unknown", "10.0.0.1"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("::1", "2001:db8::5", "2001:db8::5"),
        ("::ffff:10.0.0.1", "198.51.100.1", "198.51.100.1"),
    ],
)
async def test_only_trusted_proxies_are_believed_from_the_right(peer: str, said: str, found: str) -> None:
    assert await address(scope_of(peer=peer, x_forwarded_for=said)) == found


@given(st.text(alphabet="0123456789abcdef.:, xX", max_size=80))
async def test_the_address_of_an_untrusted_caller_is_that_of_its_connection(said: str) -> None:
    assert await address(scope_of(x_forwarded_for=said)) == "203.0.113.7"


def test_one_customers_ipv6_addresses_are_one() -> None:
    assert network_of("2001:db8:1:2::5") == network_of("2001:db8:1:2:ffff::9")
    assert network_of("2001:db8:1:2::5") != network_of("2001:db8:1:3::5")
    assert network_of("203.0.113.7") == "203.0.113.7"


async def test_there_is_room_until_the_limit_is_used_up_and_always_for_those_who_are_not_limited() -> None:
    limit = RateLimit(1, clock=lambda: 0.0, key=by_session)
    assert [limit.has_room(Request(scope_of(session="one"))) for _ in range(2)] == [True, False]
    assert [limit.has_room(Request(scope_of())) for _ in range(2)] == [True, True]
