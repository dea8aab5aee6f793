"""The command `clinicpro`: one function a command, nothing but composing and printing.

Each command is imported when it is asked for: a gateway has no use for what the other eight need.
"""

import asyncio
import logging
import os
import sys
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from clinicpro_images.errors import ClinicProError
from clinicpro_images.logs import configure_logs
from clinicpro_images.settings.errors import SettingsError
from clinicpro_images.settings.settings import Need, Settings

if TYPE_CHECKING:
    pass

WRONG_SETTING = 2

app = typer.Typer(
    help="Clinical photos into the open patient's Medtech record.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def main() -> None:
    """Run the command; a wrong setting or a known problem is one line, never a traceback."""
    try:
        app()
    except SettingsError as error:
        print(f"clinicpro: {error}", file=sys.stderr)  # noqa: T201 - this is the command's voice
        sys.exit(WRONG_SETTING)
    except ClinicProError as error:
        line = " ".join(filter(None, (error.detail, error.integrator)))
        print(f"clinicpro: {line}", file=sys.stderr)  # noqa: T201 - this is the command's voice
        sys.exit(1)
    except OSError as error:
        print(f"clinicpro: {error.strerror or error}: {error.filename or ''}".rstrip(": "), file=sys.stderr)  # noqa: T201
        sys.exit(1)


def read_environment(environ: Mapping[str, str] = os.environ, folder: Path = Path()) -> dict[str, str]:
    """Merge `.env` of the folder under the environment."""
    place = folder / ".env"
    if not place.exists():
        return dict(environ)
    from dotenv import dotenv_values

    from_file = {name: value for name, value in dotenv_values(place).items() if value is not None}
    return {**from_file, **environ}


def _settings(*require: Need) -> Settings:
    return Settings.read(read_environment(), require=require)


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """Return uvloop's event loop, which takes a third less CPU for the same requests, where there is one."""
    try:
        import uvloop  # it doesn't exist on Windows
    except ImportError:
        return None
    return uvloop.new_event_loop


def _run(command: Callable[[], Coroutine[Any, Any, int]]) -> None:
    try:
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            code = runner.run(command())
    except KeyboardInterrupt:
        code = 130
    raise typer.Exit(code)


Port = Annotated[int, typer.Option(min=0, max=65535, help="TCP port; 0 takes a free one.")]


@app.command()
def demo(
    port: Port = 8000,
    *,
    sandbox_port: Port = 8090,
    open_browser: Annotated[bool, typer.Option("--open/--no-open", help="Open a browser.")] = True,
    data: Annotated[Path | None, typer.Option(help="Keep everything in this folder.")] = None,
) -> None:
    """Run sandbox and gateway together on this machine, with nothing to configure."""
    from clinicpro_images.commands import demo as command

    configure_logs(readable=sys.stderr.isatty(), level=logging.WARNING)
    _run(lambda: command.run(port=port, sandbox_port=sandbox_port, open_browser=open_browser, data=data))


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Port = 8000,
) -> None:
    """Run the gateway, configured by the environment."""
    from clinicpro_images.commands import serve as command

    configure_logs(readable=sys.stderr.isatty())
    settings = _settings("credentials", "secret_key")
    _run(lambda: command.run(settings, host=host, port=port))


@app.command(
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True}, add_help_option=False
)
def sandbox(context: typer.Context) -> None:
    """Run the ALEX sandbox alone; --help shows its options."""
    from clinicpro_images.commands import sandbox as command

    raise typer.Exit(command.run(context.args))


@app.command()
def doctor(
    nhi: Annotated[str | None, typer.Option(help="A patient to look up, such as ZZZ0016.")] = None,
    *,
    write: Annotated[
        bool, typer.Option("--write", help="File a marked test picture for a test patient, and read it back.")
    ] = False,
    again: Annotated[bool, typer.Option("--again", help="With --write: file another one.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """Check the way to ALEX step by step, and say who has to fix what."""
    from clinicpro_images.commands import doctor as command

    configure_logs(readable=True, level=logging.CRITICAL)
    how = command.Asked(nhi=nhi, write=write, again=again, as_json=as_json)
    _run(lambda: command.run(read_environment(), how))


@app.command()
def purge() -> None:
    """Destroy pictures that were not filed within 24 hours; the gateway does the same by itself."""
    from clinicpro_images.commands import purge as command

    configure_logs(readable=True, level=logging.CRITICAL)
    settings = _settings("credentials", "secret_key")
    _run(lambda: command.run(settings))


@app.command("rotate-keys")
def rotate_keys() -> None:
    """Seal again what was sealed under a former CLINICPRO_SECRET_KEY; gateways may run meanwhile."""
    from clinicpro_images.commands import rotate_keys as command

    configure_logs(readable=True, level=logging.CRITICAL)
    settings = _settings("secret_key")
    _run(lambda: command.run(settings))


@app.command()
def audit(
    since: Annotated[
        str | None, typer.Option(help="Rows from this date or time on, such as 2026-11-23.")
    ] = None,
    until: Annotated[str | None, typer.Option(help="Rows before this date or time.")] = None,
    *,
    csv: Annotated[bool, typer.Option("--csv", help="Print CSV instead of a table.")] = False,
    ndjson: Annotated[bool, typer.Option("--ndjson", help="Print one JSON object a line.")] = False,
    fhir: Annotated[bool, typer.Option("--fhir", help="Print one FHIR AuditEvent (R4) a line.")] = False,
    verify: Annotated[bool, typer.Option("--verify", help="Print no rows, only check them.")] = False,
    anchor: Annotated[
        str | None, typer.Option(help="An end of the trail, noted earlier, that must still be in it.")
    ] = None,
) -> None:
    """Show who did what, and check that the trail is as it was written."""
    from clinicpro_images.commands import audit as command

    configure_logs(readable=True, level=logging.CRITICAL)
    asked = {"csv": csv, "ndjson": ndjson, "fhir": fhir, "none": verify}
    forms = [form for form, wanted in asked.items() if wanted]
    if len(forms) > 1:
        raise SettingsError("--csv, --ndjson, --fhir and --verify", "can't be combined: choose one.")
    form = cast("command.Format", forms[0] if forms else "table")  # one of the keys above
    settings = _settings("secret_key")
    _run(lambda: command.run(settings, since=since, until=until, form=form, anchor=anchor))


@app.command()
def migrate(
    to: Annotated[str, typer.Option(help="The empty database to move to: postgresql+psycopg://…")],
    *,
    storage: Annotated[
        str | None, typer.Option(help="Move pictures too: to this folder or s3://bucket/prefix.")
    ] = None,
) -> None:
    """Move this installation to another database, each row compared; stop every gateway first."""
    from clinicpro_images.commands import transfer as command

    configure_logs(readable=True, level=logging.CRITICAL)
    settings = _settings("secret_key")
    moved = {"CLINICPRO_DATABASE_URL": to, **({"CLINICPRO_STORAGE_URL": storage} if storage else {})}
    target = Settings.read({**read_environment(), **moved})
    _run(lambda: command.run(settings, target))


@app.command()
def commit(
    files: Annotated[
        list[Path], typer.Argument(exists=True, dir_okay=False, readable=True, help="Picture files.")
    ],
    nhi: Annotated[str, typer.Option(help="Whose pictures these are.")],
    body_site: Annotated[str, typer.Option(help="SNOMED CT code of the body site.")],
    *,
    laterality: Annotated[str | None, typer.Option(help="right, left or both.")] = None,
    view: Annotated[
        str | None, typer.Option(help="context, regional, close-up, dermoscopy or other.")
    ] = None,
    type_: Annotated[
        str | None, typer.Option("--type", help="lesion, rash, wound, infection or other.")
    ] = None,
    label: Annotated[str, typer.Option(help='Such as "Mole 1".')] = "",
    notes: Annotated[str, typer.Option(help="A note that goes with each picture.")] = "",
    provider: Annotated[str | None, typer.Option(help="Practitioner id to file under.")] = None,
) -> None:
    """File pictures from disk, through the same steps as the widget."""
    from clinicpro_images.commands import commit as command

    configure_logs(readable=True, level=logging.CRITICAL)
    settings = _settings("credentials", "secret_key", "facility_id")
    said = {"laterality": laterality, "view": view, "type": type_, "label": label, "notes": notes}
    patch = {"bodySite": {"code": body_site}} | {name: value for name, value in said.items() if value}
    _run(lambda: command.run(settings, files, nhi=nhi, patch=patch, provider_id=provider))
