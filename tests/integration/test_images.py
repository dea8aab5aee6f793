"""Images: checked, cleaned, stored once and described; and everything that is refused and leaves nothing behind."""

import asyncio
import contextlib
import io
import os
import signal
from pathlib import Path
from typing import Any

import httpx2
import pytest
from PIL import Image, ImageOps

from clinicpro_images.imaging.worker.pool import SESSIONS_WAITING, WAITING_PER_WORKER
from containers import document_pdf
from databases import on_both
from image_files import is_upright, make_jpeg, make_png, planted
from processes import image_workers
from running import FOREARM, PATIENCE, BrowserSession, Sandbox, running

pytestmark = pytest.mark.anyio

MARKER = "PLANTED-7f3a"
PLANTED = planted(MARKER)
JPEG = {"Content-Type": "image/jpeg"}
PATIENTS = (
    "6f85b5c92705044bd76ed8cf55887bdb",
    "f37b2c52227a69f7ecb3024f2a592efc",
    "f1714c66b6b8114fa00bb625c3a8af96",
    "94497821d8aa4ba5fbbbef7e68f1f66b",
    "89d44919222ebfaf334c73301cb17252",
)


def stored_files(browser: BrowserSession) -> list[Path]:
    folder = browser.gateway.settings.data_dir
    return [path for path in folder.rglob("*") if path.is_file()]


async def test_a_rotated_image_is_shown_upright_and_kept_as_sent_without_its_metadata(
    browser: BrowserSession,
) -> None:
    await browser.launch()
    sent = make_jpeg(width=640, height=480, orientation=6, gps=True)
    added = await browser.add(sent)

    assert (added["width"], added["height"]) == (640, 480)
    assert added["state"] == "staged"
    assert added["source"] == "desktop"
    full = await browser.client.get(f"/api/images/{added['id']}/content")
    image = Image.open(io.BytesIO(full.content))
    assert dict(image.getexif()) == {0x0112: 6}
    assert full.content.endswith(sent[sent.index(b"\xff\xda") :])
    assert is_upright(full.content)
    assert "private" in full.headers["cache-control"]
    for size in ("thumb", "view"):
        shown = await browser.client.get(f"/api/images/{added['id']}/content?size={size}")
        assert not Image.open(io.BytesIO(shown.content)).getexif()
        assert is_upright(shown.content)
    fit = (await browser.client.get(f"/api/images/{added['id']}/fit")).json()["files"][0]
    assert (fit["encodes"], fit["outcome"]) == (1, "re-compressed")
    assert fit["done"] == "Re-compressed at 640 × 480, JPEG quality 90."


async def test_a_photo_that_fits_is_kept_and_filed_as_it_was_sent(browser: BrowserSession) -> None:
    await browser.launch()
    added = await browser.add(make_jpeg())

    fit = (await browser.client.get(f"/api/images/{added['id']}/fit")).json()["files"][0]
    assert (fit["encodes"], fit["outcome"], fit["done"]) == (0, "unchanged", "Unchanged, 640 × 480.")


async def test_an_original_takes_the_place_of_its_small_copy(browser: BrowserSession) -> None:
    await browser.launch()
    original = make_jpeg(
        width=1800, height=2400, orientation=6, gps=True, quality=95, taken="2025:11:20 09:15:30"
    )
    small = io.BytesIO()
    ImageOps.exif_transpose(Image.open(io.BytesIO(original))).resize((600, 800)).save(
        small, "JPEG", quality=70
    )
    added = await browser.add(small.getvalue())
    address = f"/api/images/{added['id']}"

    other = await browser.client.post(
        f"{address}/original", content=make_png(width=900, height=1200, mode="L")
    )
    assert (other.status_code, other.json()["type"].rpartition("/")[2]) == (422, "not-the-original")
    for _ in range(2):
        reply = await browser.client.post(f"{address}/original", content=original)
        assert reply.status_code == 200, reply.text
        assert (reply.json()["width"], reply.json()["height"]) == (1800, 2400)
        assert reply.json()["takenAtSource"] == "photo"
    full = await browser.client.get(f"{address}/content")
    assert full.content.endswith(original[original.index(b"\xff\xda") :])
    fit = (await browser.client.get(f"{address}/fit")).json()["files"][0]
    assert (fit["width"], fit["height"]) == (1800, 2400)


@pytest.mark.parametrize(
    ("sent", "shown_as_stored"),
    [
        (make_jpeg(width=800, height=600, quality=80), True),
        (make_jpeg(width=2000, height=1500, quality=60), False),
        (make_jpeg(width=640, height=480, orientation=6), False),
        (make_png(width=800, height=600), False),
    ],
    ids=["small", "larger than the view", "turned", "PNG"],
)
async def test_a_small_photo_is_shown_as_it_is_stored(
    browser: BrowserSession, sent: bytes, *, shown_as_stored: bool
) -> None:
    await browser.launch()
    added = await browser.add(sent)
    full, view = [
        (await browser.client.get(f"/api/images/{added['id']}/content?size={size}")).content
        for size in ("full", "view")
    ]
    assert (full == view) == shown_as_stored
    image = Image.open(io.BytesIO(view))
    assert (image.format, max(image.size)) == ("JPEG", min(1600, max(added["width"], added["height"])))
    assert not image.getexif()


async def test_each_page_of_a_document_is_shown(browser: BrowserSession) -> None:
    await browser.launch()
    added = await browser.add(document_pdf(pages=3))

    assert added["pages"] == 3
    shown = [
        (await browser.client.get(f"/api/images/{added['id']}/content?size=view&page={page}")).content
        for page in (1, 2, 3)
    ]
    assert len(set(shown)) == 3
    missing = await browser.client.get(f"/api/images/{added['id']}/content?size=view&page=4")
    assert missing.status_code == 404
    assert missing.json()["type"].endswith("/no-such-page")


async def test_the_date_inside_a_photo_is_proposed_unless_the_phone_names_one(
    browser: BrowserSession,
) -> None:
    await browser.launch()
    sent = make_jpeg(taken="2025:11:20 09:15:30", zone="+13:00")
    added = await browser.add(sent)
    assert (added["takenAt"], added["takenAtSource"]) == ("2025-11-19T20:15:30.000Z", "photo")

    other = make_jpeg(taken="2025:11:20 09:15:30", seed=2)
    reply = await browser.client.post(
        "/api/images", content=other, headers={"X-Taken-At": "2025-11-21T08:00:00+13:00"}
    )
    assert (reply.json()["takenAt"], reply.json()["takenAtSource"]) == ("2025-11-20T19:00:00.000Z", "phone")

    changed = await browser.describe(added["id"], takenAt="2024-01-05T00:00:00Z")
    assert changed["takenAtSource"] == "clinician"


@pytest.mark.parametrize("place", PLANTED)
async def test_nothing_planted_in_an_image_survives_in_a_reply(browser: BrowserSession, place: str) -> None:
    assert MARKER.encode() in PLANTED[place]
    await browser.launch()
    added = await browser.add(PLANTED[place])
    for size in ("thumb", "view", "full"):
        reply = await browser.client.get(f"/api/images/{added['id']}/content?size={size}")
        assert MARKER.encode() not in reply.content


async def test_no_file_on_disk_reveals_an_image_or_its_patient(browser: BrowserSession, photo: bytes) -> None:
    await browser.launch()
    added = await browser.add(photo)
    await browser.describe(added["id"], bodySite=FOREARM, notes="Unmistakable text about the patient")
    shown = (await browser.client.get(f"/api/images/{added['id']}/content")).content
    # Long enough that chance doesn't write them into encrypted bytes.
    images = [part for content in (photo, shown) for part in (content[:16], content[1000:1032])]
    for file in stored_files(browser):
        content = file.read_bytes()
        for identifying in (b"ZZZ0016", b"TESTING", b"Unmistakable", b"14e52e16edb7a435", *images):
            assert identifying not in content, (file.name, identifying)
        assert "ZZZ0016" not in str(file)


@on_both
async def test_the_same_bytes_twice_are_one_image(browser: BrowserSession, photo: bytes) -> None:
    await browser.launch()
    first = await browser.add(photo)
    again = await browser.client.post("/api/images", content=photo, headers={"Content-Type": "image/jpeg"})
    assert again.status_code == 200
    assert again.json()["id"] == first["id"]
    assert len((await browser.client.get("/api/images")).json()["images"]) == 1


async def test_the_type_is_detected_from_content_never_from_the_header(browser: BrowserSession) -> None:
    await browser.launch()
    added = await browser.add(make_png(width=64, height=48), kind="application/octet-stream")
    assert added["contentType"] == "image/png"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 422),
        (b"Dear Dr, please find attached", 415),
        (b"GIF89a" + bytes(64), 415),
        (make_jpeg(width=640, height=480)[:9000], 422),
        (b"\xff\xd8\xff\xe0" + bytes(2000), 422),
        (make_jpeg() + bytes(26 * 1024 * 1024), 413),
    ],
    ids=["empty", "text", "gif", "truncated", "noise", "26 MB"],
)
async def test_an_invalid_image_is_refused_and_leaves_nothing_behind(
    browser: BrowserSession, body: bytes, status: int
) -> None:
    await browser.launch()
    reply = await browser.client.post("/api/images", content=body, headers={"Content-Type": "image/jpeg"})

    assert reply.status_code == status
    assert reply.headers["content-type"] == "application/problem+json"
    assert reply.json()["detail"].endswith(".")
    assert (await browser.client.get("/api/images")).json() == {"images": []}
    assert not [file for file in stored_files(browser) if file.parent.name == "pictures"]


@on_both
async def test_the_twenty_first_image_is_refused(browser: BrowserSession) -> None:
    await browser.launch()
    for number in range(20):
        await browser.add(make_jpeg(width=64, height=48, seed=number))
    reply = await browser.client.post("/api/images", content=make_jpeg(width=64, height=48, seed=99))
    assert reply.status_code == 409
    assert "20 photos" in reply.json()["detail"]


@on_both
async def test_details_are_coded_and_form_the_title(browser: BrowserSession, photo: bytes) -> None:
    await browser.launch()
    added = await browser.add(photo)
    described = await browser.describe(
        added["id"],
        bodySite=FOREARM,
        laterality={"code": "7771000"},
        view="dermoscopy",
        type="lesion",
        label="Mole 1",
        notes="Since March",
        consent={"by": "patient", "scope": "referral"},
        sensitive=True,
        takenAt="2026-11-20T09:30:00+13:00",
    )
    assert described["title"] == "Left forearm – lesion – dermoscopy – Mole 1"
    assert described["bodySite"]["display"] == "Forearm"
    assert described["laterality"]["code"] == "7771000"
    assert described["takenAt"] == "2026-11-19T20:30:00.000Z"
    assert described["consent"] == {"by": "patient", "scope": "referral"}
    cleared = await browser.describe(added["id"], laterality=None, label="")
    assert cleared["laterality"] is None
    assert cleared["title"] == "Forearm – lesion – dermoscopy"


@pytest.mark.parametrize(
    "details",
    [
        {"bodySite": {"code": "999999999"}},
        {"bodySite": {"system": "http://loinc.org", "code": "14975008"}},
        {"bodySite": {}},
        {"bodySite": {"text": "   "}},
        {"laterality": "upwards"},
        {"bodySite": {"code": "113179006"}, "laterality": "left"},
        {"bodySite": {"text": "(R) stump"}, "laterality": "left"},
        {"view": "sideways"},
        {"type": "mole"},
        {"takenAt": "2999-01-01T00:00:00Z"},
        {"takenAt": "2026-11-20T09:30:00"},
        {"consent": {"by": "neighbour", "scope": "record"}},
        {"sensitive": "perhaps"},
        {"label": "x" * 61},
        {"state": "committed"},
        {"documentReferenceId": "abc"},
    ],
)
async def test_invalid_details_are_refused_and_change_nothing(
    browser: BrowserSession, photo: bytes, details: dict[str, Any]
) -> None:
    await browser.launch()
    added = await browser.add(photo)
    reply = await browser.client.patch(f"/api/images/{added['id']}", json=details)
    assert reply.status_code == 422
    assert reply.headers["content-type"] == "application/problem+json"
    assert (await browser.client.get(f"/api/images/{added['id']}")).json() == added


async def test_a_side_never_outlives_its_site_nor_comes_to_one_in_the_midline(
    browser: BrowserSession, photo: bytes
) -> None:
    await browser.launch()
    image = f"/api/images/{(await browser.add(photo))['id']}"
    await browser.client.patch(image, json={"bodySite": FOREARM, "laterality": "left"})
    moved = (await browser.client.patch(image, json={"bodySite": {"code": "315003"}})).json()
    assert (moved["bodySite"]["display"], moved["laterality"]) == ("Umbilicus", None)
    reply = await browser.client.patch(image, json={"laterality": "left"})
    assert reply.status_code == 422
    assert "no side" in reply.json()["detail"]
    written = await browser.client.patch(
        image, json={"bodySite": {"text": "left stump"}, "laterality": "left"}
    )
    assert written.json()["laterality"]["code"] == "7771000"
    assert (await browser.client.patch(image, json={"laterality": "right"})).status_code == 422


@on_both
async def test_a_removed_image_is_gone_from_disk(browser: BrowserSession, photo: bytes) -> None:
    await browser.launch()
    added = await browser.add(photo)
    assert (await browser.client.delete(f"/api/images/{added['id']}")).status_code == 204
    assert (await browser.client.get(f"/api/images/{added['id']}")).status_code == 404
    assert not [file for file in stored_files(browser) if file.parent.name == "pictures"]
    assert (await browser.add(photo))["id"] != added["id"]


async def test_killed_decoders_are_replaced_and_no_image_is_refused_for_it(
    browser: BrowserSession, photo: bytes
) -> None:
    await browser.launch()
    await browser.add(photo)
    assert image_workers() != []
    for pid in image_workers():
        os.kill(pid, signal.SIGKILL)
    await browser.add(make_jpeg(seed=1))


async def _another_session(browser: BrowserSession, patient: str) -> httpx2.AsyncClient:
    client = browser.other_browser()
    url = browser.sandbox.launch_url(patient)
    assert (await client.get(f"/launch?{url.partition('?')[2]}")).status_code == 303
    return client


async def test_an_upload_gets_a_retry_time_while_every_decoder_is_busy(
    sandbox: Sandbox, tmp_path: Path, photo: bytes
) -> None:
    others = set(image_workers())
    async with running(sandbox, tmp_path, {"CLINICPRO_PICTURE_WORKERS": "1"}) as browser:
        await browser.launch()
        await browser.add(make_jpeg(width=32, height=24, seed=0))
        [worker] = set(image_workers()) - others
        # One session may have four uploads in flight, so it takes many to fill the queue.
        full = WAITING_PER_WORKER * SESSIONS_WAITING
        clinics = [
            await _another_session(browser, PATIENTS[number % len(PATIENTS)])
            for number in range(full // 4 + 1)
        ]
        os.kill(worker, signal.SIGSTOP)
        try:
            async with asyncio.TaskGroup() as uploads:
                for seed in range(1, full + 2):
                    content = make_jpeg(width=32, height=24, seed=seed)
                    clinic = clinics[seed % len(clinics)]
                    uploads.create_task(clinic.post("/api/images", content=content, headers=JPEG))
                async with asyncio.timeout(PATIENCE):
                    while True:
                        if browser.gateway.workers.waiting == full:
                            break
                        await asyncio.sleep(0.01)
                refused = await browser.client.post(
                    "/api/images", content=photo, headers={"Content-Type": "image/jpeg"}
                )
                os.kill(worker, signal.SIGCONT)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.kill(worker, signal.SIGCONT)
        assert refused.status_code == 503
        assert refused.json()["type"].endswith("/busy")
        assert int(refused.headers["retry-after"]) >= 1
        await browser.add(photo)


@on_both
async def test_images_keep_the_order_they_were_given_and_later_ones_follow(
    browser: BrowserSession,
) -> None:
    await browser.launch()
    first, second, third = [
        (await browser.add(make_jpeg(width=64 + each, height=48)))["id"] for each in range(3)
    ]
    arranged = await browser.client.put("/api/images/order", json={"imageIds": [third, first]})
    assert [each["id"] for each in arranged.json()["images"]] == [third, first, second]
    fourth = (await browser.add(make_jpeg(width=90, height=48)))["id"]
    listed = (await browser.client.get("/api/images")).json()["images"]
    assert [each["id"] for each in listed] == [third, first, second, fourth]
    assert [each["position"] for each in listed] == [0, 1, None, None]


async def test_an_order_with_another_sessions_image_changes_nothing(
    browser: BrowserSession, photo: bytes
) -> None:
    await browser.launch()
    added = await browser.add(photo)
    refused = await browser.client.put("/api/images/order", json={"imageIds": [added["id"], "f" * 32]})
    assert refused.status_code == 404
    assert (await browser.client.get(f"/api/images/{added['id']}")).json()["position"] is None
