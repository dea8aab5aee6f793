"""The Evolution pages as served; the browser tests use them."""

import io
import re
from html import unescape

import pytest
from PIL import Image

from unit.alex_sandbox.resources import PDF, attachment, document, media, message, task
from unit.alex_sandbox.running import DOCTOR, FACILITY, NURSE, OTHER_FACILITY, PATIENT, Sandbox

pytestmark = pytest.mark.anyio


async def _page(sandbox: Sandbox, **form: str) -> str:
    response = await sandbox.http.post("/evolution", data=form)
    assert response.status_code == 200
    return unescape(response.text)


def _tiff(width: int = 640, height: int = 480) -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (width, height), (200, 120, 90)).save(stream, "TIFF", compression="jpeg")
    return stream.getvalue()


async def test_the_window_says_what_it_is_and_opens_without_a_patient(sandbox: Sandbox) -> None:
    page = (await sandbox.http.get("/evolution")).text
    assert "not Medtech Evolution" in page
    assert "No patient is open" in page
    assert "Ngāwhare-Pōtiki" in page


async def test_an_open_patient_is_shown_in_the_banner(sandbox: Sandbox) -> None:
    page = await _page(sandbox, facility=FACILITY, patient=PATIENT)
    banner = page.split('<section class="banner')[1].split("</section>")[0]
    for fact in ("MR UNRELATED STRING SECOND STRING TESTING", "ZZZ0016", "7 Aug 1965 (61 y)", "Male"):
        assert fact in banner


async def test_filed_items_are_in_their_folder_with_their_description(sandbox: Sandbox) -> None:
    line = "Left forearm – lesion – dermoscopy – Mole 1"
    await sandbox.post(document(sandbox.url, description=line))
    await sandbox.post(media())
    await sandbox.post(message())
    await sandbox.post(task())
    for folder, text in {
        "scan": line,
        "media": "Left forearm – lesion",
        "messages": "Two photos of the left forearm are in Inbox Scan.",
        "tasks": "Book the excision.",
    }.items():
        page = await _page(sandbox, patient=PATIENT, folder=folder)
        (row,) = re.findall(r'<a class="row".*?</a>', page, re.DOTALL)
        assert text in row
        assert ("View" in row) == (folder == "media")
        assert ("?size=thumb" in row) == (folder in {"scan", "media"})


async def test_folders_show_only_the_open_patients_items(sandbox: Sandbox) -> None:
    await sandbox.post(document(sandbox.url))
    other = re.findall(r'name="patient" value="([0-9a-f]{32})"', await _page(sandbox))[1]
    assert 'class="row"' not in await _page(sandbox, patient=other)
    assert 'class="row"' in await _page(sandbox)
    assert 'class="row"' not in await _page(sandbox, facility=OTHER_FACILITY)


async def test_a_tiff_is_shown_as_jpeg(sandbox: Sandbox) -> None:
    sent = document(sandbox.url, content=[{"attachment": attachment("image/tiff", _tiff())}])
    written = (await sandbox.post(sent)).json()
    for query, size in (("", (640, 480)), ("?size=thumb", (320, 240))):
        response = await sandbox.http.get(f"/evolution/pictures/{written['id']}{query}")
        assert response.headers["content-type"] == "image/jpeg"
        with Image.open(io.BytesIO(response.content)) as shown:
            assert shown.size == size


async def test_an_attachment_without_a_preview_gets_a_placeholder(sandbox: Sandbox) -> None:
    broken = (await sandbox.post(document(sandbox.url))).json()
    response = await sandbox.http.get(f"/evolution/pictures/{broken['id']}")
    assert response.headers["content-type"].startswith("image/svg+xml")
    pdf = document(sandbox.url, "pdf", content=[{"attachment": attachment("application/pdf", PDF)}])
    written = (await sandbox.post(pdf)).json()
    document_response = await sandbox.http.get(f"/evolution/pictures/{written['id']}")
    assert (document_response.headers["content-type"], document_response.content) == ("application/pdf", PDF)
    thumbnail = await sandbox.http.get(f"/evolution/pictures/{written['id']}?size=thumb")
    assert thumbnail.headers["content-type"].startswith("image/svg+xml")
    assert (await sandbox.http.get("/evolution/pictures/nothing")).status_code == 404


@pytest.mark.parametrize("patient", [PATIENT, ""])
async def test_selecting_the_icon_creates_a_launch(sandbox: Sandbox, patient: str) -> None:
    sandbox.clock.advance(90)
    form = {"facility": FACILITY, "provider": NURSE, "patient": patient}
    response = await sandbox.http.post("/evolution/launch", data=form)
    assert response.status_code == 303
    location = response.headers["location"]
    assert location.startswith("http://localhost:8000/launch?context=")
    assert PATIENT not in location
    (context,) = re.findall(r"context=([^&]+)&", location)
    (signature,) = re.findall(r"&signature=([^&]+)$", location)
    decoded = await sandbox.get(f"/FHIR/vendorforms/api/getlaunchcontextstring/{context}/{signature}", None)
    assert decoded.json() == {
        "patientId": patient or None,
        "facilityCode": FACILITY,
        "providerId": NURSE,
        "createdTime": "2026-11-24T01:03:33.000Z",
    }


async def test_inconsistent_selections_fall_back_to_defaults(sandbox: Sandbox) -> None:
    page = await _page(sandbox, facility=OTHER_FACILITY, provider=DOCTOR, patient=PATIENT, folder="attic")
    assert "Kōwhai Street Medical Centre" in page
    assert "No patient is open" in page
    assert 'data-folder="scan"' in page


async def test_no_url_in_the_page_contains_a_patient_id_or_nhi(sandbox: Sandbox) -> None:
    await sandbox.post(document(sandbox.url))
    page = await _page(sandbox, patient=PATIENT)
    urls = re.findall(r'(?:href|src|action)="([^"]*)"', page)
    assert urls
    assert not [url for url in urls if PATIENT in url or "ZZZ0016" in url]


async def test_the_page_runs_no_inline_script_or_style(sandbox: Sandbox) -> None:
    response = await sandbox.http.get("/evolution")
    assert "unsafe" not in response.headers["content-security-policy"]
    assert not re.search(r"<script(?![^>]*src=)|<style|\sstyle=|\son\w+=", response.text)


async def test_the_version_changes_when_something_arrives(sandbox: Sandbox) -> None:
    before = (await sandbox.http.get("/evolution/pulse")).json()
    await sandbox.post(document(sandbox.url))
    after = (await sandbox.http.get("/evolution/pulse")).json()
    assert after["version"] > before["version"]
    assert f'data-version="{after["version"]}"' in await _page(sandbox)


async def test_the_root_redirects_to_the_desktop(sandbox: Sandbox) -> None:
    assert (await sandbox.http.get("/")).headers["location"] == "/evolution"


@pytest.mark.parametrize(
    "name", ["evolution.css", "evolution.js", "theme.js", "clinicpro-images.svg", "desktop.svg"]
)
async def test_the_pages_static_files_are_served(sandbox: Sandbox, name: str) -> None:
    assert (await sandbox.http.get(f"/evolution/static/{name}")).status_code == 200


async def test_the_daybook_opens_a_patients_consultation(sandbox: Sandbox) -> None:
    page = await _page(sandbox, folder="daybook")
    assert "Mole check, left forearm" in page
    assert 'name="folder" value="consult"' in page
    consultation = await _page(sandbox, folder="consult", patient=PATIENT)
    assert "9 mm pigmented lesion" in consultation
    assert "None yet." in consultation
    line = "Left forearm – lesion – 28 Nov 2026 14:30"
    await sandbox.post(document(sandbox.url, description=line))
    assert line in await _page(sandbox, folder="consult", patient=PATIENT)
    assert "Open a patient" in await _page(sandbox, folder="consult")


async def test_the_referral_form_shows_scanned_documents_by_name_only(sandbox: Sandbox) -> None:
    await sandbox.post(document(sandbox.url, description="Left forearm – lesion"))
    page = await _page(sandbox, folder="referral", patient=PATIENT)
    form = page.split("data-referral>")[1].split("</form>")[0]
    assert form.count('type="checkbox"') == 1
    assert "<img" not in form
    assert "TIF files are not supported" in form
    for limit in ("500000", "1000000", "4000000", "5000000"):
        assert f'<option value="{limit}"' in form


async def test_a_message_links_the_photos_that_it_names(sandbox: Sandbox) -> None:
    lines = ["Left forearm – lesion (1 of 2)", "Left forearm – lesion (2 of 2)"]
    ids = [
        (await sandbox.post(document(sandbox.url, description=line, identifier=[{"value": line}]))).json()[
            "id"
        ]
        for line in lines
    ]
    text = "\n".join(["Please have a look.", *lines])
    await sandbox.post(message(payload=[{"contentString": text}]))
    page = await _page(sandbox, folder="messages", patient=PATIENT)
    links = page.split('class="item-photos"')[1].split("</ul>")[0]
    for image_id, line in zip(ids, lines, strict=True):
        assert f"/evolution/pictures/{image_id}" in links
        assert line in links
