"""Photos of earlier visits in the demo: there before anything is filed, and not among what was written."""

import base64
from datetime import UTC, datetime

import pytest
from starlette.testclient import TestClient

from alex_sandbox.app import create_app
from alex_sandbox.fhir.attachments import decode_attachment
from alex_sandbox.history.photos import earlier_photos
from alex_sandbox.seed import load_seed
from alex_sandbox.settings import SandboxSettings
from clinicpro_images.terminology.read_title import read_title

NOW = datetime(2026, 11, 28, 3, 0, tzinfo=UTC)


def test_patients_have_two_years_of_photos_at_three_sites() -> None:
    photos = earlier_photos(load_seed(None), NOW)
    by_patient: dict[str, set[str]] = {}
    for stored, _ in photos:
        read = read_title(stored.title)
        assert read is not None
        assert read.taken is not None
        assert 0 < (NOW - read.taken).days < 2 * 366
        by_patient.setdefault(stored.patient, set()).add(read.label)
    assert sum(len(labels) == 3 for labels in by_patient.values()) >= 3
    assert len({stored.id for stored, _ in photos}) == len(photos)


def test_they_are_tiffs_that_the_sandbox_would_have_accepted() -> None:
    for stored, content in earlier_photos(load_seed(None), NOW):
        decode_attachment(stored.content_type, base64.b64encode(content).decode(), ("image/tiff",))


@pytest.mark.parametrize(("earlier", "count"), [(True, 21), (False, 0)])
def test_they_are_never_among_what_was_written(earlier: bool, count: int) -> None:
    app = create_app(SandboxSettings(), load_seed(None), earlier_photos=earlier, now=lambda: NOW)
    with TestClient(app) as client:
        assert client.get("/sandbox/resources").json() == {"resources": []}
        assert client.delete("/sandbox/resources").status_code == 204
    assert len(earlier_photos(load_seed(None), NOW)) * earlier == count
