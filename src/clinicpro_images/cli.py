"""The command `clinicpro`: the options of each command, and one line for whatever goes wrong.

What a command does is in `commands/`. Its module is loaded when it runs: together they take a second to import.
"""

import asyncio
import importlib
import logging
import secrets
import sys
from collections.abc import Callable, Coroutine
from datetime import date, datetime
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any

import typer

from clinicpro_images.errors import ClinicProError
from clinicpro_images.logs import configure_logs
from clinicpro_images.settings.environment import read_environment
from clinicpro_images.settings.errors import InstallationIncomplete, SettingsError
from clinicpro_images.settings.row import secret_variables
from clinicpro_images.settings.secrecy import forget_variables, keep_memory_private
from clinicpro_images.settings.settings import Need, Settings

if sys.platform == "win32":
    _LOOP_FACTORY = None
else:
    import uvloop

    _LOOP_FACTORY = uvloop.new_event_loop  # a third less CPU for the same requests

WRONG_SETTING = 2
INTERRUPTED = 130

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


def main() -> None:
    """Run the command; a wrong setting or a known problem is one line, never a traceback."""
    try:
        app()
    except SettingsError as error:
        _stop(str(error), WRONG_SETTING)
    except InstallationIncomplete as error:
        _stop(str(error), WRONG_SETTING)
    except ClinicProError as error:
        _stop(" ".join(filter(None, (error.detail, error.integrator))), 1)
    except OSError as error:
        _stop(": ".join(filter(None, (error.strerror or str(error), error.filename))), 1)


def _stop(line: str, code: int) -> None:
    print(f"clinicpro: {line}", file=sys.stderr)  # noqa: T201 - a command prints
    sys.exit(code)


def _command(name: str) -> ModuleType:
    return importlib.import_module(f"clinicpro_images.commands.{name}")


def _settings(*require: Need) -> Settings:
    settings = Settings.read(read_environment(), require=require)
    # Whatever this process starts, or is taken over by, has no use for them.
    forget_variables(secret_variables(Settings))
    keep_memory_private()
    return settings


def _run(command: Callable[[], Coroutine[Any, Any, int]]) -> None:
    try:
        with asyncio.Runner(loop_factory=_LOOP_FACTORY) as runner:
            code = runner.run(command())
    except KeyboardInterrupt:
        code = INTERRUPTED
    raise typer.Exit(code)


def _print_version(asked: bool) -> None:
    if asked:
        print(_command("version").version_line())  # noqa: T201 - a command prints
        raise typer.Exit


Port = Annotated[int, typer.Option(min=0, max=65535, help="TCP port; 0 picks a free one.")]


@app.callback()
def clinicpro(
    *,
    version: Annotated[
        bool,
        typer.Option("--version", help="Show version and commit.", callback=_print_version, is_eager=True),
    ] = False,
) -> None:
    """Clinical photos in the open patient's Medtech record."""


@app.command()
def demo(
    port: Port = 8000,
    *,
    sandbox_port: Port = 8090,
    open_browser: Annotated[bool, typer.Option("--open/--no-open", help="Open a browser.")] = True,
    data: Annotated[Path | None, typer.Option(help="Keep all data in this folder.")] = None,
    lan: Annotated[
        bool,
        typer.Option("--lan", help="Serve https on the local network, so that a phone can open the QR code."),
    ] = False,
    lan_address: Annotated[
        str | None, typer.Option(help="With --lan: this machine's address, if it has several.")
    ] = None,
) -> None:
    """Run sandbox and gateway together on this machine; nothing to configure."""
    configure_logs(readable=sys.stderr.isatty(), level=logging.WARNING)
    command = _command("demo")
    address = (lan_address or _command("lan").local_address()) if lan else None
    _run(
        lambda: command.run(
            port=port, sandbox_port=sandbox_port, open_browser=open_browser, data=data, lan=address
        )
    )


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Port = 8000,
) -> None:
    """Run the gateway, configured by environment variables."""
    configure_logs(readable=sys.stderr.isatty())
    settings = _settings("credentials", "secret_key")
    command = _command("serve")
    _run(lambda: command.run(settings, host=host, port=port))


@app.command(
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True}, add_help_option=False
)
def sandbox(context: typer.Context) -> None:
    """Run the ALEX sandbox alone; --help shows its options."""
    raise typer.Exit(_command("sandbox").run(context.args))


@app.command()
def doctor(
    nhi: Annotated[str | None, typer.Option(help="A patient to look up, such as ZZZ0016.")] = None,
    *,
    write: Annotated[
        bool, typer.Option("--write", help="File a marked test image for a test patient, and read it back.")
    ] = False,
    again: Annotated[
        bool, typer.Option("--again", help="With --write: file another one, even if there is one already.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """Diagnose the connection to ALEX and show who needs to fix each problem."""
    configure_logs(readable=True, level=logging.CRITICAL)
    command = _command("doctor")
    _run(lambda: command.run(read_environment, nhi=nhi, write=write, again=again, as_json=as_json))


@app.command()
def purge() -> None:
    """Delete images that weren't filed within 24 hours; the gateway does so automatically."""
    configure_logs(readable=True, level=logging.CRITICAL)
    settings = _settings("credentials", "secret_key")
    command = _command("purge")
    _run(lambda: command.run(settings))


@app.command()
def migrate() -> None:
    """Upgrade the database to this version's schema; the gateway does so when it starts."""
    configure_logs(readable=True, level=logging.CRITICAL)
    settings = _settings()
    command = _command("migrate")
    _run(lambda: command.run(settings))


@app.command("mark-restored")
def mark_restored(
    backup_at: Annotated[
        str | None, typer.Option(help="When the backup was made, such as 2026-11-23T02:30:00Z.")
    ] = None,
) -> None:
    """Mark the database as an earlier state: the next start looks before it files. Stop every gateway first."""
    configure_logs(readable=True, level=logging.CRITICAL)
    at = None if backup_at is None else _moment(backup_at)
    settings = _settings()
    command = _command("mark_restored")
    _run(lambda: command.run(settings, at))


@app.command()
def transfer(
    to: Annotated[str, typer.Option(help="The empty database to move to: postgresql+psycopg://…")],
    *,
    storage: Annotated[
        str | None, typer.Option(help="Move staged images too: to this folder or s3://bucket/prefix.")
    ] = None,
) -> None:
    """Move this installation to another database, comparing every row. Stop every gateway first."""
    configure_logs(readable=True, level=logging.CRITICAL)
    environ = read_environment()
    settings = _settings("secret_key")
    options = {"CLINICPRO_DATABASE_URL": ("--to", to), "CLINICPRO_STORAGE_URL": ("--storage", storage)}
    given = {variable: value for variable, (_, value) in options.items() if value is not None}
    try:
        target = Settings.read({**environ, **given})
    except SettingsError as error:
        option, _ = options.get(error.variable, (error.variable, None))
        raise SettingsError(option, error.sentence) from error
    command = _command("transfer")
    _run(lambda: command.run(settings, target))


@app.command("new-key")
def new_key() -> None:
    """Print a strong value for CLINICPRO_SECRET_KEY."""
    print(secrets.token_urlsafe(32))  # noqa: T201 - a command prints


@app.command("rotate-keys")
def rotate_keys() -> None:
    """Re-encrypt data stored under a previous CLINICPRO_SECRET_KEY. Safe while gateways run."""
    configure_logs(readable=True, level=logging.CRITICAL)
    settings = _settings("secret_key")
    command = _command("rotate_keys")
    _run(lambda: command.run(settings))


@app.command()
def audit(
    since: Annotated[
        str | None, typer.Option(help="Only rows from this date or time on, such as 2026-11-23.")
    ] = None,
    until: Annotated[str | None, typer.Option(help="Only rows before this date or time.")] = None,
    *,
    csv: Annotated[bool, typer.Option("--csv", help="Print CSV instead of a table.")] = False,
    ndjson: Annotated[bool, typer.Option("--ndjson", help="Print one JSON object a line.")] = False,
    fhir: Annotated[bool, typer.Option("--fhir", help="Print one FHIR AuditEvent (R4) a line.")] = False,
    verify: Annotated[
        bool, typer.Option("--verify", help="Only verify the trail, without printing rows.")
    ] = False,
    anchor: Annotated[
        str | None,
        typer.Option(help="Chain heads that an earlier run printed; they must still be in the trail."),
    ] = None,
) -> None:
    """Show who did what, and verify the audit trail's integrity."""
    configure_logs(readable=True, level=logging.CRITICAL)
    chosen = [
        form for form, on in {"csv": csv, "ndjson": ndjson, "fhir": fhir, "none": verify}.items() if on
    ] or ["table"]
    if len(chosen) > 1:
        raise SettingsError("--csv, --ndjson, --fhir and --verify", "can't be combined: choose one.")
    settings = _settings("secret_key")
    command = _command("audit")
    _run(lambda: command.run(settings, since=since, until=until, form=chosen[0], anchor=anchor))


@app.command()
def commit(
    files: Annotated[
        list[Path], typer.Argument(exists=True, dir_okay=False, readable=True, help="Photos and PDFs.")
    ],
    nhi: Annotated[str, typer.Option(help="The patient's NHI.")],
    provider: Annotated[str, typer.Option(help="ID of the practitioner to file under.")],
    *,
    body_site: Annotated[str | None, typer.Option(help="SNOMED CT code of the body site.")] = None,
    body_site_text: Annotated[
        str | None, typer.Option(help="The body site in words, if the list has no code for it.")
    ] = None,
    laterality: Annotated[str | None, typer.Option(help="right, left or both.")] = None,
    view: Annotated[
        str | None, typer.Option(help="context, regional, close-up, dermoscopy or other.")
    ] = None,
    type_: Annotated[
        str | None, typer.Option("--type", help="lesion, rash, wound, infection or other.")
    ] = None,
    label: Annotated[str, typer.Option(help='Such as "Mole 1".')] = "",
    notes: Annotated[str, typer.Option(help="A note that goes with each photo.")] = "",
    birth_date: Annotated[
        str | None, typer.Option(help="The patient's birth date, such as 1965-08-07, as a second identifier.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask; needs --birth-date.")] = False,
    again: Annotated[
        bool, typer.Option("--again", help="File files again that were already filed to this patient.")
    ] = False,
) -> None:
    """Show whose record photos and PDFs from disk go to, ask, and file them."""
    configure_logs(readable=True, level=logging.CRITICAL)
    settings = _settings("credentials", "secret_key", "facility_id")
    if (body_site is None) == (body_site_text is None):
        raise SettingsError("--body-site and --body-site-text", "say where it is: give exactly one of them.")
    if birth_date is not None and not _is_date(birth_date):
        raise SettingsError("--birth-date", "must be a date such as 1965-08-07.")
    if yes and birth_date is None:
        raise SettingsError("--birth-date", "is missing; --yes needs it as the patient's second identifier.")
    given = {"laterality": laterality, "view": view, "type": type_, "label": label, "notes": notes}
    site = {"code": body_site} if body_site is not None else {"text": body_site_text}
    details = {"bodySite": site} | {name: value for name, value in given.items() if value}
    command = _command("commit")
    request = command.Request(
        nhi=nhi, provider_id=provider, details=details, birth_date=birth_date, confirmed=yes, again=again
    )
    _run(lambda: command.run(settings, files, request))


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text).astimezone()
    except ValueError as error:
        raise SettingsError("--backup-at", "must be a date or time such as 2026-11-23T02:30:00Z.") from error


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
