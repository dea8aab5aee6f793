"""Who is limited together, how often, and what a caller behind a proxy can make anybody believe."""

import ipaddress
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.types import Message, Receive, Scope, Send

from clinicpro_images.web.client_address import ClientAddress, neighbourhood
from clinicpro_images.web.rate_limit import Buckets, RateLimits, Rule, rules

pytestmark = pytest.mark.anyio

PROXIES = (ipaddress.ip_network("10.0.0.0/8"), ipaddress.ip_network("::1/128"))


async def _app(_scope: Scope, _receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b""})


def scope_of(
    path: str = "/launch", *, peer: str = "203.0.113.7", method: str = "GET", **headers: str
) -> Scope:
    return {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": b"",
        "client": (peer, 1234),
        "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()],
        "state": {},
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
    """Asks one app again and again, at times that the test sets."""

    def __init__(self, *limits: Rule) -> None:
        self.now = 0.0
        self.app = ClientAddress(RateLimits(_app, rules=limits, clock=lambda: self.now), trusted=PROXIES)

    async def ask(self, scope: Scope) -> tuple[int, str]:
        sent: list[Message] = []

        async def send(message: Message) -> None:
            sent.append(message)

        await self.app(scope, nothing, send)
        headers = dict(sent[0]["headers"])
        return sent[0]["status"], headers.get(b"retry-after", b"").decode()


LAUNCHES = Rule("GET", re.compile("/launch"), 3)


async def test_a_minutes_worth_may_come_at_once_and_then_one_at_a_time() -> None:
    caller = Caller(LAUNCHES)
    assert [(await caller.ask(scope_of()))[0] for _ in range(3)] == [200, 200, 200]
    assert await caller.ask(scope_of()) == (429, "20")
    caller.now = 19.0
    assert await caller.ask(scope_of()) == (429, "1")
    caller.now = 21.0
    assert (await caller.ask(scope_of()))[0] == 200


async def test_another_address_and_another_call_are_not_concerned() -> None:
    caller = Caller(LAUNCHES)
    for _ in range(5):
        await caller.ask(scope_of())
    assert (await caller.ask(scope_of(peer="203.0.113.8")))[0] == 200
    assert (await caller.ask(scope_of("/api/session")))[0] == 200
    assert (await caller.ask(scope_of(method="POST")))[0] == 200


async def test_a_callers_own_word_about_its_address_gains_it_nothing() -> None:
    caller = Caller(LAUNCHES)
    asked = [await caller.ask(scope_of(x_forwarded_for=f"198.51.100.{number}")) for number in range(4)]
    assert [status for status, _ in asked] == [200, 200, 200, 429]


async def test_one_cookie_is_limited_whatever_its_address() -> None:
    caller = Caller(Rule("POST", re.compile("/api/images"), 2, of="cookie"))

    async def post(peer: str, cookie: str) -> int:
        return (await caller.ask(scope_of("/api/images", peer=peer, method="POST", cookie=cookie)))[0]

    assert [await post(f"203.0.113.{number}", "a=1") for number in range(3)] == [200, 200, 429]
    assert await post("203.0.113.1", "a=2") == 200


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
async def test_whatever_a_stranger_claims_its_address_is_that_of_its_connection(said: str) -> None:
    assert await address(scope_of(x_forwarded_for=said)) == "203.0.113.7"


def test_one_customers_ipv6_addresses_are_one() -> None:
    assert neighbourhood("2001:db8:1:2::5") == neighbourhood("2001:db8:1:2:ffff::9")
    assert neighbourhood("2001:db8:1:2::5") != neighbourhood("2001:db8:1:3::5")
    assert neighbourhood("203.0.113.7") == "203.0.113.7"


def test_a_flood_of_addresses_takes_bounded_memory() -> None:
    buckets = Buckets(3, most=100)
    for number in range(1000):
        buckets.take(str(number), 0.0)
    assert len(buckets._left) == 100


@given(st.lists(st.floats(0, 5), min_size=1, max_size=200))
def test_nobody_ever_gets_more_than_two_minutes_worth_in_a_minute(pauses: list[float]) -> None:
    buckets, now, granted = Buckets(5), 0.0, list[float]()
    for pause in pauses:
        now += pause
        if not buckets.take("caller", now):
            granted.append(now)
    for start in granted:
        assert sum(start <= each < start + 60 for each in granted) <= 10


@pytest.mark.parametrize(
    ("method", "path", "limited"),
    [
        ("GET", "/launch", True),
        ("POST", "/api/handoff/claim", True),
        ("POST", "/api/images", True),
        ("POST", "/api/images/abc/edits", True),
        ("GET", "/api/medtech/test", True),
        ("GET", "/api/images", False),
        ("GET", "/api/session", False),
        ("POST", "/api/commits", False),
    ],
)
def test_what_is_limited(method: str, path: str, limited: bool) -> None:
    listed = rules(launches=1, claims=1, uploads=1, admin=1, sign_in_flow=1)
    assert any(rule.covers(scope_of(path, method=method)) for rule in listed) == limited
    assert rules(launches=0, claims=0, uploads=0, admin=0, sign_in_flow=0) == []
