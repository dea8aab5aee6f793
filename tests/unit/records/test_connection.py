"""The ALEX client where the network fails: what was surely not sent, and what may have landed."""

import asyncio
import socket
from contextlib import AsyncExitStack

import pytest
from aiohttp import web

from clinicpro_images.records.alex.connect import open_alex
from clinicpro_images.records.errors import (
    RecordSystemAddressNotAllowed,
    RecordSystemConnectionLost,
    RecordSystemRejected,
    RecordSystemTimeout,
    RecordSystemUnreachable,
)
from fake_alex import FakeAlex, answering, full_backlog, hanging_up
from unit.records.connected import (
    FOR,
    a_document,
    a_patient,
    connected,
)

pytestmark = pytest.mark.anyio


async def test_silence_on_tcp_while_the_token_endpoint_answers_means_the_allow_list() -> None:
    with full_backlog() as port:
        async with connected(FakeAlex(), MEDTECH_API_BASE_URL=f"http://127.0.0.1:{port}/FHIR") as alex:
            with pytest.raises(RecordSystemAddressNotAllowed) as silent:
                await alex.create_document_reference(a_document(), **FOR)
    assert "allow-list" in silent.value.integrator
    assert not silent.value.may_have_landed


async def test_silence_everywhere_is_not_blamed_on_the_allow_list() -> None:
    with full_backlog() as port:
        fake = FakeAlex()
        async with AsyncExitStack() as token_endpoint:
            await token_endpoint.enter_async_context(fake.serving())
            settings = fake.settings(MEDTECH_API_BASE_URL=f"http://127.0.0.1:{port}/FHIR")
            async with open_alex(settings) as alex:
                await alex.tokens.token()
                await token_endpoint.aclose()
                with pytest.raises(RecordSystemUnreachable) as silent:
                    await alex.patient("a", **FOR)
    assert not isinstance(silent.value, RecordSystemAddressNotAllowed)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.mark.parametrize("where", ["refused", "no such name", "not TLS"])
async def test_without_a_connection_nothing_was_sent(where: str) -> None:
    fake = FakeAlex()
    async with fake.serving():
        base = {
            "refused": f"http://127.0.0.1:{free_port()}/FHIR",
            "no such name": "https://alex.invalid/FHIR",
            "not TLS": f"https://127.0.0.1:{fake.port}/FHIR",
        }[where]
        async with open_alex(fake.settings(MEDTECH_API_BASE_URL=base)) as alex:
            with pytest.raises(RecordSystemUnreachable) as unreachable:
                await alex.create_document_reference(a_document(), **FOR)
    assert not unreachable.value.may_have_landed
    assert unreachable.value.retryable
    assert unreachable.value.integrator


async def test_a_write_whose_connection_is_lost_may_have_landed_and_is_not_sent_again() -> None:
    fake = FakeAlex([hanging_up])
    async with connected(fake) as alex:
        with pytest.raises(RecordSystemConnectionLost) as lost:
            await alex.create_document_reference(a_document(), **FOR)
    assert lost.value.may_have_landed
    assert len(fake.requests) == 1


async def test_a_write_on_a_kept_alive_connection_that_closes_is_not_sent_again() -> None:
    fake = FakeAlex([answering(200, a_patient("a")), hanging_up])
    async with connected(fake) as alex:
        await alex.patient("a", **FOR)
        with pytest.raises(RecordSystemConnectionLost):
            await alex.create_document_reference(a_document(), **FOR)
    assert [request.method for request in fake.requests] == ["GET", "POST"]


async def test_no_answer_in_time_may_have_landed() -> None:
    gone = asyncio.Event()

    async def hanging(_: FakeAlex, request: web.Request) -> web.Response:
        await request.read()
        await gone.wait()
        return web.Response()

    async with connected(FakeAlex([hanging]), CLINICPRO_ALEX_READ_TIMEOUT="0.2") as alex:
        with pytest.raises(RecordSystemTimeout) as late:
            await alex.create_document_reference(a_document(), **FOR)
        gone.set()
    assert late.value.may_have_landed


async def test_an_endless_trickling_response_is_abandoned() -> None:
    gone = asyncio.Event()

    async def dribbling(_: FakeAlex, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while not gone.is_set():
            await response.write(b" ")
            await asyncio.sleep(0.05)
        return response

    settings = {"CLINICPRO_ALEX_READ_TIMEOUT": "0.2", "CLINICPRO_ALEX_CONNECT_TIMEOUT": "0.2"}
    async with connected(FakeAlex([dribbling]), **settings) as alex:
        with pytest.raises(RecordSystemTimeout):
            await alex.patient("a", **FOR)
        gone.set()


async def test_a_refusal_before_the_whole_write_was_read_still_arrives() -> None:
    async def refusing(_: FakeAlex, __: web.Request) -> web.Response:
        return web.json_response({"statusCode": 413, "message": "Too large"}, status=413)

    fake = FakeAlex([refusing])
    async with connected(fake) as alex:
        with pytest.raises(RecordSystemRejected) as refused:
            await alex.create_document_reference(a_document(b"z" * 6_000_000), **FOR)
    assert refused.value.upstream_status == 413
