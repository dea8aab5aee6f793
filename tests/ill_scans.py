"""An ALEX that hangs, trickles or answers 64 MB and more where earlier photos are searched for or read; the rest is the sandbox.

Nothing of an answer is ever in memory as a whole, so that what the memory grows by is the gateway's.
"""

import asyncio
import zlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

from aiohttp import web

from running import Sandbox
from sandbox_front import SandboxFront

PIECE: Final = 64 * 1024
WHOLE: Final = 66 * 1024 * 1024


def of_text() -> tuple[bytes, bytes, bytes]:
    """One long string, as of a photo inside its document."""
    return b'{"resourceType":"Binary","contentType":"image/jpeg","data":"', b"A" * PIECE, b'"}'


def of_objects() -> tuple[bytes, bytes, bytes]:
    """As many objects as fit: parsing them would take many seconds and more than a gigabyte."""
    return b'{"resourceType":"Bundle","type":"searchset","entry":[{}', b",{}" * (PIECE // 3), b"]}"


def of_documents() -> tuple[bytes, bytes, bytes]:
    """A true list, every document with a photo of a megabyte in itself."""
    document = (
        b',{"resource":{"resourceType":"DocumentReference","id":"d","content":[{"attachment":'
        b'{"contentType":"image/jpeg","data":"' + b"A" * 1024**2 + b'"}}]}}'
    )
    return b'{"resourceType":"Bundle","type":"searchset","entry":[{}', document, b"]}"


def of_zeros() -> tuple[bytes, bytes, bytes]:
    """Bytes that are nothing."""
    return b"\0", b"\0" * PIECE, b"\0"


Made = Callable[[], tuple[bytes, bytes, bytes]]

LARGE: Final[dict[str, Made]] = {
    "64 MB of text": of_text,
    "64 MB of objects": of_objects,
    "64 MB of documents with their photos": of_documents,
    "64 MB of nothing": of_zeros,
}
ILLNESSES: Final = ("hangs", "trickles", *LARGE, "64 MB in 70 kB")


@dataclass
class IllScans:
    """Answers searches and reads of Scan documents by `search` and `binary`: an illness, or empty for well.

    What hangs or trickles does so until `well` is set; `reached` says that something was asked.
    """

    sandbox: Sandbox
    search: str = ""
    binary: str = ""
    well: asyncio.Event = field(default_factory=asyncio.Event)
    reached: asyncio.Event = field(default_factory=asyncio.Event)

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[Sandbox]:
        """Serve, and yield the sandbox as a gateway sees it."""
        self._front = SandboxFront(self.sandbox)
        async with self._front.serving(
            {"/FHIR/DocumentReference": self._search, "/FHIR/Binary/{key}": self._binary}
        ) as seen:
            try:
                yield seen
            finally:
                self.well.set()

    async def _search(self, request: web.Request) -> web.StreamResponse:
        return await self._answer(self.search, request)

    async def _binary(self, request: web.Request) -> web.StreamResponse:
        return await self._answer(self.binary, request)

    async def _answer(self, illness: str, request: web.Request) -> web.StreamResponse:
        if not illness:
            return await self._front.forward(request)
        self.reached.set()
        if illness == "hangs":
            await self.well.wait()
            return web.Response(status=503)
        headers = {"Content-Type": "application/fhir+json"}
        if illness == "64 MB in 70 kB":
            headers["Content-Encoding"] = "gzip"
        response = web.StreamResponse(headers=headers)
        await response.prepare(request)
        try:
            if illness == "trickles":
                await self._trickle(response)
            elif illness == "64 MB in 70 kB":
                await response.write(_bomb())
            else:
                await _poured(response, *LARGE[illness]())
            await response.write_eof()
        except OSError:
            pass  # the gateway has had enough
        return response

    async def _trickle(self, response: web.StreamResponse) -> None:
        """A byte at a time, each of them sooner than a read may take."""
        while not self.well.is_set():
            await response.write(b" ")
            await asyncio.sleep(0.05)


async def _poured(response: web.StreamResponse, beginning: bytes, piece: bytes, end: bytes) -> None:
    await response.write(beginning)
    for _ in range(WHOLE // len(piece)):
        await response.write(piece)
    await response.write(end)


def _bomb() -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    packed = packer.compress(b'{"resourceType":"Binary","data":"')
    packed += b"".join(packer.compress(b"A" * PIECE) for _ in range(WHOLE // PIECE))
    return packed + packer.compress(b'"}') + packer.flush()
