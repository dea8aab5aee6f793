"""Every `curl` of the documentation answers as a reader expects: on the port and with the token that the page gives."""

import os
import re
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest

from crash.programs import free_port
from running import PATIENCE, Sandbox

pytestmark = pytest.mark.widget

ROOT = Path(__file__).parents[2]
# deploy.md is followed as a whole by scripts/check-install.
PAGES = [
    path for path in sorted([*(ROOT / "docs").rglob("*.md"), ROOT / "README.md"]) if path.name != "deploy.md"
]
OPERATORS, DIRECT, SANDBOX = "127.0.0.1:9100", "127.0.0.1:8000", "localhost:8090"
PUBLIC = {"images.example.nz", "photos.practice.example.nz"}
CLOSED_BY_PROXIES = {
    *re.findall(r"location = (\S+) \{ return 404", (ROOT / "deploy" / "nginx" / "clinicpro.conf").read_text("utf-8")),
    *re.findall(r"@operators path (.+)", (ROOT / "deploy" / "caddy" / "Caddyfile").read_text("utf-8"))[0].split(),
}  # fmt: skip


@dataclass(frozen=True)
class Call:
    """A call as a page writes it."""

    page: str
    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    body: str | None


def calls() -> Iterator[Call]:
    for path in PAGES:
        text = path.read_text("utf-8").replace("\\\n", " ").replace("\\|", "|")
        for command in re.findall(r"(?:^|`|; )(curl [^`\n]*)", text, re.MULTILINE):
            yield _read(path.name, shlex.split(re.split(r" \| |; |  # ", command)[0], comments=True))


def _read(page: str, words: list[str]) -> Call:
    method, url, headers, body = "GET", "", [], None
    rest = iter(words[1:])
    for word in rest:
        if word == "-X":
            method = next(rest)
        elif word == "-H":
            name, _, value = next(rest).partition(": ")
            headers.append((name, value))
        elif word == "-d":
            body = next(rest)
        elif "://" in word:
            url = word
    return Call(page, method, url, tuple(headers), body)


FOUND = [call for call in calls() if "microsoftonline" not in call.url]


def test_calls_are_found() -> None:
    assert {call.page for call in FOUND} >= {"http.md", "metrics.md", "on-call.md", "ten-minutes.md"}
    assert {"/metrics", "/readyz", "/openapi.json"} <= CLOSED_BY_PROXIES


@contextmanager
def installation(sandbox: Sandbox, folder: Path) -> Iterator[tuple[str, str]]:
    """A gateway as a program, with a listener for operators; yields both addresses, once it is ready."""
    main, operators = free_port(), free_port()
    given = {
        "CLINICPRO_DATA_DIR": str(folder),
        "CLINICPRO_PUBLIC_URL": f"http://127.0.0.1:{main}",
        "CLINICPRO_OPERATOR_LISTEN": f"127.0.0.1:{operators}",
    }
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("MEDTECH_", "CLINICPRO_"))
    }
    command = [sys.executable, "-m", "clinicpro_images", "serve", "--port", str(main)]
    process = subprocess.Popen(command, env=kept | sandbox.environ | given, stderr=subprocess.DEVNULL)
    try:
        with httpx2.Client(base_url=f"http://127.0.0.1:{operators}", timeout=10) as client:
            until = time.monotonic() + PATIENCE
            while time.monotonic() < until and not _is_ready(client):
                assert process.poll() is None
                time.sleep(0.1)
        yield f"127.0.0.1:{main}", f"127.0.0.1:{operators}"
    finally:
        process.terminate()
        process.wait(30)


def _is_ready(client: httpx2.Client) -> bool:
    try:
        return client.get("/readyz").status_code == 200
    except httpx2.TransportError:
        return False


def test_every_call_succeeds(sandbox: Sandbox, tmp_path: Path) -> None:
    failed = []
    with installation(sandbox, tmp_path) as (main, operators):
        leads_to = {SANDBOX: urlsplit(sandbox.origin).netloc, OPERATORS: operators, DIRECT: main}
        leads_to |= dict.fromkeys(PUBLIC, main)
        for call in FOUND:
            where = urlsplit(call.url)
            url = f"http://{leads_to[where.netloc]}{where.path}"
            reply = httpx2.request(
                call.method, url, content=call.body, headers=dict(call.headers), timeout=PATIENCE
            )
            closed = where.netloc in PUBLIC and where.path in CLOSED_BY_PROXIES
            if reply.status_code >= 300 or closed:
                failed.append((call.page, call.method, call.url, reply.status_code, closed))
    assert failed == []
