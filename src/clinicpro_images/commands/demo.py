"""`clinicpro demo`: sandbox and gateway together on loopback, nothing to configure."""

import asyncio
import os
import secrets
import shlex
import sys
import tempfile
import webbrowser
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from rich.console import Console
from rich.panel import Panel

from clinicpro_images.commands.serve import listen, serve
from clinicpro_images.settings.settings import Settings

START_SECONDS = 20.0


async def run(*, port: int, sandbox_port: int, open_browser: bool, data: Path | None) -> int:
    """Run both until told to stop; returns the exit code."""
    console = Console()
    # Taken before anything starts, so that an occupied port is said at once.
    listener = listen("127.0.0.1", port)
    public_url = f"http://localhost:{listener.getsockname()[1]}"
    with _folder(data) as folder:
        console.print("Starting the ALEX sandbox …")
        async with _sandbox(sandbox_port, f"{public_url}/launch", folder / "sandbox") as offered:
            printed = offered["MEDTECH_API_BASE_URL"].removesuffix("/FHIR")
            # Under one host name the widget's cookie also reaches a frame inside Evolution's stand-in.
            sandbox_origin = printed.replace("127.0.0.1", "localhost")
            settings = Settings.read(
                offered
                | {
                    "CLINICPRO_PUBLIC_URL": public_url,
                    "CLINICPRO_DATA_DIR": str(folder / "gateway"),
                    "CLINICPRO_SECRET_KEY": _kept_secret(folder),
                    "CLINICPRO_FRAME_ANCESTORS": f"{sandbox_origin} {printed}",
                    "CLINICPRO_EXAMPLES": "1",
                    "CLINICPRO_COMMIT_TARGET": os.environ.get("CLINICPRO_COMMIT_TARGET", "scan"),
                },
                require=("credentials", "secret_key"),
            )
            _welcome(console, f"{sandbox_origin}/evolution", settings, kept=data)
            if open_browser:
                webbrowser.open(f"{sandbox_origin}/evolution")
            return await serve(settings, listener)


def _welcome(console: Console, evolution: str, settings: Settings, *, kept: Path | None) -> None:
    where = f"Everything is kept in {kept}." if kept else "Everything is gone when you stop it."
    console.print(
        Panel.fit(
            f"Open [bold]{evolution}[/bold]\n\n"
            "1. Choose a patient.\n"
            "2. Press the ClinicPro Images icon in the toolbar.\n"
            "3. Add a photo, say where on the body it is, and file it.\n\n"
            f"Gateway        {settings.public_url}\n"
            f"Admin token    {settings.admin_token}\n\n"
            f"{where} Stop with Ctrl+C.",
            title="ClinicPro Images demo",
        )
    )


@contextmanager
def _folder(data: Path | None) -> Iterator[Path]:
    if data is not None:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        yield data.absolute()
        return
    with tempfile.TemporaryDirectory(prefix="clinicpro-demo-", ignore_cleanup_errors=True) as temporary:
        yield Path(temporary)


def _kept_secret(folder: Path) -> str:
    """With --data the next demo must be able to open what this one sealed."""
    file = folder / "demo-secret"
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(secrets.token_urlsafe(32))
    return file.read_text()


@asynccontextmanager
async def _sandbox(port: int, launch_url: str, folder: Path) -> AsyncIterator[dict[str, str]]:
    """Start the sandbox as a program of its own; yields the environment it prints."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "alex_sandbox", "--end-with-parent", "--port", str(port)),
        *("--launch-url", launch_url, "--data", str(folder)),
        stdout=asyncio.subprocess.PIPE,
        # Ctrl+C reaches the whole group of the terminal; the demo ends the sandbox itself, last.
        start_new_session=True,
    )
    try:
        yield await asyncio.wait_for(_environment(process), START_SECONDS)
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def _environment(process: asyncio.subprocess.Process) -> dict[str, str]:
    if process.stdout is None:
        raise OSError("The sandbox can't be read from.")
    offered: dict[str, str] = {}
    async for line in process.stdout:
        words = shlex.split(line.decode(), comments=True)
        if words[:1] == ["export"] and len(words) > 1:
            name, _, value = words[1].partition("=")
            offered[name] = value
        elif "/evolution" in line.decode():
            return offered
    raise OSError("The sandbox did not start; run `clinicpro sandbox` to see why.")
