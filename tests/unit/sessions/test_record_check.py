"""What a launch learns behind the open page: who the provider is, however the two systems write the id."""

import pytest

from clinicpro_images.records.directory import Directory
from clinicpro_images.records.protocol import LocationRecord, PractitionerRecord
from clinicpro_images.sessions.record_check import provider_and_facility

pytestmark = pytest.mark.anyio

PROVIDER = "9bf0832786e2293848942167532e0a91"


class Practice:
    """A practice with one provider."""

    async def practitioners(self, *, facility_id: str, correlation_id: str) -> list[PractitionerRecord]:  # noqa: ARG002
        return [PractitionerRecord(id=PROVIDER, name="Dr Alex Api")]

    async def locations(self, *, facility_id: str, correlation_id: str) -> list[LocationRecord]:  # noqa: ARG002
        return []


@pytest.mark.parametrize("written", [PROVIDER, PROVIDER.upper()])
async def test_a_provider_is_named_in_whatever_case_the_launch_writes_the_id(written: str) -> None:
    provider, _ = await provider_and_facility(
        Directory(Practice(), lambda: 0.0), written, "F2N060-E", "c0ffee"
    )
    assert (provider.id, provider.name) == (written, "Dr Alex Api")
