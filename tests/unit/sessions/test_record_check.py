"""What a launch learns behind the open page: who the provider is, however the two systems write the id."""

from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import anyio.lowlevel
import pytest

from clinicpro_images.db.database import Database
from clinicpro_images.records.directory import Directory
from clinicpro_images.records.protocol import LocationRecord, PatientRecord, PractitionerRecord, RecordReader
from clinicpro_images.sessions.record_check import RecordChecks, provider_and_facility
from clinicpro_images.sessions.session import Facility, Patient, Provider, RecordCheck, Session
from clinicpro_images.sessions.store import SessionStore

pytestmark = pytest.mark.anyio

PROVIDER = "9bf0832786e2293848942167532e0a91"


class Practice:
    """A practice with two providers."""

    async def practitioners(self, *, facility_id: str, correlation_id: str) -> list[PractitionerRecord]:  # noqa: ARG002
        return [
            PractitionerRecord(id="another", name="Dr Wiremu Hohepa"),
            PractitionerRecord(id=PROVIDER, name="Dr Alex Api"),
        ]

    async def locations(self, *, facility_id: str, correlation_id: str) -> list[LocationRecord]:  # noqa: ARG002
        return []


@pytest.mark.parametrize("written", [PROVIDER, PROVIDER.upper()])
async def test_a_provider_is_named_in_whatever_case_the_launch_writes_the_id(written: str) -> None:
    provider, _ = await provider_and_facility(
        Directory(Practice(), lambda: 0.0), written, "F2N060-E", "c0ffee"
    )
    assert (provider.id, provider.name) == (written, "Dr Alex Api")


FOUND = PatientRecord(
    id="a",
    nhi="ZZZ0016",
    name="Aroha Ngata",
    birth_date="1965-08-07",
    sex="female",
    nhis=frozenset({"ZZZ0016"}),
)
SESSION = Session(
    id="s",
    patient=Patient("a", "Aroha Ngata", "ZZZ0016", "1965-08-07", "female"),
    provider=Provider(PROVIDER, "Dr Alex Api"),
    facility=Facility("F2N060-E", "Healthier Care"),
    patient_key="",
    provider_key="",
    visual_index=0,
    started_at=0.0,
    active_at=0.0,
    ended_at=None,
    record_check=RecordCheck("pending"),
)


class Checked:
    """Lists records by NHI, and keeps what the check stores."""

    def __init__(self, *found: PatientRecord) -> None:
        self.found = list(found)
        self.stored = RecordCheck("pending")

    async def patients_by_nhi(self, nhi: str, **_: str) -> list[PatientRecord]:
        assert nhi == "ZZZ0016"
        return self.found

    async def write(self, store: Callable[[Any], None]) -> None:
        store(SimpleNamespace(connection=None))

    async def read(self, *_: object) -> Session:
        return replace(SESSION, record_check=self.stored)

    def get(self, *_: object) -> None:
        """Never called: `read` answers for it."""

    def set_record_check(self, _connection: object, session_id: str, check: RecordCheck) -> None:
        assert session_id == "s"
        self.stored = check


@pytest.mark.parametrize(
    ("found", "state"),
    [
        ([FOUND], "only"),
        ([replace(FOUND, id="A", birth_date="1965")], "only"),
        ([replace(FOUND, replaced_by="A")], "only"),
        ([FOUND, replace(FOUND, id="b")], "several"),
        ([replace(FOUND, id="b")], "inconsistent"),
        ([replace(FOUND, birth_date="1999-01-01")], "inconsistent"),
        ([replace(FOUND, replaced_by="c")], "inconsistent"),
        ([replace(FOUND, active=False)], "inconsistent"),
        ([], "unknown"),
    ],
)
async def test_the_record_that_is_found_must_be_the_one_that_was_read(
    found: list[PatientRecord], state: str
) -> None:
    here = Checked(*found)
    checks = RecordChecks(
        records=cast("RecordReader", here),
        directory=Directory(Practice(), lambda: 0.0),
        database=cast("Database", here),
        store=cast("SessionStore", here),
        clock=lambda: 0.0,
    )
    checks.start(SESSION, correlation_id="c0ffee")
    while here.stored.state == "pending":
        await anyio.lowlevel.checkpoint()
    await checks.close()
    assert here.stored.state == state
