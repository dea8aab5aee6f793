"""Where docs/deploy.md is followed: in a scratch root with Debian's base and a systemd of its own, or on this machine."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_START_SECONDS = 60.0
# How this machine reaches the package registries: certificates and settings, where there are any.
_REACHES = (
    "/etc/resolv.conf",
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pip.conf",
    "/etc/npmrc",
)
_VARIABLES = ("PIP_CERT", "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS", "http_proxy", "https_proxy", "no_proxy")


@dataclass
class Machine:
    """`root` is its file system as seen from here; `prefix` is what a command is run with."""

    root: Path
    prefix: list[str]
    environ: dict[str, str]
    systemd: bool
    ran: list[str] = field(default_factory=list)

    def path(self, absolute: str) -> Path:
        """A file of the machine."""
        return self.root / absolute.lstrip("/")

    def run(self, script: str, folder: str) -> None:
        """Run a line of shell as root; raises CalledProcessError."""
        print(f"$ {script.strip()}", flush=True)
        self.ran.append(script)
        subprocess.run([*self.prefix, *self._shell(script, folder)], env=self.environ, check=True)

    def output(self, script: str) -> str:
        """Run a line of shell and return what it printed."""
        done = subprocess.run(
            [*self.prefix, *self._shell(script, "/")],
            env=self.environ,
            check=False,
            capture_output=True,
            text=True,
        )
        return done.stdout + done.stderr

    def _shell(self, script: str, folder: str) -> list[str]:
        return ["bash", "-e", "-c", f'cd "$0"\n{script}', folder]


@contextmanager
def scratch(place: Path, release: str) -> Iterator[Machine]:
    """Unpack a Debian release's base below `place`, and start its systemd in namespaces of its own; the network is shared."""
    base, root = place / f"{release}.tar", place / "root"
    if not base.exists():
        print(f"Fetching Debian's base ({release}) …", flush=True)
        part = base.with_suffix(".part.tar")
        place.mkdir(parents=True, exist_ok=True)
        subprocess.run(
            ["mmdebstrap", "--quiet", "--variant=important", "--include=dbus,ca-certificates,python3",
             '--aptopt=Acquire::Check-Valid-Until "false"', release, str(part)],
            check=True,
        )  # fmt: skip
        part.rename(base)
    _clear(root)
    root.mkdir()
    subprocess.run(
        ["tar", "--extract", "--numeric-owner", f"--file={base}", f"--directory={root}"], check=True
    )
    for each in (*map(Path, _REACHES), *Path("/etc/apt/apt.conf.d").glob("99*")):
        _copy(each, root / each.relative_to("/"))
    environ = {name: os.environ[name] for name in _VARIABLES if name in os.environ}
    environ |= {"PATH": _PATH, "HOME": "/root", "LANG": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive"}
    with _booted(root, place / "boot.log") as pid:
        inside = [
            "nsenter",
            f"--target={pid}",
            "--mount",
            "--uts",
            "--ipc",
            "--pid",
            "--cgroup",
            "--root",
            "--wd",
        ]
        yield Machine(root, inside, environ, systemd=True)
    _clear(root)


@contextmanager
def here(work: Path) -> Iterator[Machine]:
    """This machine itself, which is changed by it; without systemd, with a stand-in for systemctl in `work`."""
    environ = os.environ | {"DEBIAN_FRONTEND": "noninteractive", "CHECK_INSTALL_STATE": str(work)}
    systemd = Path("/run/systemd/system").exists()
    if not systemd:
        print(
            "No systemd here: systemctl is a stand-in that starts the unit's program as its user.", flush=True
        )
        (work / "bin").mkdir()
        shutil.copy(Path(__file__).parent / "systemctl", work / "bin")
        environ["PATH"] = f"{work / 'bin'}:{environ['PATH']}"
    yield Machine(Path("/"), [], dict(environ), systemd)


@contextmanager
def _booted(root: Path, log: Path) -> Iterator[int]:
    command = ["systemd-nspawn", f"--directory={root}", "--boot", "--register=no", "--keep-unit", "--console=pipe",
               "--machine=clinicpro-check", "--resolv-conf=off", "--timezone=off", "--link-journal=no"]  # fmt: skip
    with log.open("wb") as printed:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=printed, stderr=printed)
    try:
        pid = _leader(process, log)
        yield pid
    finally:
        process.terminate()
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)


def _leader(process: subprocess.Popen[bytes], log: Path) -> int:
    """Return the process id of its systemd, once that has started what it starts."""
    until = time.monotonic() + _START_SECONDS
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    while time.monotonic() < until:
        if process.poll() is not None:
            break
        pids = children.read_text().split()
        if pids:
            asked = [
                "nsenter",
                f"--target={pids[-1]}",
                "--mount",
                "--pid",
                "--root",
                "systemctl",
                "is-system-running",
            ]
            done = subprocess.run(asked, capture_output=True, text=True, check=False)
            if done.stdout.strip() in {"running", "degraded"}:
                return int(pids[-1])
        time.sleep(0.5)
    sys.exit(f"The scratch root's systemd did not start:\n{log.read_text(errors='replace')[-3000:]}")


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, dirs_exist_ok=True)
    elif source.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        target.unlink(missing_ok=True)
        shutil.copyfile(source, target)


def _clear(root: Path) -> None:
    if root.exists():
        subprocess.run(["rm", "-rf", "--one-file-system", str(root)], check=True)
