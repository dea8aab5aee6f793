"""The nginx example in front of a gateway, both real: TLS, uploads, events without delay, nothing identifying in a log."""

import asyncio
import datetime as dt
import ipaddress
import json
import re
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from crash.programs import free_port
from image_files import make_jpeg
from running import Sandbox, running

pytestmark = pytest.mark.anyio

EXAMPLE = Path(__file__).parents[2] / "deploy" / "nginx" / "clinicpro.conf"


def certificate(folder: Path) -> None:
    """A certificate for this machine, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "fullchain.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "privkey.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )


@pytest.fixture
def ports() -> tuple[int, int, int]:
    """Where the gateway, https and http listen."""
    return free_port(), free_port(), free_port()


@pytest.fixture
def nginx(tmp_path: Path, ports: tuple[int, int, int]) -> Iterator[Path]:
    """nginx with the example's own text; only ports and paths are this test's. Yields its folder."""
    gateway, https, http = ports
    folder = tmp_path / "nginx"
    folder.mkdir()
    certificate(folder)
    text = EXAMPLE.read_text("utf-8")
    text = text.replace("127.0.0.1:8000", f"127.0.0.1:{gateway}")
    text = re.sub(r"listen \[::\].*\n", "", text)
    text = text.replace("listen 443", f"listen 127.0.0.1:{https}").replace(
        "listen 80;", f"listen 127.0.0.1:{http};"
    )
    text = re.sub(r"/etc/letsencrypt/live/[^/]+", str(folder), text).replace("/var/log/nginx", str(folder))
    kept = "".join(
        f"{kind}_temp_path {folder}/{kind};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    whole = (
        f"daemon off; pid {folder}/pid; error_log {folder}/start.log; events {{}}\nhttp {{\n{kept}{text}}}\n"
    )
    (folder / "nginx.conf").write_text(whole)
    words = ["nginx", "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", str(folder / "start.log")]
    checked = subprocess.run([*words, "-t"], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    yield folder
    process.terminate()
    process.wait(10)


def logs_in(folder: Path) -> str:
    return "".join(path.read_text() for path in folder.glob("*.log"))


async def answering(client: httpx2.AsyncClient) -> None:
    async with asyncio.timeout(20):
        while True:
            try:
                if (await client.get("/healthz")).status_code == 200:
                    return
            except httpx2.TransportError:
                pass
            await asyncio.sleep(0.05)


async def test_a_visit_through_nginx(
    sandbox: Sandbox, tmp_path: Path, nginx: Path, ports: tuple[int, int, int]
) -> None:
    gateway, https, http = ports
    public = f"https://127.0.0.1:{https}"
    trusted = ssl.create_default_context(cafile=str(nginx / "fullchain.pem"))
    environ = {"CLINICPRO_PUBLIC_URL": public, "CLINICPRO_TRUSTED_PROXIES": "127.0.0.1"}
    async with (
        running(sandbox, tmp_path / "data", environ, port=gateway),
        httpx2.AsyncClient(
            base_url=public, headers={"Origin": public}, verify=trusted, timeout=20
        ) as browser,
    ):
        await answering(browser)
        query = (await asyncio.to_thread(sandbox.launch_url)).partition("?")[2]
        launched = await browser.get(f"/launch?{query}")
        assert launched.status_code == 303
        assert "secure" in launched.headers["set-cookie"].lower()
        async with asyncio.timeout(20), browser.stream("GET", "/api/events") as events:
            lines = events.aiter_lines()
            assert (await anext(lines)).startswith("retry:")
            added = await browser.post("/api/images", content=make_jpeg(width=4000, height=3000, quality=97))
            assert added.status_code == 201, added.text
            # The stream is still open: what arrives now was not held back by the proxy.
            while await anext(lines) != "event: image.added":
                pass
            await anext(lines)
            assert json.loads((await anext(lines)).removeprefix("data: "))["id"] == added.json()["id"]
        assert (await browser.post("/api/images", content=b"0" * 27_000_000)).status_code == 413
        assert [(await browser.get(path)).status_code for path in ("/metrics", "/readyz")] == [404, 404]
        moved = await browser.get(f"http://127.0.0.1:{http}/")
        assert (moved.status_code, moved.headers["location"]) == (301, "https://127.0.0.1/")
    logged = logs_in(nginx)
    assert "GET /launch 303" in logged
    assert query not in logged
    assert "context=" not in logged
