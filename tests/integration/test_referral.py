"""The referral pack: copies of what was filed, under the form's limit, with or without the patient's identifiers."""

import io
import tracemalloc
import zipfile
from pathlib import Path
from typing import Any

import httpx2
import pytest
from PIL import Image

from clinicpro_images.imaging.results import FittedImage
from clinicpro_images.imaging.worker.pool import ImageWorkers
from containers import document_pdf
from databases import on_both
from image_files import make_jpeg
from running import FOREARM, BrowserSession, Sandbox, running
from ssim import ssim
from statements import change, scalar

pytestmark = pytest.mark.anyio

LEFT = {"code": "7771000"}
PROFILES = {"500kB": 500_000, "1MB": 1_000_000, "4MBx3": 4_000_000, "5MB": 5_000_000}
IDENTIFIERS = ("unrelated", "string", "second", "testing", "zzz0016", "1965", "14e52e16")


async def filed(
    browser: BrowserSession, *contents: bytes, key: str = "key", **details: object
) -> dict[str, Any]:
    ids = []
    for content in contents:
        added = await browser.add(content)
        await browser.describe(added["id"], bodySite=FOREARM, laterality=LEFT, **details)
        ids.append(added["id"])
    return await browser.file(*ids, key=key)


async def pack(browser: BrowserSession, commit: dict[str, Any], **query: str | int) -> dict[str, bytes]:
    reply = await browser.client.get(f"/api/commits/{commit['id']}/referral", params=query)
    assert reply.status_code == 200, reply.text
    assert reply.headers["content-type"] == "application/zip"
    assert "no-store" in reply.headers["cache-control"]
    archive = zipfile.ZipFile(io.BytesIO(reply.content))
    assert archive.testzip() is None
    names = archive.namelist()
    assert len({name.casefold() for name in names}) == len(names)
    return {name: archive.read(name) for name in names}


def photos(files: dict[str, bytes]) -> dict[str, bytes]:
    return {name: content for name, content in files.items() if name.endswith(".jpg")}


def detailed(seed: int) -> bytes:
    return make_jpeg(width=2600, height=1900, seed=seed, quality=97, gps=True)


@pytest.mark.parametrize("limit", PROFILES)
async def test_every_photo_of_the_pack_is_under_the_limit_and_looks_like_what_was_filed(
    browser: BrowserSession, limit: str
) -> None:
    await browser.launch()
    stored: list[bytes] = []
    ids = []
    for seed in range(2):
        added = await browser.add(detailed(seed))
        await browser.describe(added["id"], bodySite=FOREARM, view="close-up")
        stored.append((await browser.client.get(f"/api/images/{added['id']}/content?size=full")).content)
        ids.append(added["id"])
    commit = await browser.file(*ids)
    files = photos(await pack(browser, commit, limit=limit))
    assert len(files) == 2
    for content, original in zip(files.values(), stored, strict=True):
        assert len(content) < PROFILES[limit]
        image = Image.open(io.BytesIO(content))
        assert image.format == "JPEG"
        assert not image.getexif()
        assert set(image.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density", "icc_profile"}
        assert ssim(original, content) >= 0.95


async def test_names_and_paragraph_identify_the_patient_only_if_asked(browser: BrowserSession) -> None:
    await browser.launch()
    label = "TĒSTING’s mole, Unrelated ZZZ0016"
    commit = await filed(browser, *(make_jpeg(seed=seed) for seed in range(3)), label=label, type="lesion")
    anonymous = await pack(browser, commit, limit="500kB")
    everything = "\n".join(anonymous).casefold() + anonymous["About these photos.txt"].decode().casefold()
    for content in anonymous.values():
        everything += content.decode("latin-1").casefold()
    assert [word for word in IDENTIFIERS if word in everything.replace("ē", "e")] == []
    assert all("left forearm" in name.casefold() for name in photos(anonymous))

    identified = await pack(browser, commit, limit="500kB", identified="true")
    assert all("ZZZ0016" in name and "TESTING" in name for name in photos(identified))
    about = identified["About these photos.txt"].decode("utf-8-sig")
    assert about.startswith(
        "3 clinical photos attached of UNRELATED STRING SECOND STRING TESTING, NHI ZZZ0016"
    )
    assert "born 7 Aug 1965" in about

    reply = await browser.client.get(f"/api/commits/{commit['id']}/referral?identified=true")
    assert not any(word in reply.headers["content-disposition"].casefold() for word in IDENTIFIERS)
    named = (await browser.client.get(f"/api/commits/{commit['id']}/referral/files?identified=true")).json()
    assert all("ZZZ0016" in file["name"] for file in named["files"])
    for file in named["files"]:
        path = f"/api/commits/{commit['id']}/referral/files/{file['imageId']}?identified=true"
        saved = (await browser.client.get(path)).headers["content-disposition"].casefold()
        assert not any(word in saved or word in file["savedAs"].casefold() for word in IDENTIFIERS)
    listed = (await browser.client.get(f"/api/commits/{commit['id']}/referral/files")).json()
    assert listed["paragraph"].startswith("3 clinical photos attached:\n1. Left forearm – lesion – ")
    assert [file["name"] for file in listed["files"]] == list(photos(anonymous))
    assert [profile["code"] for profile in listed["profiles"]] == list(PROFILES)


async def test_a_suspicion_stays_one_in_a_file_name(browser: BrowserSession) -> None:
    await browser.launch()
    commit = await filed(browser, make_jpeg(seed=1), label="?SCC 6/52, melanoma?")
    [name] = photos(await pack(browser, commit, limit="1MB"))
    assert "query SCC 6-52, melanoma query" in name


async def test_labels_say_what_each_file_is(browser: BrowserSession) -> None:
    await browser.launch()
    commit = await filed(browser, make_jpeg(width=640, height=480), detailed(1))
    found = (await browser.client.get(f"/api/commits/{commit['id']}/referral/files?limit=100kB")).json()
    small, large = found["files"]
    assert small["label"].startswith("Photo, unmarked, unchanged, ")
    assert large["label"].startswith("Photo, unmarked, re-compressed to ")
    assert f"{round(large['bytes'] / 1000)} kB, {large['width']} × {large['height']}" in large["label"]
    for file in found["files"]:
        one = await browser.client.get(
            f"/api/commits/{commit['id']}/referral/files/{file['imageId']}?limit=100kB"
        )
        assert len(one.content) == file["bytes"] < 100_000
        assert one.headers["content-disposition"].startswith("attachment; filename*=UTF-8''Left%20forearm")


async def test_what_is_copied_is_what_was_filed_and_the_original_only_by_name(
    browser: BrowserSession,
) -> None:
    await browser.launch()
    original = await browser.add(make_jpeg(width=800, height=600, seed=1))
    edited = await browser.client.post(
        f"/api/images/{original['id']}/edits",
        content=make_jpeg(width=320, height=240, seed=2),
        headers={"Content-Type": "image/jpeg"},
    )
    copy = edited.json()["id"]
    await browser.describe(copy)
    before = await browser.client.get(f"/api/images/{copy}/referral")
    commit = await browser.file(copy)
    [content] = photos(await pack(browser, commit)).values()
    after = await browser.client.get(f"/api/images/{copy}/referral")
    for each in (before.content, content, after.content):
        assert Image.open(io.BytesIO(each)).size == (320, 240)
    [file] = (await browser.client.get(f"/api/commits/{commit['id']}/referral/files")).json()["files"]
    assert file["marked"]
    assert file["label"].startswith("Edited copy of a photo, ")
    assert file["originalImageId"] == original["id"]
    named = await browser.client.get(f"/api/images/{copy}/referral?original=true")
    assert Image.open(io.BytesIO(named.content)).size == (800, 600)
    assert (await browser.client.delete(f"/api/images/{original['id']}")).status_code == 204
    gone = await browser.client.get(f"/api/images/{copy}/referral?original=true")
    assert gone.status_code == 410


async def test_a_form_for_three_files_gets_a_folder_for_each_three(browser: BrowserSession) -> None:
    await browser.launch()
    commit = await filed(browser, *(make_jpeg(width=320, height=240, seed=seed) for seed in range(4)))
    names = list(photos(await pack(browser, commit, limit="4 MB × 3")))
    assert [name.partition("/")[0] for name in names] == ["Form 1"] * 3 + ["Form 2"]


async def test_a_pdf_stays_one_or_is_named_as_left_out(browser: BrowserSession) -> None:
    await browser.launch()
    added = await browser.add(document_pdf(pages=2), "application/pdf")
    await browser.describe(added["id"])
    commit = await browser.file(added["id"])
    files = await pack(browser, commit)
    [name] = [name for name in files if name.endswith(".pdf")]
    assert files[name].startswith(b"%PDF")
    assert f"{name}: PDF, unmarked, " in files["About these photos.txt"].decode("utf-8-sig")


@on_both
async def test_the_copies_keys_are_destroyed_with_the_session_and_after_ninety_minutes(
    browser: BrowserSession,
) -> None:
    database, folder = browser.gateway.database, browser.gateway.settings.data_dir / "pictures"
    keys = "SELECT count(*) FROM images WHERE copy_key IS NOT NULL"
    await browser.launch()
    commit = await filed(browser, make_jpeg(seed=1))
    assert await scalar(database, keys) == 1
    image_id = commit["images"][0]["imageId"]
    assert (await browser.client.get(f"/api/images/{image_id}/content")).status_code == 410
    listed = (await browser.client.get(f"/api/commits/{commit['id']}/referral/files")).json()
    assert listed["availableUntil"] > commit["createdAt"]
    await browser.client.delete("/api/session")
    assert await scalar(database, keys) == 0

    await browser.launch()
    late = await filed(browser, make_jpeg(seed=2), key="late")
    await change(database, "UPDATE images SET copy_until = copy_until - 5400 WHERE copy_key IS NOT NULL")
    reply = await browser.client.get(f"/api/commits/{late['id']}/referral")
    assert reply.status_code == 410
    assert reply.json()["title"] == "Copies for the referral are gone"
    assert (
        await browser.client.get(f"/api/images/{late['images'][0]['imageId']}/referral")
    ).status_code == 410
    assert await browser.gateway.retention.end_copies() == 2  # and that of the session that was ended
    assert await scalar(database, keys) == 0

    kept = await filed(browser, make_jpeg(seed=3), key="kept")
    assert await browser.gateway.retention.end_copies() == 0
    await change(database, "UPDATE sessions SET active_at = active_at - 3601 WHERE ended_at IS NULL")
    assert await browser.gateway.retention.end_copies() == 1
    assert await scalar(database, keys) == 0
    assert not (folder / kept["images"][0]["imageId"]).exists()


async def test_a_practice_that_keeps_no_copies_offers_none(sandbox: Sandbox, tmp_path: Path) -> None:
    async with running(sandbox, tmp_path, {"CLINICPRO_REFERRAL_COPIES": "0"}) as browser:
        await browser.launch()
        commit = await filed(browser, make_jpeg())
        reply = await browser.client.get(f"/api/commits/{commit['id']}/referral")
        assert reply.status_code == 410
        assert "keeps no copies" in reply.json()["detail"]
        assert not list((tmp_path / "pictures").iterdir())


async def test_a_photo_that_cannot_be_read_is_named_and_the_pack_has_the_others(
    browser: BrowserSession,
) -> None:
    await browser.launch()
    contents = [make_jpeg(width=320, height=240, seed=seed) for seed in range(3)]
    commit = await filed(browser, *contents, label="Mole")
    folder = browser.gateway.settings.data_dir / "pictures"
    damaged, _, missing = [each["imageId"] for each in commit["images"]]
    (folder / damaged).write_bytes((folder / damaged).read_bytes()[:-1])
    (folder / missing).unlink()

    path = f"/api/commits/{commit['id']}/referral"
    listed = (await browser.client.get(f"{path}/files")).json()
    [file] = listed["files"]
    assert listed["paragraph"].startswith("1 clinical photo attached: Left forearm")
    assert len(listed["leftOut"]) == 2
    assert all("Mole" in reason and "from the record" in reason for reason in listed["leftOut"])
    files = await pack(browser, commit)
    assert list(files) == [file["name"], "About these photos.txt"]
    about = files["About these photos.txt"].decode("utf-8-sig")
    assert about.startswith("1 clinical photo attached: ")
    assert about.count(": left out. ") == 2
    for image_id in (damaged, missing):
        one = await browser.client.get(f"{path}/files/{image_id}")
        assert one.status_code == 410
        assert "Add it from the record" in one.json()["detail"]


async def test_a_pack_without_any_readable_photo_says_so(browser: BrowserSession) -> None:
    await browser.launch()
    commit = await filed(browser, make_jpeg(width=320, height=240))
    (browser.gateway.settings.data_dir / "pictures" / commit["images"][0]["imageId"]).unlink()
    listed = (await browser.client.get(f"/api/commits/{commit['id']}/referral/files")).json()
    assert (listed["files"], listed["paragraph"], len(listed["leftOut"])) == ([], "", 1)
    assert "left out" in (await pack(browser, commit))["About these photos.txt"].decode("utf-8-sig")


class WeighedDecoders(ImageWorkers):
    """Real decoders that note how many bytes this process holds when each photo of a pack is asked for."""

    def __init__(self) -> None:
        super().__init__(1)
        self.held: list[int] = []
        self.made: list[int] = []

    async def fit_referral(self, content: bytes, content_type: str, *, limit: int = 0) -> FittedImage:
        self.held.append(tracemalloc.get_traced_memory()[0])
        fitted = await super().fit_referral(content, content_type, limit=limit)
        self.made.append(fitted.size)
        return fitted


async def test_listing_a_pack_holds_no_more_than_one_of_its_files(sandbox: Sandbox, tmp_path: Path) -> None:
    weighed = WeighedDecoders()
    async with running(sandbox, tmp_path, workers=weighed) as browser:
        await browser.launch()
        commit = await filed(browser, *(detailed(seed) for seed in range(5)))
        tracemalloc.start()
        try:
            path = f"/api/commits/{commit['id']}/referral/files?limit=5MB"
            assert len((await browser.client.get(path)).json()["files"]) == 5
        finally:
            tracemalloc.stop()
    await weighed.close()
    assert weighed.held[-1] - weighed.held[1] < min(weighed.made)


async def test_refusals_say_what_to_do(browser: BrowserSession, sandbox: Sandbox) -> None:
    await browser.launch()
    sandbox.call("PUT", "/sandbox/faults", {"faults": [{"kind": "403", "times": 1, "method": "POST"}]})
    commit = await filed(browser, make_jpeg())
    path = f"/api/commits/{commit['id']}/referral"

    async def get(path: str) -> httpx2.Response:
        return await browser.client.get(path)

    assert (await get(path)).json()["title"] == "Not filed yet"
    for limit in ("huge", "10 kB", "6 MB", "4MBx0"):
        assert (await browser.client.get(path, params={"limit": limit})).status_code == 422
    await browser.client.post(f"/api/commits/{commit['id']}/retry")
    await browser.settled(commit["id"])
    assert (await get(path)).status_code == 200
    assert (await get(f"{path}/files/{'0' * 32}")).status_code == 404
    await browser.launch()
    assert (await get(path)).status_code == 404
