"""`clinicpro demo`: runs sandbox and gateway together on loopback; nothing to configure."""

import asyncio
import datetime as dt
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
from rich.markup import escape
from rich.panel import Panel
from rich.text import Text

from clinicpro_images.commands.console import open_console
from clinicpro_images.commands.lan import own_certificate
from clinicpro_images.commands.serve import listen, serve
from clinicpro_images.settings.extras import reads_heic
from clinicpro_images.settings.settings import Settings
from clinicpro_images.web.pages import require_pages

START_SECONDS = 20.0
_NO_HEIC = "HEIC photos (iPhone) need the extra: pip install 'clinicpro-images[heic]'.\n"


async def run(
    *, port: int, sandbox_port: int, open_browser: bool, data: Path | None, lan: str | None = None
) -> int:
    """Run both until a signal stops them; returns the exit code.

    `lan` is an address of this machine: the gateway serves https on it, so that a phone can open the QR code.
    """
    console = open_console()
    # Opened before anything starts, so that a port that is in use is reported at once.
    listener = listen(lan or "127.0.0.1", port)
    require_pages()
    bound = listener.getsockname()[1]
    public_url = f"https://{lan}:{bound}" if lan else f"http://localhost:{bound}"
    with _folder(data) as folder:
        certificate, fingerprint = (
            own_certificate(folder, lan, dt.datetime.now(dt.UTC)) if lan else (None, "")
        )
        console.print("Starting the ALEX sandbox …")
        async with _sandbox(sandbox_port, f"{public_url}/launch", folder / "sandbox") as environ:
            sandbox_address = environ["MEDTECH_API_BASE_URL"].removesuffix("/FHIR")
            # With one host name for both, the widget's cookie is sent in a frame inside Evolution's stand-in too.
            sandbox_origin = sandbox_address.replace("127.0.0.1", "localhost")
            settings = Settings.read(
                environ
                | {
                    "CLINICPRO_PUBLIC_URL": public_url,
                    "CLINICPRO_DATA_DIR": str(folder / "gateway"),
                    "CLINICPRO_SECRET_KEY": _read_secret(folder),
                    "CLINICPRO_FRAME_ANCESTORS": f"{sandbox_origin} {sandbox_address}",
                    "CLINICPRO_EXAMPLES": "1",
                    "CLINICPRO_COMMIT_TARGET": os.environ.get("CLINICPRO_COMMIT_TARGET", "scan"),
                },
                require=("credentials", "secret_key"),
            )

            def welcome() -> None:
                _welcome(console, f"{sandbox_origin}/evolution", settings, kept=data, fingerprint=fingerprint)
                if open_browser:
                    webbrowser.open(f"{sandbox_origin}/evolution")

            console.print("Starting the gateway …")
            return await serve(settings, listener, certificate=certificate, on_start=welcome)


def _welcome(
    console: Console, evolution: str, settings: Settings, *, kept: Path | None, fingerprint: str
) -> None:
    where = f"All data is kept in {escape(str(kept))}." if kept else "All data is deleted when you stop it."
    text = (
        f"Open [bold]{evolution}[/bold]\n\n"
        "1. Choose a patient.\n"
        "2. Press the ClinicPro Images icon in the toolbar.\n"
        "3. Add a photo, choose the body site, and file it.\n\n"
        f"The gateway is at {settings.public_url}.\n"
        f"{'' if reads_heic() else escape(_NO_HEIC)}"
        f"{where} Stop with Ctrl+C."
        f"{_LAN.format(fingerprint=fingerprint) if fingerprint else ''}"
    )
    console.print(Panel.fit(Text.from_markup(text, emoji=False), title="ClinicPro Images demo"))


_LAN = (
    "\n\n[bold]On this computer and on the phone, the browser will warn that the connection isn't private[/bold]: the "
    "certificate is this demo's own.\nChoose Advanced, then Proceed (Chrome, Edge, Android); or Show Details, then visit "
    "this website (Safari, iPhone).\nIf it shows the certificate, its SHA-256 fingerprint is\n{fingerprint}.\n"
    "The phone must be on the same network. Anyone on it can open the demo: use no real photos."
)


@contextmanager
def _folder(data: Path | None) -> Iterator[Path]:
    if data is not None:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        yield data.absolute()
        return
    with tempfile.TemporaryDirectory(prefix="clinicpro-demo-", ignore_cleanup_errors=True) as temporary:
        yield Path(temporary)


def _read_secret(folder: Path) -> str:
    """Return the demo's secret key; with --data the next demo must be able to decrypt what this one stored."""
    file = folder / "demo-secret"
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(secrets.token_urlsafe(32))
    return file.read_text()


@asynccontextmanager
async def _sandbox(port: int, launch_url: str, folder: Path) -> AsyncIterator[dict[str, str]]:
    """Start the sandbox as a separate program; yields the environment variables that it prints."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "alex_sandbox", "--end-with-parent", "--earlier-photos", "--port", str(port)),
        *("--launch-url", launch_url, "--data", str(folder)),
        stdout=asyncio.subprocess.PIPE,
        # Ctrl+C reaches every process of the terminal's group, but the demo must end the sandbox last.
        start_new_session=True,
    )
    try:
        yield await asyncio.wait_for(_printed_environment(process), START_SECONDS)
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def _printed_environment(process: asyncio.subprocess.Process) -> dict[str, str]:
    if process.stdout is None:
        raise OSError("The sandbox's output can't be read.")
    environ: dict[str, str] = {}
    async for line in process.stdout:
        words = shlex.split(line.decode(), comments=True)
        if words[:1] == ["export"] and len(words) > 1:
            name, _, value = words[1].partition("=")
            environ[name] = value
        elif "/evolution" in line.decode():
            return environ
    raise OSError("The sandbox did not start; run `clinicpro sandbox` to see why.")
