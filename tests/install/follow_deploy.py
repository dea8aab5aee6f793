"""Runs every `sh` block of docs/deploy.md in order, with stand-ins for Medtech, the certificate and S3, and files photos."""

import argparse
import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "src")]

from image_files import make_jpeg  # noqa: E402 - found by the line above
from install.clinician import Clinician  # noqa: E402
from install.machine import Machine, here, scratch  # noqa: E402
from load.managers import identifiers, named_in  # noqa: E402
from object_store import running_object_store  # noqa: E402
from proxies import certificate  # noqa: E402
from running import Sandbox, running_sandbox  # noqa: E402

NAME = "photos.practice.example.nz"
SETTINGS = "/etc/clinicpro/clinicpro.env"
LIVE = f"/etc/letsencrypt/live/{NAME}"
SOURCE, WORK = "/root/clinicpro-images", "/root"
BUILD = "Build the package"


def blocks() -> list[tuple[str, str]]:
    """The heading and the text of each `sh` block, in order."""
    found, heading = [], ""
    page = (ROOT / "docs" / "deploy.md").read_text("utf-8")
    for match in re.finditer(r"^## (.+)$|^```sh\n((?:.*\n)*?)```", page, re.MULTILINE):
        if match[1]:
            heading = match[1]
        else:
            found.append((heading, match[2]))
    return found


def fill_in(machine: Machine, sandbox: Sandbox, store: dict[str, str]) -> None:
    """What a person does at "Fill in": this practice's settings; the stand-ins' addresses instead of Medtech's."""
    given = {name: value for name, value in sandbox.environ.items() if name.startswith("MEDTECH_")} | store
    given |= {"CLINICPRO_PUBLIC_URL": f"https://{NAME}", "CLINICPRO_STORAGE_URL": "s3://clinicpro/staged"}
    settings = machine.path(SETTINGS)
    kept = [line for line in settings.read_text().splitlines() if line.partition("=")[0] not in given]
    settings.write_text("\n".join([*kept, *(f"{name}={value}" for name, value in given.items())]) + "\n")


def file_a_photo(sandbox: Sandbox) -> None:
    """A visit through nginx, from Evolution's launch to the record."""
    before = len(sandbox.resources())
    with Clinician("https://127.0.0.1", sandbox, f"https://{NAME}") as clinician:
        for page in ("/", "/phone", "/problems"):
            assert clinician.call("GET", page).status_code == 200
        clinician.launch()
        commit = clinician.file(clinician.add(make_jpeg(width=1600, height=1200, seed=before)))
        assert commit["images"][0]["state"] == "committed", commit
    assert len(sandbox.resources()) == before + 1
    print("A photo was filed through nginx, PostgreSQL and S3.", flush=True)


def look_at_systemd(machine: Machine) -> None:
    """The unit runs as written, contained; its journal names no patient."""
    for unit in ("clinicpro", "nginx", "clinicpro-backup.timer"):
        assert machine.output(f"systemctl is-active {unit}").strip() == "active", machine.output(
            f"systemctl status {unit}"
        )
    assert "clinicpro" in machine.output("systemctl list-timers --all")
    journal = machine.output("journalctl --no-pager -o cat; cat /var/log/nginx/*")
    assert "http.problem" in journal or "message" in journal, journal[-2000:]
    seed = json.loads((ROOT / "src" / "alex_sandbox" / "seed.json").read_text("utf-8"))
    patients = [patient for facility in seed["facilities"] for patient in facility["patients"]]
    named = [
        each
        for each in named_in(journal, identifiers(patients))
        if each not in machine.output("hostname").lower()
    ]
    assert not named, named
    assert "context=" not in journal
    print(
        "systemd runs the service, the timer and nginx; no patient and no launch context in journal and logs.",
        flush=True,
    )


def clone(machine: Machine) -> None:
    """The repository at the version that is checked out here."""
    target = machine.path(SOURCE)
    shutil.rmtree(target, ignore_errors=True)
    subprocess.run(["git", "clone", "--quiet", f"file://{ROOT}", str(target)], check=True)


def copy_package(machine: Machine, built: Path) -> None:
    """Copy it to the server."""
    [package] = built.glob("*.deb")
    shutil.copy(package, machine.path(WORK))


@contextmanager
def cleared(machine: Machine, *, here: bool) -> Iterator[None]:
    """Afterwards remove what was installed, if the machine isn't thrown away."""
    try:
        yield
    finally:
        for script in (
            "systemctl stop clinicpro; systemctl stop nginx",
            "dpkg --purge clinicpro-images",
            "runuser -u postgres -- dropdb --if-exists clinicpro; runuser -u postgres -- dropuser --if-exists clinicpro",
            "pg_ctlcluster $(pg_lsclusters -h | awk '{print $1, $2; exit}') stop",
            "rm -f /etc/nginx/conf.d/clinicpro.conf; deluser --quiet --system clinicpro",
            f"rm -rf /etc/clinicpro /var/lib/clinicpro /var/backups/clinicpro {LIVE}",
        ):
            if here:
                machine.output(script)


def follow(machine: Machine, sandbox: Sandbox, store: dict[str, str], *, build: bool) -> None:
    """Run the blocks; raises where one doesn't work."""
    live = machine.path(LIVE)
    live.mkdir(parents=True, exist_ok=True)
    certificate(live)
    host = store["AWS_ENDPOINT_URL"].removeprefix("http://")
    machine.path("/root/.s3cfg").write_text(
        "[default]\naccess_key = invented\nsecret_key = invented\nuse_https = False\nbucket_location = us-east-1\n"
        f"host_base = {host}\nhost_bucket = {host}\n"
    )
    machine.output("apt-get update")
    visits = 0
    for heading, script in blocks():
        if heading == BUILD and not build:
            continue
        if heading == BUILD:
            clone(machine)
        for line in script.strip().splitlines():
            machine.run(line, SOURCE if heading == BUILD else WORK)
            if "install -y postgresql" in line and not machine.systemd:
                machine.output(
                    "pg_ctlcluster $(pg_lsclusters -h | awk '{print $1, $2; exit}') start"
                )  # as systemd does
        if heading == BUILD:
            copy_package(machine, machine.path(SOURCE) / "build" / "deb")
        if heading == "Install":
            fill_in(machine, sandbox, store)
        if heading in {"Certificate and proxy", "Upgrade, and back"}:
            file_a_photo(sandbox)
            visits += 1
        if heading == "Upgrade, and back" and machine.systemd:
            look_at_systemd(machine)
    assert visits == 2, "no photo was filed"
    print(
        f"{len(machine.ran)} commands of docs/deploy.md ran as written, 0 departures. Not run: its console blocks."
    )


def main() -> None:
    """In a scratch root, or with --here on this machine."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--here", action="store_true", help="on this machine, which it changes")
    parser.add_argument(
        "--build", action="store_true", help="also build the package in the scratch root, from a clone"
    )
    parser.add_argument("--release", default="bookworm", help="Debian's release in the scratch root")
    options = parser.parse_args()
    with ExitStack() as stack:
        if options.here:
            work = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="clinicpro-check-install-")))
            machine = stack.enter_context(here(work))
        else:
            machine = stack.enter_context(scratch(ROOT / "build" / "scratch", options.release))
        stack.enter_context(cleared(machine, here=options.here))
        sandbox = stack.enter_context(running_sandbox())
        store = stack.enter_context(running_object_store())
        if not options.build:
            copy_package(machine, ROOT / "build" / "deb")
        follow(machine, sandbox, store.environ, build=options.build)


if __name__ == "__main__":
    main()
