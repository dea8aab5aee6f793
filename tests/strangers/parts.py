"""Installs the strangers' programs from the package registries into build/strangers, once, and runs them."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
PLACE = ROOT / "build" / "strangers"
PYTHON = PLACE / "venv" / "bin" / "python"


def install() -> None:
    """Make `node_modules` and a virtual environment there; what is up to date stays."""
    wanted = "".join((HERE / name).read_text() for name in ("package-lock.json", "requirements.txt"))
    stamp = PLACE / "installed"
    if stamp.exists() and stamp.read_text() == wanted:
        return
    PLACE.mkdir(parents=True, exist_ok=True)
    for file in (*HERE.glob("*.mjs"), *HERE.glob("package*.json")):
        link = PLACE / file.name
        link.unlink(missing_ok=True)
        # A copy, because Node.js looks for packages beside the real file.
        link.write_bytes(file.read_bytes())
    sys.stderr.write("Installing the strangers' programs …\n")
    _run(
        "bash",
        "-c",
        f"cd {ROOT} && source scripts/node.sh && cd {PLACE} && npm_run ci --silent --no-audit --no-fund",
    )
    _run(sys.executable, "-m", "venv", str(PLACE / "venv"))
    _run(str(PYTHON), "-m", "pip", "install", "--quiet", "-r", str(HERE / "requirements.txt"))
    stamp.write_text(wanted)


def script(name: str) -> Path:
    """Return a program of ours for Node.js, beside the packages that it uses."""
    copy = PLACE / name
    copy.write_bytes((HERE / name).read_bytes())
    return copy


@contextmanager
def program(
    command: list[str], log: Path, *, says: str | None = None, environ: dict[str, str] | None = None
) -> Iterator[subprocess.Popen[str]]:
    """Run a program, until it has said something on its first line if wanted; leaving ends it."""
    with log.open("ab") as errors:
        process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE if says else errors,
            stderr=errors,
            text=True,
            cwd=PLACE,
            env=os.environ | (environ or {}),
        )
        try:
            if says:
                assert process.stdout is not None
                line = process.stdout.readline()
                assert says in line, f"{command}: {line}{log.read_text()}"
            yield process
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(10)
            if process.stdout is not None:
                process.stdout.close()


def _run(*command: str) -> None:
    subprocess.run(command, check=True)
