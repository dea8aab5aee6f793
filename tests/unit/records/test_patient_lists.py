"""Lists of the records with an NHI: one that may miss a record is never read as all of them."""

from typing import Any

import pytest

from clinicpro_images.records.errors import RecordSystemUnclear
from fake_alex import FakeAlex, answering, bundle
from unit.records.connected import FOR, a_patient, connected

pytestmark = pytest.mark.anyio

IN_PART = {
    "resourceType": "OperationOutcome",
    "issue": [{"severity": "warning", "code": "incomplete", "diagnostics": "x"}],
}


@pytest.mark.parametrize(
    "found",
    [
        bundle(a_patient("a"), IN_PART),
        bundle(a_patient("a")) | {"entry": [{"resource": a_patient("a")}, None]},
        bundle(a_patient("a"), a_patient("b") | {"identifier": []}),
        bundle(a_patient("b", "ZZZ0024")),
        bundle(a_patient("a"), a_patient("A", birthDate="1999-01-01")),
        bundle(a_patient("b") | {"identifier": []}),
    ],
)
async def test_a_list_that_may_miss_a_record_with_the_nhi_is_not_read_as_all_of_them(
    found: dict[str, Any],
) -> None:
    async with connected(FakeAlex([answering(200, found)])) as alex:
        with pytest.raises(RecordSystemUnclear):
            await alex.patients_by_nhi("ZZZ0016", **FOR)
