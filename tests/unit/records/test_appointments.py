"""The day's appointments: a list that is not whole is never read as all of them."""

from datetime import date
from typing import Any

import pytest

from clinicpro_images.records.protocol import PractitionerRecord
from fake_alex import FakeAlex, answering, bundle
from unit.records.connected import FOR, connected

pytestmark = pytest.mark.anyio

KNOWN = PractitionerRecord("p", "Dr Alex Api", registered=("urn:hpi", "18ABCD"))


@pytest.mark.parametrize(
    ("provider", "answer", "complete"),
    [
        (KNOWN, bundle(), True),
        (KNOWN, bundle() | {"total": 4}, False),
        (KNOWN, bundle({"resourceType": "OperationOutcome", "issue": [{"code": "timeout"}]}), False),
        # ALEX finds appointments by the provider's number alone.
        (PractitionerRecord("p", "Dr Alex Api"), bundle(), False),
    ],
)
async def test_no_appointments_are_none_only_if_the_list_is_whole(
    provider: PractitionerRecord, answer: dict[str, Any], *, complete: bool
) -> None:
    async with connected(FakeAlex([answering(200, answer)])) as alex:
        found = await alex.appointments(provider, date(2026, 12, 1), **FOR)
    assert (found.listed, found.complete) == ((), complete)
