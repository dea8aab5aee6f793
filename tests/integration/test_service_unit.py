"""The gateway under the system calls that its systemd unit allows: it starts, contains its decoders, and takes images."""

import subprocess
import sys
from pathlib import Path

import httpx2
import pytest

import service_filter
from containers import document_pdf, make_heic
from crash.programs import GatewayProgram, free_port
from image_files import make_jpeg
from running import PATIENCE, TESTING, running_sandbox

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(sys.platform != "linux", reason="systemd's filters are Linux's"),
]


@pytest.fixture
def behind(tmp_path: Path) -> tuple[str, ...]:
    file = tmp_path / "filter"
    file.write_bytes(service_filter.program(service_filter.UNIT.read_text()))
    return (sys.executable, service_filter.__file__, str(file))


def test_the_filter_filters(behind: tuple[str, ...]) -> None:
    """Otherwise the test below would prove nothing."""
    for call in ("os.setpriority(os.PRIO_PROCESS, 0, 5)", "os.chroot('/')", "os.sched_setaffinity(0, {0})"):
        code = f"import os; {call}"
        for command, refused in (
            ((sys.executable, "-c", code), False),
            ((*behind, sys.executable, "-c", code), True),
        ):
            ran = subprocess.run(command, capture_output=True, text=True, check=False)
            assert ("PermissionError" in ran.stderr) is refused, (call, ran.stderr)


async def test_a_gateway_takes_images_with_the_calls_that_its_unit_allows(
    behind: tuple[str, ...], tmp_path: Path
) -> None:
    port = free_port()
    with running_sandbox() as sandbox:
        own = {
            "CLINICPRO_DATA_DIR": str(tmp_path / "data"),
            "CLINICPRO_SECRET_KEY": "a secret of thirty-two characters or more",
            "CLINICPRO_PUBLIC_URL": f"http://127.0.0.1:{port}",
        }
        gateway = GatewayProgram(sandbox.environ | own, tmp_path, port, behind)
        gateway.start()
        try:
            await gateway.ready()
            async with httpx2.AsyncClient(
                base_url=gateway.origin, headers={"Origin": gateway.origin}, timeout=PATIENCE
            ) as client:
                await client.get(f"/launch?{sandbox.launch_url(TESTING).partition('?')[2]}")
                for image, kind in (
                    (make_jpeg(), "image/jpeg"),
                    (make_heic(), "image/heic"),
                    (document_pdf(pages=1), "application/pdf"),
                ):
                    reply = await client.post("/api/images", content=image, headers={"Content-Type": kind})
                    assert reply.status_code == 201, reply.text
            for event in ("image.worker_not_started", "image.worker_not_contained", "image.worker_died"):
                assert gateway.logged(event) == 0
        finally:
            gateway.stop()
