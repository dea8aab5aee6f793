"""Earlier photos: what was filed is shown at the next visit, to this patient's session only, and nothing of it stays."""

import asyncio
import io
import json
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image as PillowImage
from sqlalchemy import Connection, select

from clinicpro_images.db.tables import audit
from clinicpro_images.imaging.worker.pool import ImageWorkers
from hostile_scans import HostileScans
from image_files import make_jpeg
from phones import new_qr, scan
from running import TESTING, BrowserSession, Sandbox, running
from side_by_side import look_side_by_side

pytestmark = pytest.mark.anyio

LEFT = {"code": "7771000"}
FOREARM = {"code": "14975008"}
SOMEBODY_ELSE = "f37b2c52227a69f7ecb3024f2a592efc"
ROLES = ["patient.documentreference.scaninbox.read", "patient.binary.attachment.read"]


@pytest.fixture(autouse=True)
def settings(sandbox: Sandbox) -> Iterator[None]:
    """Put the sandbox's behaviour back as it was."""
    before = sandbox.call("GET", "/sandbox/settings")
    yield
    sandbox.call("PUT", "/sandbox/settings", before)


async def filed(browser: BrowserSession, patient: str = TESTING, seed: int = 1, **details: Any) -> None:
    """File one image of a patient, in a session of its own."""
    await browser.launch(patient)
    added = await browser.add(make_jpeg(width=1000, height=600, seed=seed))
    described = {"bodySite": FOREARM, "laterality": LEFT, "type": "lesion", "label": f"Mole {seed}"} | details
    await browser.describe(added["id"], **described)
    commit = await browser.file(added["id"], key=f"key-{patient}-{seed}")
    assert [each["state"] for each in commit["images"]] == ["committed"]


async def earlier(browser: BrowserSession) -> dict[str, Any]:
    reply = await browser.client.get("/api/earlier-images")
    assert reply.status_code == 200, reply.text
    listed: dict[str, Any] = reply.json()
    return listed


def files_with(folder: Path, *markers: bytes) -> list[str]:
    files = [each for each in folder.rglob("*") if each.is_file()]
    return [each.name for each in files if any(marker in each.read_bytes() for marker in markers)]


async def entries(browser: BrowserSession, action: str) -> list[Any]:
    def of_action(connection: Connection) -> list[Any]:
        return list(connection.execute(select(audit).where(audit.c.action == action)))

    return await browser.gateway.database.read(of_action)


async def test_what_this_visit_files_is_in_the_next_list(browser: BrowserSession) -> None:
    await browser.launch(SOMEBODY_ELSE)
    for seed in (1, 2):
        assert len((await earlier(browser))["images"]) == seed - 1
        added = await browser.add(make_jpeg(seed=seed))
        await browser.describe(added["id"], bodySite=FOREARM, laterality=LEFT)
        await browser.file(added["id"], key=f"key-{seed}")
    assert len((await earlier(browser))["images"]) == 2


async def test_an_empty_list_is_read_again(browser: BrowserSession, sandbox: Sandbox) -> None:
    await filed(browser, SOMEBODY_ELSE)
    sandbox.call("PUT", "/sandbox/settings", {"searchShows": "nothing"})
    await browser.launch(SOMEBODY_ELSE)
    assert (await earlier(browser))["images"] == []
    sandbox.call("PUT", "/sandbox/settings", {"searchShows": "everything"})
    assert len((await earlier(browser))["images"]) == 1


async def test_a_filed_photo_is_shown_at_the_next_visit_with_its_site_side_and_label(
    browser: BrowserSession,
) -> None:
    await filed(browser, seed=1, view="dermoscopy")
    await filed(browser, seed=2)
    await browser.launch()
    listed = await earlier(browser)
    assert (listed["unproven"], listed["more"]) == (0, False)
    assert {each["label"] for each in listed["images"]} == {"Mole 1", "Mole 2"}
    first = next(each for each in listed["images"] if each["label"] == "Mole 1")
    assert first["ours"]
    assert (first["bodySite"]["code"], first["laterality"]["code"]) == ("14975008", "7771000")
    assert (first["type"], first["view"], first["contentType"]) == ("lesion", "dermoscopy", "image/tiff")
    sizes = {}
    for size in ("thumb", "view", "full"):
        reply = await browser.client.get(f"/api/earlier-images/{first['id']}/content?size={size}")
        assert (reply.status_code, reply.headers["content-type"]) == (200, "image/jpeg")
        assert "no-store" in reply.headers["cache-control"]
        sizes[size] = PillowImage.open(io.BytesIO(reply.content)).size
    assert sizes == {"thumb": (320, 192), "view": (1000, 600), "full": (1000, 600)}
    # One read of the bytes for thumbnail and view, another for the whole image.
    calls = [each["path"] for each in browser.sandbox.calls() if each["method"] == "GET"]
    assert sum("/Binary/" in path for path in calls) == 2
    assert len(await entries(browser, "earlier.listed")) == 1
    assert len(await entries(browser, "earlier.viewed")) == 2


@pytest.mark.parametrize(
    "shows", ["parameters-ignored", "stripped", "other-types", "other-facility", "nothing"]
)
async def test_whatever_the_search_shows_only_this_patients_photos_appear(
    browser: BrowserSession, shows: str
) -> None:
    await filed(browser, seed=1)
    await filed(browser, SOMEBODY_ELSE, seed=2)
    browser.sandbox.call("PUT", "/sandbox/settings", {"searchShows": shows})
    await browser.launch()
    labels = [each["label"] for each in (await earlier(browser))["images"]]
    assert labels == (["Mole 1"] if shows in {"parameters-ignored", "stripped"} else [])


async def test_an_id_of_another_session_leads_to_nothing(browser: BrowserSession) -> None:
    await filed(browser, seed=1)
    await browser.launch()
    [ours] = (await earlier(browser))["images"]
    await browser.launch(SOMEBODY_ELSE)
    reply = await browser.client.get(f"/api/earlier-images/{ours['id']}/content")
    assert (reply.status_code, reply.json()["type"].rpartition("/")[2]) == (404, "earlier-photo-unknown")
    document = next(each["id"] for each in browser.sandbox.resources())
    assert (await browser.client.get(f"/api/earlier-images/{document}/content")).status_code == 404


async def test_a_session_that_ends_while_it_loads_is_shown_nothing(browser: BrowserSession) -> None:
    await filed(browser, seed=1)
    await browser.launch()
    browser.sandbox.call(
        "PUT", "/sandbox/faults", {"seed": 1, "faults": [{"kind": "latency", "seconds": 1.0}]}
    )
    browser.sandbox.call("DELETE", "/sandbox/calls")
    loading = asyncio.create_task(browser.client.get("/api/earlier-images"))
    await browser.sandbox.called("DocumentReference")
    assert (await browser.client.delete("/api/session")).status_code == 204
    assert (await loading).status_code == 401


async def test_a_phone_of_the_session_sees_them_too(browser: BrowserSession) -> None:
    await filed(browser, seed=1)
    await browser.launch()
    phone = await scan(browser.other_browser(), await new_qr(browser.client))
    reply = await phone.get("/api/earlier-images")
    [image] = reply.json()["images"]
    assert (await phone.get(f"/api/earlier-images/{image['id']}/content?size=view")).status_code == 200


@pytest.mark.parametrize(
    ("change", "status", "slug"),
    [
        ({"earlierScans": False}, 403, "earlier-photos-refused"),
        ({"documentReferenceSearch": ["identifier"]}, 403, "earlier-photos-refused"),
    ],
    ids=["not readable", "shape refused"],
)
async def test_a_refusal_is_said_in_a_sentence_and_the_rest_works(
    browser: BrowserSession, change: dict[str, Any], status: int, slug: str
) -> None:
    browser.sandbox.call("PUT", "/sandbox/settings", change)
    await browser.launch()
    reply = await browser.client.get("/api/earlier-images")
    assert (reply.status_code, reply.json()["type"].rpartition("/")[2]) == (status, slug)
    assert "Everything else works" in reply.json()["detail"]
    added = await browser.add(make_jpeg(width=400, height=300))
    await browser.describe(added["id"])
    assert (await browser.file(added["id"]))["images"][0]["state"] in {"committed", "unverified"}


@pytest.mark.parametrize("role", ROLES)
async def test_a_missing_role_is_told_beforehand(sandbox: Sandbox, tmp_path: Path, role: str) -> None:
    roles = sandbox.call("GET", "/sandbox/settings")["roles"]
    sandbox.call("PUT", "/sandbox/settings", {"roles": [each for each in roles if each != role]})
    async with running(sandbox, tmp_path) as browser:
        await browser.launch()
        offer = (await browser.client.get("/api/capabilities")).json()["earlierImages"]
        assert (offer["available"], offer["certain"]) == (False, True)
        assert offer["reason"]


async def test_nothing_of_them_is_ever_on_disk_nor_in_memory_after_the_session(
    browser: BrowserSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    monkeypatch.setenv("TMPDIR", str(temporary))
    await filed(browser, seed=1)
    [written] = [each for each in browser.sandbox.resources() if each["resourceType"] == "DocumentReference"]
    whole = browser.sandbox.content(written)
    await browser.launch()
    [image] = (await earlier(browser))["images"]
    path = f"/api/earlier-images/{image['id']}/content"
    seen = [(await browser.client.get(f"{path}?size={size}")).content for size in ("thumb", "view", "full")]
    await browser.client.put("/api/earlier-images/chosen", json={"chosen": image["id"]})
    markers = [each[at : at + 24] for each in (*seen, whole) for at in (len(each) // 3, len(each) // 2)]
    markers += [
        text.encode(coding) for text in ("Mole 1", "Left forearm") for coding in ("utf-8", "utf-16-le")
    ]
    assert files_with(tmp_path, *markers) == []
    await browser.client.delete("/api/session")
    await browser.gateway.earlier.forget_ended()
    assert browser.gateway.earlier.kept_bytes == 0
    assert files_with(tmp_path, *markers) == []


async def test_the_desktop_chooses_what_a_phone_shows_over_its_viewfinder(browser: BrowserSession) -> None:
    await filed(browser, seed=1)
    await browser.launch()
    phone = await scan(browser.other_browser(), await new_qr(browser.client))
    [image] = (await earlier(browser))["images"]
    chosen = "/api/earlier-images/chosen"
    assert (await phone.get(chosen)).json() == {"chosen": None}
    unknown = await browser.client.put(chosen, json={"chosen": "0" * 32})
    assert (unknown.status_code, unknown.json()["type"].rpartition("/")[2]) == (404, "earlier-photo-unknown")
    async with phone.client.stream("GET", f"/api/events?phone={phone.id}") as stream:
        assert (await browser.client.put(chosen, json={"chosen": image["id"]})).status_code == 204
        async with asyncio.timeout(10):
            lines = [line async for line in until(stream.aiter_lines(), "data: ")]
    assert json.loads(lines[-1].removeprefix("data: ")) == {"chosen": image["id"]}
    assert (
        (await phone.get(chosen)).json()
        == {"chosen": image["id"]}
        == {"chosen": (await earlier(browser))["chosen"]}
    )
    shown = await phone.get(f"/api/earlier-images/{image['id']}/content?size=view")
    assert (shown.status_code, "no-store" in shown.headers["cache-control"]) == (200, True)
    await browser.client.delete("/api/session")
    assert (await phone.get(chosen)).status_code == 401
    await browser.launch()
    assert (await browser.client.get(chosen)).json() == {"chosen": None}


async def until(lines: AsyncIterator[str], beginning: str) -> AsyncIterator[str]:
    """Yield lines up to the first that begins so."""
    async for line in lines:
        yield line
        if line.startswith(beginning):
            return


async def test_launches_side_by_side_are_shown_no_photo_of_another_patient(
    sandbox: Sandbox, tmp_path: Path, decoders: ImageWorkers
) -> None:
    """A small instance of `scripts/bench earlier`, with each kind of wrong answer at least once."""
    front = HostileScans(sandbox, most=4)
    async with front.serving() as hostile, running(hostile, tmp_path, workers=decoders) as browser:
        tally = await look_side_by_side(browser, front, launches=20, at_once=4)
    assert (tally.foreign, tally.missing, tally.problems) == ([], [], [])
    assert (tally.launches, tally.ended) == (20, 2)
    assert front.traps_set >= len(front.traps)
    assert tally.shown > 20
