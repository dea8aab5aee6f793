"""The doctor: runs the checks in order, then the acceptance run if it is wanted, and reports the results.

The order is that of a request: configuration, DNS, TCP, TLS, token, roles, facility, patient. The first failure ends
it, because everything after it would fail for the same reason. The checks of the installation itself follow.
"""

import time
from collections.abc import Callable
from importlib.metadata import version

from clinicpro_images.doctor.acceptance import TEST_NHI, AcceptanceReport, AcceptanceRun, AcceptanceStep
from clinicpro_images.doctor.checks import CHECKS, YOU, CheckResult, ConnectionChecks, failed, skipped
from clinicpro_images.doctor.installation import InstallationChecks
from clinicpro_images.doctor.sight import report_sight
from clinicpro_images.records.alex.connect import open_alex
from clinicpro_images.schemas import Schema
from clinicpro_images.settings.errors import SettingsError
from clinicpro_images.settings.settings import Settings


class DoctorReport(Schema):
    """The results of the checks and, if there was one, of the acceptance run."""

    findings: list[CheckResult]
    acceptance: AcceptanceReport | None = None

    @property
    def has_failed(self) -> bool:
        """Whether a check or a step failed; warnings don't count."""
        states: list[str] = [finding.state for finding in self.findings]
        if self.acceptance is not None:
            states += [step.state for step in self.acceptance.steps]
        return "failed" in states

    def to_json(self) -> str:
        """Return it as JSON, without `acceptance` if there was no acceptance run."""
        return self.model_dump_json(by_alias=True, exclude=None if self.acceptance else {"acceptance"})


def configuration_refused(error: SettingsError) -> list[CheckResult]:
    """Return the results if the settings themselves are wrong."""
    why = f"{error.variable} {error.sentence}"
    return _with_rest([failed("configuration", "A setting is missing or wrong.", why, YOU)])


async def run_doctor(
    settings: Settings,
    *,
    nhi: str | None,
    on_result: Callable[[CheckResult], None] = lambda _: None,
) -> list[CheckResult]:
    """Check the connection and return one result for each of CHECKS; `on_result` is called with each as it is made.

    Takes at most some tens of seconds: CLINICPRO_ALEX_CONNECT_TIMEOUT limits the connection, ten seconds the token.
    """
    try:
        async with open_alex(settings, clock=time.time) as alex:
            return await _run_checks(ConnectionChecks(settings, alex, nhi), on_result)
    except SettingsError as error:
        results = configuration_refused(error)
        for result in results:
            on_result(result)
        return results


async def examine(
    settings: Settings,
    *,
    nhi: str | None,
    write: bool,
    again: bool,
    on_result: Callable[[CheckResult], None],
    installation: InstallationChecks | None = None,
) -> DoctorReport:
    """Run the checks and, if `write` is set and none failed, the acceptance run.

    `nhi` is by default the test patient of the acceptance run; `again` files new images even if an earlier run's are there.
    """
    nhi = nhi or (TEST_NHI if write else None)
    findings = await run_doctor(settings, nhi=nhi, on_result=on_result)
    if installation is not None:
        findings += await installation.run()
    report = DoctorReport(findings=findings)
    if not write or nhi is None:
        return report
    steps: list[AcceptanceStep] = []
    if not report.has_failed:
        async with open_alex(settings) as alex:
            run = AcceptanceRun(settings, alex, nhi, again=again)
            steps = [*await run.run(), *await report_sight(settings, run.sights)]
    acceptance = AcceptanceReport(
        product=f"ClinicPro Images {version('clinicpro-images')}",
        environment=settings.environment,
        facility_id=settings.facility_id or "",
        client_id=settings.client_id,
        nhi=nhi.upper(),
        steps=steps,
    )
    return DoctorReport(findings=report.findings, acceptance=acceptance)


async def _run_checks(
    checks: ConnectionChecks, on_result: Callable[[CheckResult], None]
) -> list[CheckResult]:
    results: list[CheckResult] = []
    for check in checks.in_order():
        results.append(await check())
        on_result(results[-1])
        if results[-1].state == "failed":
            break
    complete = _with_rest(results)
    for result in complete[len(results) :]:
        on_result(result)
    return complete


def _with_rest(results: list[CheckResult]) -> list[CheckResult]:
    return [*results, *(skipped(check, "Not reached.") for check in CHECKS[len(results) :])]
