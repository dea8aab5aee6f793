"""The command line: `python -m alex_sandbox`."""

import argparse
import os
import secrets
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from alex_sandbox.app import create_app
from alex_sandbox.seed import SeedError, load_seed
from alex_sandbox.server import bound, server
from alex_sandbox.settings import Behaviour, Settings


def main(arguments: Sequence[str] | None = None) -> None:
    """Run until stopped; exit 2 with one line when something asked for can't be had."""
    asked = _parser().parse_args(arguments)
    settings = Settings(
        host=asked.host,
        port=asked.port,
        launch_url=asked.launch_url,
        seed=asked.seed,
        folder=asked.data,
        client_secret=asked.client_secret,
        certificate=asked.client_certificate,
    )
    behaviour = Behaviour(roles=tuple(asked.roles.split(","))) if asked.roles is not None else Behaviour()
    try:
        seed = load_seed(settings.seed)
        app = create_app(settings, seed, behaviour)
        listening = bound(settings.host, settings.port)
    except SeedError as error:
        sys.exit(_stopped(str(error)))
    except ValueError as error:
        sys.exit(_stopped(f"{settings.certificate}: no certificate in it ({error})."))
    except OSError as error:
        sys.exit(_stopped(f"{error.filename or f'{settings.host}:{settings.port}'}: {error.strerror}."))
    with listening:
        host, port = listening.getsockname()[:2]
        address = _address(host, port)
        serving = server(
            app,
            lambda: _say(_environment(settings, next(iter(seed.facilities)), address), address),
            parent=os.getppid() if asked.end_with_parent else None,
        )
        serving.run([listening])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="alex_sandbox", description="A stand-in for ALEX and for the Medtech Evolution desktop."
    )
    parser.add_argument("--host", default=Settings.host, help="address to listen on (%(default)s)")
    parser.add_argument(
        "--port", type=int, default=Settings.port, help="port, 0 for a free one (%(default)s)"
    )
    parser.add_argument("--seed", type=Path, help="JSON file of facilities, patients and practitioners")
    parser.add_argument("--data", type=Path, help="folder that keeps what is written (else memory)")
    parser.add_argument(
        "--launch-url", default=Settings.launch_url, help="where Evolution's icon leads (%(default)s)"
    )
    parser.add_argument(
        "--client-secret", default=Settings.client_secret, help="the secret it accepts (%(default)s)"
    )
    parser.add_argument("--client-certificate", type=Path, help="PEM of the certificate it accepts instead")
    parser.add_argument(
        "--end-with-parent", action="store_true", help="end when the program that started it is gone"
    )
    parser.add_argument("--roles", help="comma-separated roles of its tokens (else all it knows)")
    return parser


def _address(host: str, port: int) -> str:
    reachable = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared, not bound
    return f"http://[{reachable}]:{port}" if ":" in reachable else f"http://{reachable}:{port}"


def _environment(settings: Settings, facility: str, address: str) -> list[str]:
    pointing = {
        "MEDTECH_API_BASE_URL": f"{address}/FHIR",
        "MEDTECH_TOKEN_URL": f"{address}/{settings.tenant}/oauth2/v2.0/token",
        "MEDTECH_LAUNCH_URL": f"{address}/FHIR/vendorforms/api/getlaunchcontextstring",
        "MEDTECH_TENANT_ID": settings.tenant,
        "MEDTECH_CLIENT_ID": settings.client_id,
        "MEDTECH_CLIENT_SECRET": settings.client_secret,
        "MEDTECH_API_SCOPE": settings.scope,
        "MEDTECH_FACILITY_ID": facility,
    }
    trying_out = {
        "CLINICPRO_SECRET_KEY": secrets.token_urlsafe(48),
        "CLINICPRO_ADMIN_TOKEN": secrets.token_urlsafe(24),
    }
    return [
        "# Point a gateway at this sandbox:",
        *(f"export {name}={shlex.quote(value)}" for name, value in pointing.items()),
        "# For trying out only, new at every start:",
        *(f"export {name}={shlex.quote(value)}" for name, value in trying_out.items()),
    ]


def _say(environment: list[str], address: str) -> None:
    lines = [*environment, f"# Evolution's stand-in: {address}/evolution"]
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()


def _stopped(sentence: str) -> int:
    sys.stderr.write(f"alex_sandbox: {sentence}\n")
    return 2
