"""The command line of `python -m alex_sandbox`."""

import argparse
import contextlib
import os
import secrets
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from alex_sandbox.app import create_app
from alex_sandbox.behaviour import Behaviour
from alex_sandbox.seed import SeedError, load_seed
from alex_sandbox.server import bound, server
from alex_sandbox.settings import SandboxSettings


def main(arguments: Sequence[str] | None = None) -> None:
    """Run until stopped. Exits with code 2 and one line if a file or the port can't be used."""
    options = build_parser().parse_args(arguments)
    settings = SandboxSettings(
        host=options.host,
        port=options.port,
        launch_url=options.launch_url,
        seed=options.seed,
        data_folder=options.data,
        client_secret=options.client_secret,
        certificate=options.client_certificate,
    )
    behaviour = Behaviour(roles=tuple(options.roles.split(","))) if options.roles is not None else Behaviour()
    try:
        seed = load_seed(settings.seed)
        app = create_app(settings, seed, behaviour, earlier_photos=options.earlier_photos)
        listener = bound(settings.host, settings.port)
    except SeedError as error:
        sys.exit(_startup_error(str(error)))
    except ValueError as error:
        sys.exit(_startup_error(f"{settings.certificate}: not a PEM certificate ({error})."))
    except OSError as error:
        sys.exit(_startup_error(f"{error.filename or f'{settings.host}:{settings.port}'}: {error.strerror}."))
    with listener:
        host, port = listener.getsockname()[:2]
        url = _url(host, port)
        running = server(
            app,
            lambda: _announce(_environment(settings, next(iter(seed.facilities)), url), url),
            parent=os.getppid() if options.end_with_parent else None,
        )
        # uvicorn ends in order first, and then raises it again.
        with contextlib.suppress(KeyboardInterrupt):
            running.run([listener])


class _OneLine(argparse.ArgumentParser):
    """A parser that refuses an option in one line, as the other commands do."""

    def error(self, message: str) -> NoReturn:
        """Exit with code 2."""
        sentence = message[:1].upper() + message[1:]
        sys.exit(_startup_error(f"{sentence}. `{self.prog} --help` shows the options."))


def build_parser() -> argparse.ArgumentParser:
    """Define the options."""
    parser = _OneLine(
        prog="clinicpro sandbox", description="A stand-in for ALEX and for the Medtech Evolution desktop."
    )
    parser.add_argument("--host", default=SandboxSettings.host, help="address to listen on (%(default)s)")
    parser.add_argument(
        "--port", type=int, default=SandboxSettings.port, help="port, or 0 to use any free one (%(default)s)"
    )
    parser.add_argument("--seed", type=Path, help="JSON file of facilities, practitioners and patients")
    parser.add_argument("--data", type=Path, help="folder for written resources (default: in memory)")
    parser.add_argument(
        "--launch-url",
        default=SandboxSettings.launch_url,
        help="URL that Evolution's icon opens (%(default)s)",
    )
    parser.add_argument(
        "--client-secret", default=SandboxSettings.client_secret, help="client secret to accept (%(default)s)"
    )
    parser.add_argument(
        "--client-certificate", type=Path, help="PEM file of a client certificate to accept as well"
    )
    parser.add_argument("--end-with-parent", action="store_true", help="exit when the parent process exits")
    parser.add_argument(
        "--earlier-photos", action="store_true", help="give some patients photos of earlier visits"
    )
    parser.add_argument("--roles", help="comma-separated roles for its tokens (default: all known roles)")
    return parser


def _url(host: str, port: int) -> str:
    reachable = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared, not bound
    return f"http://[{reachable}]:{port}" if ":" in reachable else f"http://{reachable}:{port}"


def _environment(settings: SandboxSettings, facility: str, url: str) -> list[str]:
    connection = {
        "MEDTECH_API_BASE_URL": f"{url}/FHIR",
        "MEDTECH_TOKEN_URL": f"{url}/{settings.tenant}/oauth2/v2.0/token",
        "MEDTECH_LAUNCH_URL": f"{url}/FHIR/vendorforms/api/getlaunchcontextstring",
        "MEDTECH_TENANT_ID": settings.tenant,
        "MEDTECH_CLIENT_ID": settings.client_id,
        "MEDTECH_CLIENT_SECRET": settings.client_secret,
        "MEDTECH_API_SCOPE": settings.scope,
        "MEDTECH_FACILITY_ID": facility,
    }
    temporary = {
        "CLINICPRO_SECRET_KEY": secrets.token_urlsafe(48),
        "CLINICPRO_ADMIN_TOKEN": secrets.token_urlsafe(24),
    }
    return [
        "# To connect a gateway to this sandbox:",
        *(f"export {name}={shlex.quote(value)}" for name, value in connection.items()),
        "# For trying out only, new at every start:",
        *(f"export {name}={shlex.quote(value)}" for name, value in temporary.items()),
    ]


def _announce(environment: list[str], url: str) -> None:
    lines = [*environment, f"# Evolution stand-in: {url}/evolution"]
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()


def _startup_error(message: str) -> int:
    sys.stderr.write(f"clinicpro sandbox: {message}\n")
    return 2
