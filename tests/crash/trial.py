"""One trial: gateways are killed over and over while clinicians file and ALEX misbehaves; then everything is counted."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from crash.clinician import PATIENTS, Clinician, Tally
from crash.fault_mix import fault_mix
from crash.pace import Pace
from crash.programs import GatewayProgram, free_port
from crash.restoring import Restoration, Where, restore_in_the_middle
from running import Sandbox, running_sandbox
from titles import line_of

# The product's own times, made small. CLINICPRO_RECONCILE_AFTER stays above the whole-request timeout, as the settings demand.
HASTE = {
    "CLINICPRO_ALEX_CONNECT_TIMEOUT": "1",
    "CLINICPRO_ALEX_READ_TIMEOUT": "1",
    "CLINICPRO_SETTLING": "4",
    "CLINICPRO_RETRY_FIRST_WAIT": "0.1",
    "CLINICPRO_RETRY_LONGEST_WAIT": "1",
    "CLINICPRO_LEASE": "1",
    "CLINICPRO_FACILITY_AT_ONCE": "8",
    "CLINICPRO_SECRET_KEY": "the same secret at every start",
}
# What a gateway logs about a fault of its own, as opposed to one of ALEX's.
_OWN_FAULTS = ("commit.fault", "request.fault", "queue.unreadable")


@dataclass(frozen=True)
class Terms:
    """How hard the trial is. With `restore`, a backup is restored in the middle, on PostgreSQL into another database."""

    images: int
    kills: int
    seed: int
    gateways: int = 1
    database_url: str | None = None
    per_visit: int = 5
    visits_at_once: int = 4
    restore: Where | None = None
    restored_database_url: str | None = None
    search_shows: str = "everything"


@dataclass
class Verdict:
    """What came of it. `lost`, `twice`, `unsettled` and `wrong_id` are labels of images.

    `offered` are those that were shown as not filed after a restore, although they were in the record.
    """

    terms: Terms
    kills: int = 0
    kills_while_filing: int = 0
    seconds: float = 0.0
    landed: int = 0
    lost: list[str] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)
    unsettled: dict[str, str] = field(default_factory=dict)
    wrong_id: list[str] = field(default_factory=list)
    faults: dict[str, int] = field(default_factory=dict)
    own_faults: dict[str, int] = field(default_factory=dict)
    offered: list[str] = field(default_factory=list)
    asked: int = 0
    restoration: Restoration | None = None
    presses_of_retry: int = 0
    requests_tried_again: int = 0

    @property
    def clean(self) -> bool:
        """Whether every image is in the record once, and the gateway knows it."""
        wrong = (self.lost, self.twice, self.unsettled, self.wrong_id, self.offered)
        return self.landed == self.terms.images and not any(wrong)


async def run_trial(terms: Terms, folder: Path) -> Verdict:
    """Run a trial with its data in `folder`."""
    started = time.monotonic()
    verdict = Verdict(terms)
    with running_sandbox() as sandbox, _gateways(terms, sandbox, folder) as gateways:
        sandbox.call("PUT", "/sandbox/settings", {"searchShows": terms.search_shows})
        sandbox.call("PUT", "/sandbox/faults", fault_mix(terms.seed))
        tally = Tally()
        pace = Pace(terms.images, terms.kills, terms.seed, tally)
        # Visits wait for kills: if a gateway doesn't come back, the trial fails instead of waiting forever.
        async with asyncio.TaskGroup() as tasks:
            for number, gateway in enumerate(gateways):
                tasks.create_task(_kill_again_and_again(gateway, number, pace))
            visits = tasks.create_task(_visits(terms, sandbox, gateways, tally, pace))
            if terms.restore is not None:
                verdict.restoration = Restoration(terms.restore)
                tasks.create_task(
                    restore_in_the_middle(
                        verdict.restoration, sandbox, gateways, folder, terms.restored_database_url, tally, pace,
                        visits,
                    )
                )  # fmt: skip
        if terms.restore is not None:
            await _last_visits(sandbox, gateways, tally, pace)
        plan = sandbox.call("GET", "/sandbox/faults")
        _count(verdict, tally, sandbox)
        verdict.kills, verdict.kills_while_filing = pace.kills, pace.kills_while_filing
        for fault in plan["faults"]:
            name = fault["kind"] + (" after" if fault.get("afterWrite") else "")
            verdict.faults[name] = verdict.faults.get(name, 0) + fault["happened"]
        verdict.own_faults = {
            event: count for event in _OWN_FAULTS if (count := sum(each.logged(event) for each in gateways))
        }
    verdict.seconds = time.monotonic() - started
    return verdict


@contextmanager
def _gateways(terms: Terms, sandbox: Sandbox, folder: Path) -> Iterator[list[GatewayProgram]]:
    ports = [free_port() for _ in range(terms.gateways)]
    environ = sandbox.environ | HASTE
    environ["CLINICPRO_PUBLIC_URL"] = f"http://127.0.0.1:{ports[0]}"
    environ["CLINICPRO_DATA_DIR"] = str(folder / "data")
    if terms.database_url is not None:
        environ["CLINICPRO_DATABASE_URL"] = terms.database_url
    gateways = [GatewayProgram(environ, folder, port) for port in ports]
    try:
        for gateway in gateways:
            gateway.start()
        yield gateways
    finally:
        for gateway in gateways:
            gateway.kill()


async def _kill_again_and_again(gateway: GatewayProgram, number: int, pace: Pace) -> None:
    random = pace.random("kills", number)
    async with gateway.turn:
        await gateway.ready()
    while not pace.over:
        await pace.filing(at_most=3.0)
        await asyncio.sleep(random.uniform(0.02, 1.0))
        async with gateway.turn:
            gateway.check_alive()
            gateway.kill()
            await pace.count_kill()
            gateway.start()
            # Now and then it dies again before it is up: in its migration, its first query, its first token.
            if random.random() < 0.2 and not pace.over:
                await asyncio.sleep(random.uniform(0.1, 1.0))
                gateway.kill()
                await pace.count_kill()
                gateway.start()
            await gateway.ready()


async def _visits(
    terms: Terms, sandbox: Sandbox, gateways: list[GatewayProgram], tally: Tally, pace: Pace
) -> None:
    labels = [f"Mole {number}" for number in range(1, terms.images + 1)]
    groups = [labels[at : at + terms.per_visit] for at in range(0, len(labels), terms.per_visit)]
    permitted = asyncio.Semaphore(terms.visits_at_once)
    origins = [gateway.origin for gateway in gateways]

    # A launch brings in what another session of its provider has left of the patient: a patient has one visit at a time.
    patients = list(PATIENTS)

    async def visit(number: int, group: list[str]) -> None:
        async with permitted:
            patient = patients.pop(0)
            clinician = Clinician(sandbox, origins, origins[0], pace.random("visit", number), tally, patient)
            await clinician.visit(group, pace.may_file)
            patients.append(patient)

    async with asyncio.TaskGroup() as tasks:
        for number, group in enumerate(groups):
            tasks.create_task(visit(number, group))


async def _last_visits(sandbox: Sandbox, gateways: list[GatewayProgram], tally: Tally, pace: Pace) -> None:
    """Open each patient once more: what a restore left of earlier visits is looked for, or asked."""
    origins = [gateway.origin for gateway in gateways]
    async with asyncio.TaskGroup() as tasks:
        for patient in PATIENTS:
            random = pace.random("last visit", patient)
            clinician = Clinician(sandbox, origins, origins[0], random, tally, patient)
            tasks.create_task(clinician.come_back())


def _count(verdict: Verdict, tally: Tally, sandbox: Sandbox) -> None:
    documents = sandbox.resources()
    labels = [f"Mole {number}" for number in range(1, verdict.terms.images + 1)]
    # Without its date, the title a colleague reads ends with the label, and no label is another one's end.
    landed = Counter(line_of(document).rpartition(" – ")[2] for document in documents)
    ids = {line_of(document).rpartition(" – ")[2]: document["id"] for document in documents}
    identifiers = Counter(document["identifier"]["value"] for document in documents)
    contents = Counter(document["sha256"] for document in documents)
    verdict.landed = len(documents)
    verdict.lost = [label for label in labels if not landed[label]]
    verdict.twice = [label for label in labels if landed[label] > 1]
    verdict.twice += [
        value for counted in (identifiers, contents) for value, count in counted.items() if count > 1
    ]
    verdict.unsettled = tally.unsettled
    verdict.wrong_id = [label for label, found in tally.filed.items() if found != ids.get(label)]
    verdict.offered = tally.offered
    verdict.asked = len(tally.asked)
    if verdict.restoration is not None:
        verdict.lost += verdict.restoration.lost
        verdict.restoration.taken_again = len(tally.taken_again)
    verdict.presses_of_retry = tally.presses_of_retry
    verdict.requests_tried_again = tally.requests_tried_again
