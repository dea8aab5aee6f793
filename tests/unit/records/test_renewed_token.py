"""What the ALEX client does about a 401: one renewal of the token, reads again, writes not."""

import asyncio

import pytest
from aiohttp import web

from clinicpro_images.records.errors import RecordSystemTokenRenewed, RecordSystemUnauthorized
from fake_alex import FakeAlex, answering, created
from unit.records.connected import FOR, a_document, a_patient, connected

pytestmark = pytest.mark.anyio


async def test_a_401_renews_the_token_and_leaves_it_to_the_caller_to_send_the_write_again() -> None:
    """A 401 says that nothing was written, which a search may know better."""
    fake = FakeAlex([answering(401, {"statusCode": 401, "message": "Unauthorized."}), created])
    document = a_document(b"y" * 500_000)
    async with connected(fake) as alex:
        with pytest.raises(RecordSystemTokenRenewed) as renewed:
            await alex.create_document_reference(document, **FOR)
        assert len(fake.requests) == 1
        filed = await alex.create_document_reference(document, **FOR)
    assert renewed.value.upstream_status == 401
    assert filed.id == "abc123"
    assert len(fake.forms) == 2
    assert fake.requests[0].body == fake.requests[1].body
    assert fake.requests[0].headers["Authorization"] != fake.requests[1].headers["Authorization"]


async def test_a_401_renews_the_token_and_reads_again() -> None:
    fake = FakeAlex(
        [answering(401, {"statusCode": 401, "message": "Unauthorized."}), answering(200, a_patient("a"))]
    )
    async with connected(fake) as alex:
        assert (await alex.patient("a", **FOR)).id == "a"
    assert len(fake.forms) == 2


async def test_a_second_401_is_raised() -> None:
    fake = FakeAlex([answering(401, {"statusCode": 401, "message": "Unauthorized."})])
    async with connected(fake) as alex:
        with pytest.raises(RecordSystemUnauthorized):
            await alex.patient("a", **FOR)
    assert len(fake.requests) == 2
    assert len(fake.forms) == 2


async def test_many_calls_with_one_rejected_token_renew_it_once() -> None:
    async def unless_renewed(fake: FakeAlex, request: web.Request) -> web.StreamResponse:
        dead = request.headers["Authorization"] == first
        return await answering(401 if dead else 200, a_patient("a"))(fake, request)

    fake = FakeAlex([unless_renewed])
    async with connected(fake) as alex:
        first = f"Bearer {(await alex.tokens.token()).value}"
        await asyncio.gather(*(alex.patient("a", **FOR) for _ in range(10)))
    assert len(fake.forms) == 2
