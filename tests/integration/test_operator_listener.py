"""`CLINICPRO_OPERATOR_LISTEN`: a program that serves both, and shows the same metrics on both."""

import os
import subprocess
import sys
import time
from pathlib import Path

import httpx2
import pytest

from crash.programs import free_port
from running import Sandbox

pytestmark = pytest.mark.widget


def test_a_gateway_with_a_listener_for_operators_starts_and_shows_its_metrics(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    main, operators = free_port(), free_port()
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("MEDTECH_", "CLINICPRO_"))
    }
    environ = {
        "CLINICPRO_DATA_DIR": str(tmp_path),
        "CLINICPRO_PUBLIC_URL": f"http://127.0.0.1:{main}",
        "CLINICPRO_OPERATOR_LISTEN": f"127.0.0.1:{operators}",
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "clinicpro_images", "serve", "--port", str(main)],
        env=kept | sandbox.environ | environ,
        stderr=subprocess.DEVNULL,
    )
    try:
        ready = 0
        for _ in range(300):
            try:
                ready = httpx2.get(f"http://127.0.0.1:{operators}/readyz", timeout=10).status_code
            except httpx2.TransportError:
                assert process.poll() is None
                time.sleep(0.1)
                continue
            if ready == 200:
                break
        assert ready == 200
        shown = httpx2.get(f"http://127.0.0.1:{operators}/metrics", timeout=10)
        assert "clinicpro_sessions 0.0" in shown.text
        assert (
            "/practice"
            in httpx2.get(f"http://127.0.0.1:{operators}/openapi.json", timeout=10).json()["paths"]
        )
        assert httpx2.get(f"http://127.0.0.1:{main}/metrics", timeout=10).status_code == 401
    finally:
        process.terminate()
        process.wait(30)
