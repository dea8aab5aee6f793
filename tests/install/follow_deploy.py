"""Runs every `sh` block of docs/deploy.md in order, and files photos; and every command of docs/on-call.md.

Beside the blocks it does only what the page tells a person to do at that place: clone, copy the package, fill in settings, and
the console blocks of PERSON. Everything is printed. Medtech, the certificate and S3 are stand-ins.
"""

import argparse
import json
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
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
ALEX_API = "9bf0832786e2293848942167532e0a91"


@dataclass(frozen=True)
class Block:
    """A code block of the page, with its heading; `kind` is `sh` or `console`."""

    heading: str
    kind: str
    script: str


def blocks() -> list[Block]:
    """Every block, in order."""
    found, heading = [], ""
    page = (ROOT / "docs" / "deploy.md").read_text("utf-8")
    for match in re.finditer(r"^## (.+)$|^```(sh|console)\n((?:.*\n)*?)```", page, re.MULTILINE):
        if match[1]:
            heading = match[1]
        else:
            found.append(Block(heading, match[2], match[3]))
    return found


def fill_in(machine: Machine, given: dict[str, str]) -> None:
    """Set variables in the environment file, as a person does."""
    print(f"Filling in {', '.join(given)}.", flush=True)
    settings = machine.path(SETTINGS)
    kept = [line for line in settings.read_text().splitlines() if line.partition("=")[0] not in given]
    settings.write_text("\n".join([*kept, *(f"{name}={value}" for name, value in given.items())]) + "\n")


def medtech(sandbox: Sandbox) -> dict[str, str]:
    """What "Fill in" names, and the stand-in's addresses instead of Medtech's."""
    given = {name: value for name, value in sandbox.environ.items() if name.startswith("MEDTECH_")}
    return given | {"CLINICPRO_PUBLIC_URL": f"https://{NAME}"}


def configure_s3cmd(machine: Machine, store: dict[str, str]) -> None:
    """What `s3cmd --configure` writes."""
    host = store["AWS_ENDPOINT_URL"].removeprefix("http://")
    machine.path("/root/.s3cfg").write_text(
        f"[default]\naccess_key = {store['AWS_ACCESS_KEY_ID']}\nsecret_key = {store['AWS_SECRET_ACCESS_KEY']}\n"
        f"use_https = False\nbucket_location = us-east-1\nhost_base = {host}\nhost_bucket = {host}\n"
    )


def obtain_certificate(machine: Machine) -> None:
    """What certbot leaves behind."""
    live = machine.path(LIVE)
    live.mkdir(parents=True, exist_ok=True)
    certificate(live)


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


def file_from_disk(machine: Machine, sandbox: Sandbox) -> None:
    """`clinicpro commit` with a relative name, as root in a folder that the service's user can read."""
    before = len(sandbox.resources())
    machine.path("/srv/photo.jpg").write_bytes(make_jpeg(width=1600, height=1200, seed=before))
    options = f"--nhi ZZZ0016 --body-site 14975008 --provider {ALEX_API} --yes --birth-date 1965-08-07"
    printed = machine.output(f"cd /srv; clinicpro commit photo.jpg {options}")
    assert len(sandbox.resources()) == before + 1, printed
    print("A photo was filed from disk.", flush=True)


def look_at_systemd(machine: Machine) -> None:
    """The unit runs as written, contained; its journal names no patient."""
    if not machine.systemd:
        return
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
    # What a person does after the last block below a heading.
    then: dict[str, list[Callable[[], None]]] = {
        BUILD: [lambda: copy_package(machine, machine.path(SOURCE) / "build" / "deb")],
        "Install": [lambda: fill_in(machine, medtech(sandbox))],
        "Photos in a bucket": [lambda: fill_in(machine, store | {"CLINICPRO_STORAGE_URL": "s3://clinicpro/staged"})],
        "Certificate and proxy": [lambda: file_a_photo(sandbox)],
        "Backup and restore": [lambda: file_a_photo(sandbox)],
        "Upgrade, and back": [
            lambda: file_a_photo(sandbox),
            lambda: file_from_disk(machine, sandbox),
            lambda: look_at_systemd(machine),
            lambda: be_on_call(machine),
        ],
    }  # fmt: skip
    page = [block for block in blocks() if build or block.heading != BUILD]
    last = {block.heading: number for number, block in enumerate(page) if block.kind == "sh"}
    if build:
        clone(machine)
    left_out: list[str] = []
    for number, block in enumerate(page):
        if block.kind == "console":
            left_out += stand_in(machine, block, store)
            continue
        run_block(machine, block)
        for act in then.pop(block.heading, []) if last[block.heading] == number else []:
            act()
    assert set(then) <= {BUILD}, "a heading is gone"
    print(f"{len(machine.ran)} commands of docs/deploy.md ran as written and in order; 3 photos were filed.")
    print("Not run:", *left_out, sep="\n  ")


def stand_in(machine: Machine, block: Block, store: dict[str, str]) -> list[str]:
    """Leave behind what a console block would; returns its lines if there is no stand-in for it."""
    if "s3cmd --configure" in block.script:
        configure_s3cmd(machine, store)
    elif "certbot certonly" in block.script:
        obtain_certificate(machine)
    else:
        return block.script.strip().splitlines()
    return []


def run_block(machine: Machine, block: Block) -> None:
    """Each line as it is written, in the folder that the page names."""
    for line in block.script.strip().splitlines():
        machine.run(line, SOURCE if block.heading == BUILD else WORK)
        if "install -y postgresql" in line and not machine.systemd:
            machine.output(
                "pg_ctlcluster $(pg_lsclusters -h | awk '{print $1, $2; exit}') start"
            )  # as systemd does


def be_on_call(machine: Machine) -> None:
    """Every command of docs/on-call.md runs."""
    if not machine.systemd:
        return
    page = (ROOT / "docs" / "on-call.md").read_text("utf-8")
    shown = "".join(re.findall(r"^```sh\n((?:.*\n)*?)```", page, re.MULTILINE)).splitlines()
    cells = [re.split(r"(?<!\\) \| ", row)[0] for row in re.findall(r"^\| [123] \|(.*)$", page, re.MULTILINE)]
    spans = [span.replace("\\|", "|") for cell in cells for span in re.findall(r"`([^`]+)`", cell)]
    commands = [*(line.partition("  #")[0] for line in shown), *(each for each in spans if " " in each)]
    for command in dict.fromkeys(commands):
        printed = machine.output(
            f'set +e; export PAGER=cat SYSTEMD_PAGER=cat; timeout 60 bash -c {shlex.quote(command)}; echo "ended $?"'
        )
        assert not re.search(
            r"command not found|[Nn]o such (?:option|command)|(?:invalid|unrecognized) option|ended 124",
            printed,
        )
        print(f"on call: {command}: {printed.strip().splitlines()[-1]}", flush=True)
    break_a_setting(machine)


def break_a_setting(machine: Machine) -> None:
    """The first row of the first table: a wrong setting is named by what the row runs."""
    settings = machine.path(SETTINGS)
    right = settings.read_text()
    settings.write_text(right + "CLINICPRO_COMMIT_TARGET=everywhere\n")
    machine.output("systemctl restart clinicpro; sleep 8")
    printed = machine.output("systemctl status clinicpro --no-pager; journalctl -u clinicpro -n 8 -o cat")
    settings.write_text(right)
    machine.output("systemctl restart clinicpro")
    assert "clinicpro: CLINICPRO_COMMIT_TARGET must be scan, media or both." in printed, printed
    assert "status=2" in printed, printed


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
