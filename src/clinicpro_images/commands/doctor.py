"""`clinicpro doctor`: the checks of `clinicpro_images.doctor` as a table or as JSON."""

import json
from collections.abc import Mapping
from contextlib import nullcontext

from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from clinicpro_images.doctor import Finding, configuration_refused, run_doctor
from clinicpro_images.settings import Need, Settings
from clinicpro_images.settings_reader import SettingsError

_MARKS = {"ok": "[green]ok[/green]", "failed": "[red]failed[/red]", "warning": "[yellow]warning[/yellow]"}


async def run(environ: Mapping[str, str], *, nhi: str | None, as_json: bool) -> int:
    """Run every check; returns 1 when one failed. A wrong setting is a failed check too, and is raised."""
    console = Console()
    wrong: SettingsError | None = None
    needs: tuple[Need, ...] = ("credentials",)
    try:
        settings = Settings.read(environ, require=needs)
    except SettingsError as error:
        wrong = error
        findings = configuration_refused(error)
    else:
        with console.status("Checking the way to ALEX …") if not as_json else nullcontext():
            findings = await run_doctor(settings, nhi=nhi)
    if as_json:
        console.print_json(json.dumps({"findings": [finding.to_json() for finding in findings]}))
    else:
        console.print(_table(findings))
    if wrong is not None:
        raise wrong
    return 1 if any(finding.state == "failed" for finding in findings) else 0


def _table(findings: list[Finding]) -> Table:
    table = Table("Check", "Result", Column("What was found, why, and who must fix it", overflow="fold"))
    for finding in findings:
        told = Text(finding.what)
        if finding.why:
            told.append(f"\nWhy: {finding.why}")
        if finding.who_must_fix:
            told.append(f"\nWho must fix it: {finding.who_must_fix}", style="bold")
        table.add_row(finding.check, _MARKS.get(finding.state, finding.state), told)
    return table
