"""`python -m alex_sandbox` as a separate process."""

import os
import re
import resource
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest
from starlette.applications import Starlette

from alex_sandbox.server import server
from clinicpro_images.records.alex.connect import KEEPALIVE_SECONDS

SOURCE = Path(__file__).parents[3] / "src"


def _program(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "alex_sandbox", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
    )


def test_it_listens_within_two_seconds_and_prints_a_gateways_environment() -> None:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with _program("--port", "0", "--launch-url", "http://gateway.example/launch") as program:
        assert program.stdout is not None
        lines = []
        for line in program.stdout:
            lines.append(line.strip())
            if "/evolution" in line:
                break
        exported = dict(re.findall(r"^export (\w+)=(\S+)$", "\n".join(lines), re.MULTILINE))
        base = exported["MEDTECH_API_BASE_URL"].removesuffix("/FHIR")
        form = {
            "grant_type": "client_credentials",
            "client_id": exported["MEDTECH_CLIENT_ID"],
            "client_secret": exported["MEDTECH_CLIENT_SECRET"],
            "scope": exported["MEDTECH_API_SCOPE"],
        }
        token = httpx2.post(exported["MEDTECH_TOKEN_URL"], data=form)
        evolution = httpx2.get(f"{base}/evolution")
        program.terminate()
    # CPU seconds: starting waits for nothing else, but on a busy machine it waits for its turn.
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 2
    assert set(exported) == {
        "MEDTECH_API_BASE_URL",
        "MEDTECH_TOKEN_URL",
        "MEDTECH_LAUNCH_URL",
        "MEDTECH_TENANT_ID",
        "MEDTECH_CLIENT_ID",
        "MEDTECH_CLIENT_SECRET",
        "MEDTECH_API_SCOPE",
        "MEDTECH_FACILITY_ID",
        "CLINICPRO_SECRET_KEY",
        "CLINICPRO_ADMIN_TOKEN",
    }
    assert exported["MEDTECH_LAUNCH_URL"] == f"{base}/FHIR/vendorforms/api/getlaunchcontextstring"
    assert exported["MEDTECH_TENANT_ID"] in exported["MEDTECH_TOKEN_URL"]
    assert exported["MEDTECH_FACILITY_ID"] == "F2N060-E"
    assert any("trying out only" in line for line in lines)
    assert (token.status_code, evolution.status_code) == (200, 200)


def test_ctrl_c_ends_it_without_a_traceback() -> None:
    with _program("--port", "0") as program:
        assert program.stdout is not None
        next(line for line in program.stdout if "/evolution" in line)
        program.send_signal(signal.SIGINT)
        _, errors = program.communicate(timeout=30)
    assert (program.returncode, errors) == (0, "")


@pytest.mark.parametrize(
    "problem", ["option", "number", "seed", "certificate", "missing certificate", "port"]
)
def test_a_startup_error_is_one_line_and_exit_code_2(tmp_path: Path, problem: str) -> None:
    empty = tmp_path / "empty"
    empty.write_text("")
    with socket.socket() as in_use:
        in_use.bind(("127.0.0.1", 0))
        in_use.listen()
        arguments = {
            "option": ("--bogus",),
            "number": ("--port", "abc"),
            "seed": ("--port", "0", "--seed", str(empty)),
            "certificate": ("--port", "0", "--client-certificate", str(empty)),
            "missing certificate": ("--port", "0", "--client-certificate", str(tmp_path / "nowhere.pem")),
            "port": ("--port", str(in_use.getsockname()[1])),
        }[problem]
        with _program(*arguments) as program:
            out, err = program.communicate(timeout=20)
    assert program.returncode == 2
    assert not out
    assert err.startswith("clinicpro sandbox: ")
    assert err.count("\n") == 1


def test_idle_connections_stay_open_longer_than_the_gateway_keeps_them() -> None:
    """Otherwise a write could meet a closing connection, and resolving that takes a minute."""
    assert server(Starlette(), lambda: None).config.timeout_keep_alive > 2 * KEEPALIVE_SECONDS
