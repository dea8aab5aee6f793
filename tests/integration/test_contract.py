"""The gateway answers as its OpenAPI description promises, whatever schemathesis generates for each call."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from phones import new_qr, scan
from running import Sandbox, running

pytestmark = pytest.mark.anyio

EXAMPLES = 12
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
# The event stream never ends; tests/integration/test_events.py reads it. The others would end sessions.
LEFT_OUT = {
    ("GET", "/api/events"),
    ("DELETE", "/api/session"),
    ("POST", "/api/handoff"),
    ("DELETE", "/api/handoff"),
}


def ask_everything(
    described: dict[str, Any], origin: str, callers: dict[str, dict[str, str]], known: dict[str, str]
) -> int:
    """Make each call as each caller; raises AssertionError with what schemathesis finds. Returns how many calls."""
    schema = schemathesis.openapi.from_dict(described)
    schema.config.update(base_url=origin)
    asked = 0
    for result in schema.get_all_operations():
        operation: Any = result.ok()  # type: ignore[union-attr]  # a broken description raises here
        if (operation.method.upper(), operation.path) in LEFT_OUT:
            continue
        asked += 1
        for headers in callers.values():
            ask_call(operation, headers, known)
    return asked


def ask_call(operation: Any, headers: dict[str, str], known: dict[str, str]) -> None:
    turn = 0

    @seed(20261124)
    @settings(
        max_examples=EXAMPLES, deadline=None, database=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=operation.as_strategy())
    def ask(case: Any) -> None:
        nonlocal turn
        turn += 1
        if turn % 2:
            # Every other time with ids that exist, or nothing deeper than "not found" would be tested.
            for name, value in known.items():
                if name in case.path_parameters:
                    case.path_parameters[name] = value
        case.call_and_validate(headers=headers, checks=CHECKS, timeout=20)

    try:
        ask()
    except BaseExceptionGroup as found:
        # As it is, it would also end the event loop that later tests share.
        raise AssertionError("\n".join(map(str, found.exceptions))) from found


async def test_every_response_is_described(sandbox: Sandbox, tmp_path: Path, photo: bytes) -> None:
    unlimited = dict.fromkeys(
        (
            "CLINICPRO_LAUNCHES_PER_MINUTE", "CLINICPRO_CLAIMS_PER_MINUTE", "CLINICPRO_UPLOADS_PER_MINUTE",
            "CLINICPRO_ADMIN_PER_MINUTE",
        ),
        "0",
    )  # fmt: skip
    async with running(sandbox, tmp_path, unlimited) as browser:
        await browser.launch()
        added = await browser.add(photo)
        await browser.describe(added["id"])
        commit = await browser.file(added["id"])
        left = await browser.add(photo[:-2] + b"\x00\xff\xd9")
        phone = await scan(browser.other_browser(), await new_qr(browser.client))
        cookie = f"clinicpro_session={browser.client.cookies['clinicpro_session']}"
        callers = {
            "nobody": {},
            "desktop": {"Origin": browser.origin, "Cookie": cookie},
            "phone": {
                "Origin": browser.origin,
                "Cookie": f"clinicpro_phone={phone.client.cookies['clinicpro_phone']}",
                "X-ClinicPro-Phone": phone.id,
            },
            "admin": {
                "Origin": browser.origin,
                "Authorization": f"Bearer {browser.gateway.settings.admin_token}",
            },
        }
        described = (await browser.operator("/openapi.json")).json()
        known = {"image_id": left["id"], "commit_id": commit["id"]}
        asked = await asyncio.to_thread(ask_everything, described, browser.origin, callers, known)
        assert asked == sum(len(calls) for calls in described["paths"].values()) - len(LEFT_OUT)
        assert (await browser.client.get("/api/session")).status_code == 200
