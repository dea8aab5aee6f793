"""The acceptance run: files one marked test image to each permitted target, for a test patient, and reads it back.

A filed image can't be removed. So only test patients get one, and a second run finds the images of the first.
"""

import json
import time
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, TypeVar

from nhi import is_nhi

from clinicpro_images.commits.sight import Control, Sight
from clinicpro_images.imaging.fit import fit_media, fit_scan
from clinicpro_images.imaging.limits import FitLimits
from clinicpro_images.imaging.test_image import marked_image
from clinicpro_images.records.alex import resources
from clinicpro_images.records.alex.client import AlexClient
from clinicpro_images.records.alex.fhir import Created
from clinicpro_images.records.alex.look import shapes
from clinicpro_images.records.alex.records import is_fhir_id
from clinicpro_images.records.alex.roles import MEDIA_WRITE, SCAN_WRITE, holds
from clinicpro_images.records.errors import RecordSystemError, RecordSystemForbidden
from clinicpro_images.records.protocol import ImageTarget, PatientRecord, PractitionerRecord, Sought
from clinicpro_images.schemas import Schema
from clinicpro_images.settings.settings import Settings

TEST_NHI = "ZZZ0016"
TITLE = "TEST PICTURE of ClinicPro Images, not of a patient"

R = TypeVar("R")
StepState = Literal["ok", "failed", "skipped"]

_ROLES: dict[ImageTarget, str] = {"scan": SCAN_WRITE, "media": MEDIA_WRITE}
_ASSUMED_LAG = 60.0
_IDENTIFIER_NAMESPACE = uuid.UUID("5d0f4f4e-6f6b-4c0c-9d51-8f0f6c1a2b7e")


class AcceptanceStep(Schema):
    """One call of the run, for ALEX support. `status` is ALEX's HTTP status; `at` is the start, ISO 8601 in UTC."""

    target: str = ""
    step: str
    state: StepState
    what: str
    status: int | None = None
    resource_id: str = ""
    identifier: str = ""
    correlation_id: str = ""
    at: str = ""
    milliseconds: int | None = None


class AcceptanceReport(Schema):
    """Everything that ALEX support needs to know about the run."""

    product: str
    environment: str
    facility_id: str
    client_id: str
    nhi: str
    steps: list[AcceptanceStep]


class AcceptanceRun:
    """One run against one practice."""

    def __init__(
        self,
        settings: Settings,
        alex: AlexClient,
        nhi: str,
        *,
        again: bool = False,
    ) -> None:
        """`again` files new images even if an earlier run's are there."""
        self._settings = settings
        self._alex = alex
        self._nhi = nhi.strip().upper()
        self._again = again
        self._facility = settings.facility_id or ""
        self._earlier_runs = settings.data_dir / "acceptance.json"
        self._steps: list[AcceptanceStep] = []
        self.sights: list[Sight] = []
        """What each query showed of an image that is known to be there."""

    async def run(self) -> list[AcceptanceStep]:
        """Run every step and return them. The first that fails ends its target."""
        if not (self._nhi.startswith("Z") and is_nhi(self._nhi, allow_test_values=True)):
            only = "Only a test patient gets a test image: use an NHI that starts with Z."
            return [AcceptanceStep(step="patient", state="failed", what=only)]
        patient = await self._patient()
        author = None if patient is None else await self._author(patient)
        if patient is not None and author is not None:
            held = (await self._alex.tokens.token()).roles
            for target, role in _ROLES.items():
                if held and not holds(held, role):
                    self._skip(target, f"The token doesn't have the role {role}.")
                else:
                    await self._file(target, patient, author)
        return self._steps

    async def _patient(self) -> PatientRecord | None:
        found = await self._call(
            "patient", lambda ids: self._alex.patients_by_nhi(self._nhi, **ids), _judge_patients
        )
        return found[0] if found else None

    async def _author(self, patient: PatientRecord) -> str | None:
        gp_id = patient.general_practitioner_id
        if gp_id is not None and is_fhir_id(gp_id):
            return gp_id
        people = await self._call("provider", lambda ids: self._alex.practitioners(**ids), _judge_providers)
        return people[0].id if people else None

    async def _file(self, target: ImageTarget, patient: PatientRecord, author: str) -> None:
        name = f"{self._settings.alex_base_url}/{self._facility}/{patient.id}/{target}"
        identifier = uuid.uuid4().hex if self._again else uuid.uuid5(_IDENTIFIER_NAMESPACE, name).hex
        known = None if self._again else self._read_earlier_runs().get(identifier)
        if known is None and not self._again:
            known = await self._search("look for an earlier run", target, identifier, patient, _judge_search)
        if known is not None:
            what = f"Filed by an earlier run as {known}; not filed again. --again files another."
            self._skip(target, what, resource_id=known, identifier=identifier)
        else:
            created = await self._write(target, patient, author, identifier)
            if created is None:
                return
            self._remember(identifier, created.id)
            known = created.id
        await self._search("read back", target, identifier, patient, _judge_read_back, known=known)

    async def _write(
        self, target: ImageTarget, patient: PatientRecord, author: str, identifier: str
    ) -> Created | None:
        image, limits = marked_image(), FitLimits()
        created_at = datetime.fromtimestamp(time.time(), UTC)
        if target == "scan":
            fitted = fit_scan(image, "image/jpeg", description=TITLE, limits=limits)
            document = resources.document_reference(
                identifier=identifier,
                patient_reference=resources.reference(self._settings.alex_base_url, "Patient", patient.id),
                author_reference=resources.reference(self._settings.alex_base_url, "Practitioner", author),
                created=created_at,
                title=resources.file_name(TITLE, fitted.content_type),
                description=TITLE,
                content_type=fitted.content_type,
                parts=fitted.parts,
            )
            return await self._call(
                "file",
                lambda ids: self._alex.create_document_reference(document, **ids),
                _judge_created,
                target=target,
                identifier=identifier,
            )
        fitted = fit_media(image, "image/jpeg", limits=limits)
        media = resources.media(
            identifier=identifier,
            patient_reference=f"Patient/{patient.id}",
            operator_reference=f"Practitioner/{author}",
            created=created_at,
            title=resources.file_name(TITLE, fitted.content_type),
            content_type=fitted.content_type,
            parts=fitted.parts,
            note=TITLE,
        )
        return await self._call(
            "file",
            lambda ids: self._alex.create_media(media, **ids),
            _judge_created,
            target=target,
            identifier=identifier,
        )

    async def _search(
        self,
        step: str,
        target: ImageTarget,
        identifier: str,
        patient: PatientRecord,
        judge: Callable[[list[str]], tuple[bool, str]],
        *,
        known: str | None = None,
    ) -> str | None:
        """Return the id of the resource that ALEX finds, if any; `known` is one that is there, to prove sight."""
        sought = Sought(target, identifier, patient.id, self._nhi, self._facility)
        found = await self._call(
            step,
            lambda ids: self._find(sought, known, ids["correlation_id"]),
            judge,
            target=target,
            identifier=identifier,
        )
        return found[0] if found else None

    async def _find(self, sought: Sought, known: str | None, correlation_id: str) -> list[str]:
        """Search with each query until one shows it; raises RecordSystemForbidden if all are refused."""
        refusal: RecordSystemForbidden | None = None
        answered = False
        target: ImageTarget = "scan" if sought.kind == "scan" else "media"
        started = time.time()
        for shape in shapes(sought.kind):
            sight = Sight(self._facility, target, shape, "blind", started)
            try:
                found = await self._alex.look(shape, sought, correlation_id=correlation_id)
            except RecordSystemForbidden as error:
                refusal = error
                self.sights += [replace(sight, state="refused")] if known else []
                continue
            answered, ids = True, found.ids_of(sought.identifier)
            if known in ids:
                control = Control(sought.identifier, known, sought.patient_id, sought.nhi)
                # How long after the write this was is measured after a success of the gateway's own.
                self.sights.append(replace(sight, state="proven", lag=_ASSUMED_LAG, control=control))
            elif known and found.complete:
                self.sights.append(sight)
            if ids:
                return ids
        if refusal is not None and not answered:
            raise refusal
        return []

    async def _call(
        self,
        step: str,
        send: Callable[[dict[str, str]], Awaitable[R]],
        judge: Callable[[R], tuple[bool, str]],
        *,
        target: str = "",
        identifier: str = "",
    ) -> R | None:
        """Make one call and record how it went; None if it failed. `judge` returns whether the response is right, and why."""
        correlation_id, started = str(uuid.uuid4()), time.time()
        found: R | None = None
        status: int | None = None
        state: StepState = "failed"
        try:
            found = await send({"facility_id": self._facility, "correlation_id": correlation_id})
            is_right, what = judge(found)
            state = "ok" if is_right else "failed"
        except RecordSystemForbidden as error:
            status, what = error.upstream_status, f"Not allowed: {error.integrator}"
            # Searching is optional: not every vendor profile has the roles for it.
            state = "failed" if step in {"file", "patient", "provider"} else "skipped"
        except RecordSystemError as error:
            status, what = error.upstream_status, f"{error.title}. {error.integrator}"
        created = found if isinstance(found, Created) else None
        self._steps.append(
            AcceptanceStep(
                target=target,
                step=step,
                state=state,
                what=what.strip(),
                status=created.status if created else status,
                resource_id=created.id if created else "",
                identifier=identifier,
                correlation_id=correlation_id,
                at=datetime.fromtimestamp(started, UTC).isoformat(timespec="seconds"),
                milliseconds=round((time.time() - started) * 1000),
            )
        )
        return found if state == "ok" else None

    def _skip(self, target: ImageTarget, what: str, *, resource_id: str = "", identifier: str = "") -> None:
        self._steps.append(
            AcceptanceStep(
                target=target,
                step="file",
                state="skipped",
                what=what,
                resource_id=resource_id,
                identifier=identifier,
            )
        )

    def _read_earlier_runs(self) -> dict[str, str]:
        # Without a role that permits searching, this file is the only trace of an earlier run.
        try:
            earlier: dict[str, str] = json.loads(self._earlier_runs.read_text("utf-8"))
        except FileNotFoundError:
            return {}
        return earlier

    def _remember(self, identifier: str, resource_id: str) -> None:
        known = self._read_earlier_runs() | {identifier: resource_id}
        self._earlier_runs.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        unfinished = Path(f"{self._earlier_runs}.part")
        unfinished.write_text(json.dumps(known), "utf-8")
        unfinished.replace(self._earlier_runs)


def _judge_patients(found: list[PatientRecord]) -> tuple[bool, str]:
    if len(found) == 1:
        return True, "One record has this NHI."
    return False, "No record has this NHI." if not found else f"{len(found)} records have this NHI."


def _judge_providers(people: list[PractitionerRecord]) -> tuple[bool, str]:
    return bool(people), f"{len(people)} providers." if people else "The practice lists no provider."


def _judge_created(created: Created) -> tuple[bool, str]:
    return True, f"Filed as {created.id}."


def _judge_search(found: list[str]) -> tuple[bool, str]:
    return True, f"{len(found)} found."


def _judge_read_back(found: list[str]) -> tuple[bool, str]:
    return bool(found), f"{len(found)} found." if found else "ALEX doesn't find what it confirmed writing."
