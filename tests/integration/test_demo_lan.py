"""`clinicpro demo --lan`: https with a certificate of its own, and a QR code whose address another device can open."""

import re
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from clinicpro_images.commands.lan import local_address

pytestmark = pytest.mark.widget


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[tuple[str, str, str]]:
    """A running demo: the gateway's address, the stand-in for Evolution's, and all that was printed before."""
    options = ("--lan", "--port", "0", "--sandbox-port", "0", "--no-open", "--data", str(tmp_path / "kept"))
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "clinicpro_images", "demo", *options],
        stdout=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
    )
    assert process.stdout is not None
    try:
        printed = ""
        for line in process.stdout:
            printed += line
            if line.startswith("╰"):
                break
        gateway = re.search(r"gateway is at (https://\S+?)\.\s", printed)
        evolution = re.search(r"http://\S+/evolution", printed)
        assert gateway is not None, printed
        assert evolution is not None, printed
        yield gateway[1], evolution[0].removesuffix("/evolution"), printed
    finally:
        process.terminate()
        process.wait(20)
        process.stdout.close()


def test_a_phone_on_the_network_can_open_the_code(demo: tuple[str, str, str], tmp_path: Path) -> None:
    gateway, sandbox, printed = demo
    for said in ("isn't private", "fingerprint", "same network", "no real photos"):
        assert said in printed
    pem = tmp_path / "kept" / "demo-certificate.pem"
    assert pem.stat().st_mode & 0o077 == 0
    trusting = ssl.create_default_context(cafile=str(pem))
    launch = httpx2.post(
        f"{sandbox}/sandbox/launches", json={"patient": "14e52e16edb7a435bfa05e307afd008b"}, timeout=30
    )
    with httpx2.Client(base_url=gateway, headers={"Origin": gateway}, verify=trusting, timeout=30) as desktop:
        for _ in range(100):
            try:
                if desktop.get("/healthz").status_code == 200:
                    break
            except httpx2.TransportError:
                continue
        launched = desktop.get(f"/launch?{launch.json()['url'].partition('?')[2]}", follow_redirects=True)
        assert launched.status_code == 200
        code = desktop.post("/api/handoff").json()["url"]
    assert code.startswith(f"{gateway}/phone#")
    assert not socket.gethostbyname(gateway.partition("//")[2].partition(":")[0]).startswith("127.")
    with httpx2.Client(verify=trusting, timeout=30) as phone:
        assert phone.get(code.partition("#")[0]).status_code == 200


def test_the_address_is_one_of_this_machine_that_others_reach() -> None:
    with socket.socket() as listener:
        listener.bind((local_address(), 0))
    assert not local_address().startswith("127.")
