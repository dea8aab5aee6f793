"""`clinicpro doctor`: the checks of `clinicpro_images.doctor.run` as a table or as JSON."""

import json
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from clinicpro_images.doctor.acceptance import TEST_NHI, CommitAcceptance, Step
from clinicpro_images.doctor.run import Finding, configuration_refused, run_doctor
from clinicpro_images.records.alex.connect import open_alex
from clinicpro_images.settings.errors import SettingsError
from clinicpro_images.settings.settings import Need, Settings

_MARKS = {"ok": "[green]ok[/green]", "failed": "[red]failed[/red]", "warning": "[yellow]warning[/yellow]"}


@dataclass(frozen=True)
class Asked:
    """The options of the command."""

    nhi: str | None
    write: bool = False
    again: bool = False
    as_json: bool = False


async def run(environ: Mapping[str, str], asked: Asked) -> int:
    """Run every check; returns 1 when one failed. A wrong setting is a failed check too, and is raised."""
    console = Console()
    wrong: SettingsError | None = None
    needs: tuple[Need, ...] = ("credentials",)
    steps: list[Step] = []
    settings: Settings | None = None
    nhi = asked.nhi or (TEST_NHI if asked.write else None)
    try:
        settings = Settings.read(environ, require=needs)
    except SettingsError as error:
        wrong = error
        findings = configuration_refused(error)
    else:
        with console.status("Checking the way to ALEX …") if not asked.as_json else nullcontext():
            findings = await run_doctor(settings, nhi=nhi)
            if asked.write and not any(finding.state == "failed" for finding in findings):
                async with open_alex(settings) as alex:
                    steps = await CommitAcceptance(settings, alex, nhi or "", again=asked.again).run()
    report: dict[str, Any] = {"findings": [finding.to_json() for finding in findings]}
    if asked.write and settings is not None:
        report["acceptance"] = _about(settings, nhi or "") | {"steps": [step.to_json() for step in steps]}
    if asked.as_json:
        console.print_json(json.dumps(report))
    else:
        console.print(_table(findings))
        if asked.write and settings is not None:
            _print_acceptance(console, _about(settings, nhi or ""), steps)
    if wrong is not None:
        raise wrong
    return 1 if "failed" in [each.state for each in findings] + [step.state for step in steps] else 0


def _about(settings: Settings, nhi: str) -> dict[str, str]:
    return {
        "product": f"ClinicPro Images {version('clinicpro-images')}",
        "environment": settings.environment,
        "facilityId": settings.facility_id or "",
        "clientId": settings.client_id,
        "nhi": nhi.upper(),
    }


def _print_acceptance(console: Console, about: Mapping[str, str], steps: list[Step]) -> None:
    console.print("\nAcceptance run, for ALEX support", style="bold")
    for name, value in about.items():
        console.print(f"{name}: {value}", markup=False)
    table = Table("Target", "Step", "Result", "Status")
    for heading in ("What", "Correlation id, time"):
        table.add_column(heading, overflow="fold")
    for step in steps:
        status = "" if step.status is None else str(step.status)
        when = f"{step.correlation_id}\n{step.at}" + (
            "" if step.milliseconds is None else f", {step.milliseconds} ms"
        )
        table.add_row(
            step.target, step.step, _MARKS.get(step.state, step.state), status, Text(step.what), when.strip()
        )
    console.print(table if steps else "Not begun: a check above failed.")


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
