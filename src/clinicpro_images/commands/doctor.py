"""`clinicpro doctor`: prints the doctor's report as tables or as JSON."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from clinicpro_images.app.open_blobs import open_blobs
from clinicpro_images.commands.console import open_console
from clinicpro_images.crypto.keyring import Keyring
from clinicpro_images.doctor.acceptance import AcceptanceReport
from clinicpro_images.doctor.checks import CheckResult
from clinicpro_images.doctor.installation import InstallationChecks
from clinicpro_images.doctor.run import DoctorReport, configuration_refused, examine
from clinicpro_images.settings.errors import SettingsError
from clinicpro_images.settings.settings import Need, Settings
from clinicpro_images.web.pages import require_pages

_STYLES = {"ok": "green", "failed": "red", "warning": "yellow"}


async def run(
    read: Callable[[], Mapping[str, str]], *, nhi: str | None, write: bool, again: bool, as_json: bool
) -> int:
    """Run every check; returns 1 if one failed. `read` returns the environment.

    A wrong setting is raised, and in JSON it is a failed check too.
    """
    console = open_console()
    refused: SettingsError | None = None
    required: tuple[Need, ...] = ("credentials",)
    try:
        settings = Settings.read(read(), require=required)
    except SettingsError as error:
        refused = error
        report = DoctorReport(findings=configuration_refused(error))
    else:
        with _progress(console, shown=not as_json) as on_result:
            report = await examine(
                settings,
                nhi=nhi,
                write=write,
                again=again,
                on_result=on_result,
                # Nothing is kept in the store, so the installation's own keys aren't needed.
                installation=InstallationChecks(
                    settings,
                    open_blobs=lambda: open_blobs(settings, Keyring("a key for one check only")),
                    require_pages=require_pages,
                ),
            )
    if as_json:
        console.print_json(report.to_json())
    elif refused is None:  # otherwise the one line on standard error says it all
        _print(console, report)
    if refused is not None:
        raise refused
    return 1 if report.has_failed else 0


@contextmanager
def _progress(console: Console, *, shown: bool) -> Iterator[Callable[[CheckResult], None]]:
    if not shown:
        yield lambda _: None
        return
    with console.status("Checking the connection to ALEX …") as status:
        yield lambda result: status.update(
            f"Checking the connection to ALEX … {result.check}: {result.state}"
        )


def _print(console: Console, report: DoctorReport) -> None:
    console.print(_table(report.findings))
    if report.acceptance is not None:
        _print_acceptance(console, report.acceptance)


def _table(results: list[CheckResult]) -> Table:
    table = Table("Check", "Result", Column("What was found, why, and who must fix it", overflow="fold"))
    for result in results:
        text = Text(result.what)
        if result.why:
            text.append(f"\nWhy: {result.why}")
        if result.who_must_fix:
            text.append(f"\nWho must fix it: {result.who_must_fix}", style="bold")
        table.add_row(result.check, _mark(result.state), text)
    return table


def _mark(state: str) -> Text:
    return Text(state, style=_STYLES.get(state, ""))


def _print_acceptance(console: Console, report: AcceptanceReport) -> None:
    console.print("\nAcceptance run, for ALEX support", style="bold")
    for name, value in report.model_dump(by_alias=True, exclude={"steps"}).items():
        console.print(f"{name}: {value}")
    if not report.steps:
        console.print("Not started: a check above failed.")
        return
    table = Table("Target", "Step", "Result", "Status")
    for heading in ("What", "Correlation id, time"):
        table.add_column(heading, overflow="fold")
    for step in report.steps:
        status = "" if step.status is None else str(step.status)
        took = "" if step.milliseconds is None else f", {step.milliseconds} ms"
        when = f"{step.correlation_id}\n{step.at}{took}".strip()
        table.add_row(step.target, step.step, _mark(step.state), status, step.what, when)
    console.print(table)
