"""An S3 server that keeps objects on disk, so that it can be killed and started again. A separate program.

It supports what the gateway's client does with a bucket: put, get, head, delete, list. Signatures are not checked.
"""

import asyncio
import hashlib
import sys
import uuid
from datetime import UTC, datetime
from email.utils import formatdate
from pathlib import Path
from xml.sax.saxutils import escape

from aiohttp import web

_PAGE = 1000


class DiskStore:
    """One folder; a bucket is a folder in it, a key a path."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def app(self) -> web.Application:
        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.router.add_route("GET", "/{bucket}", self._list)
        app.router.add_route("GET", "/{bucket}/", self._list)
        app.router.add_route("PUT", "/{bucket}/{key:.+}", self._put)
        app.router.add_route("GET", "/{bucket}/{key:.+}", self._get)
        app.router.add_route("DELETE", "/{bucket}/{key:.+}", self._delete)
        return app

    def _path(self, request: web.Request) -> Path:
        return self._folder / request.match_info["bucket"] / request.match_info["key"]

    async def _put(self, request: web.Request) -> web.Response:
        content, path = await request.read(), self._path(request)
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = self._folder / f"{uuid.uuid4().hex}.part"
        unfinished.write_bytes(content)
        unfinished.replace(path)
        return web.Response(headers={"ETag": _etag(content)})

    async def _get(self, request: web.Request) -> web.Response:
        try:
            content, changed = self._path(request).read_bytes(), self._path(request).stat().st_mtime
        except FileNotFoundError:
            return _error(404, "NoSuchKey")
        headers = {"ETag": _etag(content), "Last-Modified": formatdate(changed, usegmt=True)}
        return web.Response(body=content, headers=headers)

    async def _delete(self, request: web.Request) -> web.Response:
        self._path(request).unlink(missing_ok=True)
        return web.Response(status=204)

    async def _list(self, request: web.Request) -> web.Response:
        bucket = self._folder / request.match_info["bucket"]
        prefix, after = request.query.get("prefix", ""), request.query.get("continuation-token", "")
        found = sorted(path for path in bucket.rglob("*") if path.is_file()) if bucket.is_dir() else []
        keys = [(path.relative_to(bucket).as_posix(), path) for path in found]
        keys = [(key, path) for key, path in keys if key.startswith(prefix) and key > after]
        page, more = keys[:_PAGE], len(keys) > _PAGE
        items = "".join(_item(key, path) for key, path in page)
        follow = f"<NextContinuationToken>{escape(page[-1][0])}</NextContinuationToken>" if more else ""
        body = (
            '<?xml version="1.0"?><ListBucketResult>'
            f"<Name>{escape(bucket.name)}</Name><Prefix>{escape(prefix)}</Prefix><KeyCount>{len(page)}</KeyCount>"
            f"<IsTruncated>{str(more).lower()}</IsTruncated>{follow}{items}</ListBucketResult>"
        )
        return web.Response(text=body, content_type="application/xml")


def _item(key: str, path: Path) -> str:
    state = path.stat()
    changed = datetime.fromtimestamp(state.st_mtime, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    return (
        f"<Contents><Key>{escape(key)}</Key><LastModified>{changed}</LastModified>"
        f"<ETag>{_etag(b'')}</ETag><Size>{state.st_size}</Size></Contents>"
    )


def _etag(content: bytes) -> str:
    return f'"{hashlib.md5(content, usedforsecurity=False).hexdigest()}"'


def _error(status: int, code: str) -> web.Response:
    body = f"<Error><Code>{code}</Code></Error>"
    return web.Response(status=status, text=body, content_type="application/xml")


async def serve(port: int, folder: Path) -> None:
    """Listen on loopback until killed."""
    runner = web.AppRunner(DiskStore(folder).app(), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), Path(sys.argv[2])))
