"""A clinician's browser at an installation that runs as a program of its own: from Evolution's launch to the record."""

import time
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import httpx2

from running import FOREARM, Sandbox

_SECONDS = 60.0


class Clinician:
    """`address` is where to connect, `origin` the public URL; they differ in front of a proxy with another name."""

    def __init__(self, address: str, sandbox: Sandbox, origin: str | None = None) -> None:
        self._origin = origin or address
        self._name = urlsplit(self._origin).hostname or ""
        self.sandbox = sandbox
        self.client = httpx2.Client(
            base_url=address,
            headers={"Host": urlsplit(self._origin).netloc, "Origin": self._origin},
            verify=False,
            timeout=_SECONDS,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.client.close()

    def ask(self, method: str, path: str, **more: Any) -> httpx2.Response:
        """Call, and return the response whatever it is."""
        return self.client.request(method, path, extensions={"sni_hostname": self._name}, **more)

    def call(self, method: str, path: str, **more: Any) -> httpx2.Response:
        """Call, and fail unless it is answered well."""
        reply = self.ask(method, path, **more)
        assert reply.status_code < 400, (method, path, reply.status_code, reply.text)
        return reply

    def launch(self) -> None:
        """Press the icon in Evolution."""
        launched = self.call("GET", f"/launch?{self.sandbox.launch_url().partition('?')[2]}")
        # Set by hand: the cookie is for the public name, not for the address.
        self.client.headers["Cookie"] = launched.headers["set-cookie"].partition(";")[0]

    def add(self, content: bytes, kind: str = "image/jpeg") -> str:
        """Add a photo with a body site; return its id."""
        image = self.call("POST", "/api/images", content=content, headers={"Content-Type": kind}).json()
        self.call("PATCH", f"/api/images/{image['id']}", json={"bodySite": FOREARM})
        return str(image["id"])

    def file(self, *image_ids: str, **more: Any) -> dict[str, Any]:
        """File photos to the record, and return the commit once nothing of it is under way."""
        body, key = {"imageIds": list(image_ids), **more}, {"Idempotency-Key": image_ids[0]}
        commit: dict[str, Any] = self.call("POST", "/api/commits", json=body, headers=key).json()
        until = time.monotonic() + _SECONDS
        while time.monotonic() < until:
            commit = self.call("GET", f"/api/commits/{commit['id']}").json()
            parts = [*commit["images"], *(commit[each] for each in ("inbox", "task") if commit[each])]
            if all(each["state"] not in {"queued", "sending", "waiting"} for each in parts):
                break
            time.sleep(0.1)
        return commit
