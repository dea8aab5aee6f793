"""Every filed title is unique within the patient, says when the photo was taken, and fits ALEX's limits."""

from collections.abc import Sequence
from typing import Any

import pytest

from databases import on_both
from image_files import make_jpeg
from running import FOREARM, BrowserSession, Sandbox
from titles import ENDING

pytestmark = pytest.mark.anyio

LEFT = {"code": "7771000"}
TAKEN = "2026-11-20T14:30:00+13:00"


async def staged(browser: BrowserSession, seed: int, **details: object) -> str:
    added = await browser.add(make_jpeg(width=200, height=150, seed=seed))
    await browser.describe(added["id"], bodySite=FOREARM, laterality=LEFT, takenAt=TAKEN, **details)
    return str(added["id"])


def titles(sandbox: Sandbox) -> list[str]:
    return [each["resource"]["description"] for each in sandbox.resources()]


def names(sandbox: Sandbox) -> Sequence[str]:
    return [each["resource"]["content"][0]["attachment"]["title"] for each in sandbox.resources()]


async def test_three_views_of_one_lesion_are_told_apart_by_their_titles(
    browser: BrowserSession, sandbox: Sandbox
) -> None:
    await browser.launch()
    ids = [
        await staged(browser, seed, type="lesion", view=view, label="Mole 1")
        for seed, view in enumerate(("context", "close-up", "dermoscopy"))
    ]
    commit = await browser.file(*ids)
    assert [image["title"] for image in commit["images"]] == [
        "Left forearm – lesion – context – Mole 1 – 20 Nov 2026 14:30 (1 of 3)",
        "Left forearm – lesion – close-up – Mole 1 – 20 Nov 2026 14:30 (2 of 3)",
        "Left forearm – lesion – dermoscopy – Mole 1 – 20 Nov 2026 14:30 (3 of 3)",
    ]
    assert sorted(titles(sandbox)) == sorted(image["title"] for image in commit["images"])
    assert "Left forearm - lesion - context - Mole 1 - 20 Nov 2026 14.30 (1 of 3).tiff" in names(sandbox)
    shown: dict[str, Any] = (await browser.client.get(f"/api/images/{ids[2]}")).json()
    assert shown["title"] == commit["images"][2]["title"]


@on_both
async def test_equal_photos_of_several_commits_and_sessions_still_have_titles_of_their_own(
    browser: BrowserSession, sandbox: Sandbox
) -> None:
    for visit in range(2):
        await browser.launch()
        for number in range(2):
            await browser.file(await staged(browser, 10 * visit + number), key=f"{visit}-{number}")
    pair = [await staged(browser, 90), await staged(browser, 91)]
    await browser.file(*pair, key="pair")
    assert len(set(titles(sandbox))) == 6
    assert len(set(names(sandbox))) == 6
    assert sorted(titles(sandbox))[:2] == [
        "Left forearm – 20 Nov 2026 14:30",
        "Left forearm – 20 Nov 2026 14:30 (1 of 2)",
    ]
    assert "Left forearm – 20 Nov 2026 14:30, no. 4" in titles(sandbox)


async def test_a_long_label_leaves_room_for_the_ending(browser: BrowserSession, sandbox: Sandbox) -> None:
    await browser.launch()
    long = {"label": "w" * 60, "bodySite": {"text": "between the toes and " * 5}}
    added = [await browser.add(make_jpeg(width=200, height=150, seed=seed)) for seed in range(2)]
    for each in added:
        await browser.describe(each["id"], laterality=LEFT, view="dermoscopy", type="lesion", **long)
    await browser.file(*(each["id"] for each in added))
    assert len(set(titles(sandbox))) == 2
    for title in titles(sandbox):
        assert len(title) <= 120
        assert ENDING.search(title)
        assert "(left)" in title


async def test_a_photo_that_failed_and_was_described_again_is_filed_under_its_new_title(
    browser: BrowserSession, sandbox: Sandbox
) -> None:
    await browser.launch()
    image_id = await staged(browser, 1)
    sandbox.call("PUT", "/sandbox/faults", {"faults": [{"kind": "403", "times": 1, "method": "POST"}]})
    commit = await browser.file(image_id)
    await browser.describe(image_id, label="Mole 2")
    await browser.client.post(f"/api/commits/{commit['id']}/retry")
    await browser.settled(commit["id"])
    assert titles(sandbox) == ["Left forearm – Mole 2 – 20 Nov 2026 14:30"]


async def test_a_photo_that_was_filed_before_is_left_as_it_is_by_a_later_commit(
    browser: BrowserSession, sandbox: Sandbox
) -> None:
    await browser.launch()
    filed, new = await staged(browser, 1), await staged(browser, 2)
    await browser.file(filed)
    before = (await browser.client.get(f"/api/images/{filed}")).json()
    commit = await browser.file(filed, new, key="both")
    after = (await browser.client.get(f"/api/images/{filed}")).json()
    assert [image["state"] for image in commit["images"]] == ["committed", "committed"]
    assert after == before | {"commitId": commit["id"]}
    assert sorted(titles(sandbox)) == sorted(image["title"] for image in commit["images"])
