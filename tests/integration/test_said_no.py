"""What Medtech filed although it said no is in the record once, and is told as filed, where a search can see."""

import pytest

from image_files import make_jpeg
from running import BrowserSession, Sandbox

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("kind", ["401", "403", "429", "503", "503-platform"])
async def test_what_was_filed_although_medtech_said_no_is_filed_once(
    browser: BrowserSession, sandbox: Sandbox, kind: str
) -> None:
    await browser.launch()
    await browser.prove_sight(make_jpeg(seed=99))
    added = await browser.add(make_jpeg(seed=1))
    await browser.describe(added["id"])
    fault = {
        "kind": kind,
        "times": 1,
        "method": "POST",
        "resource": "DocumentReference",
        "afterWrite": True,
    }
    sandbox.call("PUT", "/sandbox/faults", {"faults": [fault]})
    [image] = (await browser.file(added["id"]))["images"]
    [_, document] = sandbox.resources()
    assert (image["state"], image["documentReferenceId"]) == ("committed", document["id"])
