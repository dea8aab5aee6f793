"""The acceptance run: one marked test picture for a test patient in each permitted target, filed and read back.

What is filed can't be undone, so it is for test patients only, and a second run finds what the first one filed.
"""

import json
import time
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from nhi import is_nhi

from clinicpro_images.imaging.limits import FitLimits
from clinicpro_images.records.alex import resources
from clinicpro_images.records.alex.client import AlexClient
from clinicpro_images.records.alex.fhir import Created
from clinicpro_images.records.alex.roles import MEDIA_WRITE, SCAN_WRITE, holds
from clinicpro_images.records.errors import RecordSystemError, RecordSystemForbidden
from clinicpro_images.records.protocol import PatientRecord
from clinicpro_images.settings.settings import Settings

TEST_NHI = "ZZZ0016"
LINE = "TEST PICTURE of ClinicPro Images, not of a patient"
Target = Literal["scan", "media"]
_ROLES: dict[Target, str] = {"scan": SCAN_WRITE, "media": MEDIA_WRITE}
_NAMES = uuid.UUID("5d0f4f4e-6f6b-4c0c-9d51-8f0f6c1a2b7e")


@dataclass(frozen=True)
class Step:
    """One call of the run, as ALEX support wants to read it. `status` is ALEX's, `resource_id` what it is filed under."""

    target: str
    step: str
    state: Literal["ok", "failed", "skipped"]
    what: str
    status: int | None = None
    resource_id: str = ""
    identifier: str = ""
    correlation_id: str = ""
    at: str = ""
    milliseconds: int | None = None

    def to_json(self) -> dict[str, Any]:
        """Return it in camelCase."""
        names = {"resource_id": "resourceId", "correlation_id": "correlationId"}
        return {names.get(name, name): value for name, value in asdict(self).items()}


class CommitAcceptance:
    """One run against one practice."""

    def __init__(
        self,
        settings: Settings,
        alex: AlexClient,
        nhi: str,
        *,
        again: bool = False,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`again` files new pictures even where an earlier run's are there."""
        self._settings = settings
        self._alex = alex
        self._nhi = nhi.strip().upper()
        self._again = again
        self._clock = clock
        self._facility = settings.facility_id or ""
        self._memory = settings.data_dir / "acceptance.json"
        self._steps: list[Step] = []

    async def run(self) -> list[Step]:
        """Do it; returns every step. The first that fails ends its target."""
        if not (self._nhi.startswith("Z") and is_nhi(self._nhi, allow_test_values=True)):
            return [
                Step(
                    "",
                    "patient",
                    "failed",
                    "Only a test patient gets a test picture: an NHI that starts with Z.",
                )
            ]
        patient = await self._patient()
        author = None if patient is None else await self._author(patient)
        if patient is not None and author is not None:
            held = (await self._alex.tokens.token()).roles
            for target, role in _ROLES.items():
                if held and not holds(held, role):
                    self._steps.append(Step(target, "file", "skipped", f"The token has no role {role}."))
                else:
                    await self._file(target, patient, author)
        return self._steps

    async def _patient(self) -> PatientRecord | None:
        found = await self._call(
            "", "patient", "", lambda where: self._alex.patients_by_nhi(self._nhi, **where), _one_record
        )
        return found[0] if found else None

    async def _author(self, patient: PatientRecord) -> str | None:
        if patient.general_practitioner_id is not None:
            return patient.general_practitioner_id
        people = await self._call(
            "", "provider", "", lambda where: self._alex.practitioners(**where), _somebody
        )
        return people[0].id if people else None

    async def _file(self, target: Target, patient: PatientRecord, author: str) -> None:
        name = f"{self._settings.alex_base_url}/{self._facility}/{patient.id}/{target}"
        identifier = uuid.uuid4().hex if self._again else uuid.uuid5(_NAMES, name).hex
        known = self._remembered().get(identifier)
        if known is None and not self._again:
            known = await self._look(target, "look for an earlier run", identifier)
        if known is not None:
            told = f"Filed by an earlier run as {known}; not filed again. --again files another."
            self._steps.append(Step(target, "file", "skipped", told, None, known, identifier))
        else:
            created = await self._write(target, patient, author, identifier)
            if created is None:
                return
            self._remember(identifier, created.id)
        await self._look(target, "read back", identifier, must=True)

    async def _write(
        self, target: Target, patient: PatientRecord, author: str, identifier: str
    ) -> Created | None:
        # Only here: a gateway loads no decoder, and its commands come from the same program.
        from clinicpro_images.imaging.fit import fit_media, fit_scan  # noqa: PLC0415
        from clinicpro_images.imaging.test_image import marked_image  # noqa: PLC0415

        image, moment, limits = marked_image(), datetime.fromtimestamp(self._clock(), UTC), FitLimits()
        if target == "scan":
            fitted = fit_scan(image, "image/jpeg", description=LINE, limits=limits)
            document = resources.document_reference(
                identifier=identifier,
                patient_reference=resources.reference(self._settings.alex_base_url, "Patient", patient.id),
                author_reference=resources.reference(self._settings.alex_base_url, "Practitioner", author),
                created=moment,
                title=resources.file_name(LINE, fitted.content_type),
                description=LINE,
                content_type=fitted.content_type,
                parts=fitted.parts,
            )
            created: Created | None = await self._call(
                target,
                "file",
                identifier,
                lambda where: self._alex.create_document_reference(document, **where),
            )
            return created
        fitted = fit_media(image, "image/jpeg", limits=limits)
        media = resources.media(
            identifier=identifier,
            patient_reference=f"Patient/{patient.id}",
            operator_reference=f"Practitioner/{author}",
            created=moment,
            title=resources.file_name(LINE, fitted.content_type),
            content_type=fitted.content_type,
            parts=fitted.parts,
            note=LINE,
        )
        filed: Created | None = await self._call(
            target, "file", identifier, lambda where: self._alex.create_media(media, **where)
        )
        return filed

    async def _look(self, target: Target, step: str, identifier: str, *, must: bool = False) -> str | None:
        find = self._alex.find_document_reference if target == "scan" else self._alex.find_media
        ids = await self._call(
            target,
            step,
            identifier,
            lambda where: find(identifier, nhi=self._nhi, **where),
            lambda ids: f"{len(ids)} found." if ids or not must else None,
        )
        return ids[0] if ids else None

    async def _call(
        self,
        target: str,
        step: str,
        identifier: str,
        ask: Callable[[dict[str, str]], Awaitable[Any]],
        judge: Callable[[Any], str | None] = lambda _: "",
    ) -> Any:
        """Make one call and note how it went; None where it failed. `judge` says what was found, or None for failure."""
        correlation_id, started = str(uuid.uuid4()), self._clock()
        found, status, state = None, None, "ok"
        try:
            found = await ask({"facility_id": self._facility, "correlation_id": correlation_id})
            told = judge(found)
            if isinstance(found, Created):
                status, told = found.status, f"Filed as {found.id}."
            if told is None:
                found, state, told = None, "failed", "ALEX does not find what it said it had written."
                if step in {"patient", "provider"}:
                    told = (
                        "Not exactly one record has this NHI."
                        if step == "patient"
                        else "The practice lists nobody."
                    )
        except RecordSystemForbidden as error:
            status, told = error.upstream_status, f"Not allowed to look: {error.integrator}"
            state = "failed" if step in {"file", "patient", "provider"} else "skipped"
        except RecordSystemError as error:
            status, told, state = error.upstream_status, f"{error.title}. {error.integrator}", "failed"
        self._steps.append(
            Step(
                target,
                step,
                state,  # type: ignore[arg-type]
                told.strip(),
                status,
                found.id if isinstance(found, Created) else "",
                identifier,
                correlation_id,
                datetime.fromtimestamp(started, UTC).isoformat(timespec="seconds"),
                round((self._clock() - started) * 1000),
            )
        )
        return found

    def _remembered(self) -> dict[str, str]:
        # Where no role allows to look, only this file knows that a picture is there.
        try:
            kept: dict[str, str] = json.loads(self._memory.read_text("utf-8"))
        except FileNotFoundError:
            return {}
        return kept

    def _remember(self, identifier: str, resource_id: str) -> None:
        kept = self._remembered() | {identifier: resource_id}
        self._memory.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        unfinished = Path(f"{self._memory}.part")
        unfinished.write_text(json.dumps(kept), "utf-8")
        unfinished.replace(self._memory)


def _one_record(found: list[PatientRecord]) -> str | None:
    return "One record has this NHI." if len(found) == 1 else None


def _somebody(people: list[Any]) -> str | None:
    return f"{len(people)} providers." if people else None
