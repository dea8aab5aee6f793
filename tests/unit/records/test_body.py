"""The body of a write: exact length, the same each time, and the picture whole inside it."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinicpro_images.records.alex.body import AttachmentBody
from clinicpro_images.records.alex.resources import ResourceWithAttachment

pytestmark = pytest.mark.anyio


def attached(*parts: bytes, words: str = "Mole") -> ResourceWithAttachment:
    resource = {
        "resourceType": "DocumentReference",
        "description": words,
        "content": [{"attachment": {"contentType": "image/tiff", "title": words}}],
    }
    return ResourceWithAttachment(resource, parts)


async def whole(body: AttachmentBody) -> bytes:
    return b"".join([chunk async for chunk in body.chunks()])


@pytest.mark.parametrize("size", [0, 1, 2, 3, 196607, 196608, 196609, 1_000_000])
async def test_the_picture_arrives_whole_and_the_length_is_exact(size: int) -> None:
    content = bytes(index * 7 % 251 for index in range(size))
    body = AttachmentBody(attached(content))
    sent = await whole(body)
    assert len(sent) == body.length
    attachment = json.loads(sent)["content"][0]["attachment"]
    assert base64.b64decode(attachment["data"], validate=True) == content
    assert attachment["contentType"] == "image/tiff"


@given(st.lists(st.integers(0, 300_000).map(lambda size: (bytes(range(251)) * 1200)[:size]), max_size=4))
async def test_however_the_picture_is_divided_it_arrives_whole(parts: list[bytes]) -> None:
    body = AttachmentBody(attached(*parts))
    sent = await whole(body)
    assert len(sent) == body.length
    data = json.loads(sent)["content"][0]["attachment"]["data"]
    assert base64.b64decode(data, validate=True) == b"".join(parts)


async def test_it_can_be_sent_again() -> None:
    body = AttachmentBody(attached(b"abc" * 100_000))
    assert await whole(body) == await whole(body)


@given(st.text())
async def test_no_text_can_be_taken_for_the_place_of_the_picture(words: str) -> None:
    body = AttachmentBody(attached(b"x", words=f'"data":""{words}'))
    resource = json.loads(await whole(body))
    assert resource["description"] == f'"data":""{words}'
    assert resource["content"][0]["attachment"]["data"] == "eA=="


async def test_a_resource_without_an_attachment_is_refused() -> None:
    with pytest.raises(ValueError, match="exactly one attachment"):
        AttachmentBody(ResourceWithAttachment({"resourceType": "Task"}, (b"x",)))
