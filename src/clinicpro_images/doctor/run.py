"""The doctor: examines the connection to Medtech step by step, and says what fails, why, and whose it is to fix.

The order is that of a request on its way: configuration, DNS, TCP, TLS, token, roles, facility, patient. The first
failure ends the examination, because everything behind it would only fail for the same reason.
"""

import time
from collections.abc import Callable

from clinicpro_images.doctor.checks import CHECKS, YOU, Examination, Finding
from clinicpro_images.records.alex.connect import open_alex
from clinicpro_images.settings.errors import SettingsError
from clinicpro_images.settings.settings import Settings

__all__ = ["CHECKS", "Finding", "configuration_refused", "run_doctor"]


def configuration_refused(error: SettingsError) -> list[Finding]:
    """Return the findings where the settings themselves can't be read."""
    why = f"{error.variable} {error.sentence}"
    return _with_rest([Finding("configuration", "failed", "A setting is missing or wrong.", why, YOU)])


async def run_doctor(
    settings: Settings,
    *,
    nhi: str | None,
    on_finding: Callable[[Finding], None] = lambda _: None,
    clock: Callable[[], float] = time.time,
) -> list[Finding]:
    """Examine the connection and return one finding for each of CHECKS; `on_finding` hears each as it is made.

    Takes at most some tens of seconds: CLINICPRO_ALEX_CONNECT_TIMEOUT bounds the connection, ten seconds the token.
    """
    try:
        async with open_alex(settings, clock=clock) as alex:
            return await _examined(Examination(settings, alex, nhi), on_finding)
    except SettingsError as error:
        findings = configuration_refused(error)
        for finding in findings:
            on_finding(finding)
        return findings


async def _examined(examination: Examination, on_finding: Callable[[Finding], None]) -> list[Finding]:
    findings: list[Finding] = []
    for check in examination.checks():
        finding = await check()
        findings.append(finding)
        on_finding(finding)
        if finding.state == "failed":
            break
    complete = _with_rest(findings)
    for finding in complete[len(findings) :]:
        on_finding(finding)
    return complete


def _with_rest(findings: list[Finding]) -> list[Finding]:
    rest = CHECKS[len(findings) :]
    return [*findings, *(Finding(check, "skipped", "Not reached.") for check in rest)]
