"""Runs every `sh` block of docs/deploy.md in order, with stand-ins for Medtech, the certificate, S3 and systemd."""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "src")]

from image_files import make_jpeg  # noqa: E402 - found by the line above
from object_store import running_object_store  # noqa: E402
from proxies import certificate  # noqa: E402
from running import Sandbox, running_sandbox  # noqa: E402

NAME = "photos.practice.example.nz"
WORK = Path("/tmp/clinicpro-check-install")  # noqa: S108 - made here, for root only
SETTINGS = Path("/etc/clinicpro/clinicpro.env")
LIVE = Path(f"/etc/letsencrypt/live/{NAME}")


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


def run(script: str, environ: dict[str, str]) -> None:
    print(f"$ {script.strip()}", flush=True)
    subprocess.run(["bash", "-e", "-c", script], cwd=WORK, env=environ, check=True)


def fill_in(sandbox: Sandbox, store: dict[str, str]) -> None:
    """What a person does at "Fill in": this practice's settings; the stand-ins' addresses instead of Medtech's."""
    given = {name: value for name, value in sandbox.environ.items() if name.startswith("MEDTECH_")} | store
    given |= {"CLINICPRO_PUBLIC_URL": f"https://{NAME}", "CLINICPRO_STORAGE_URL": "s3://clinicpro/staged"}
    kept = [line for line in SETTINGS.read_text().splitlines() if line.partition("=")[0] not in given]
    SETTINGS.write_text("\n".join([*kept, *(f"{name}={value}" for name, value in given.items())]) + "\n")


def file_a_photo(sandbox: Sandbox) -> None:
    """A visit through nginx, from Evolution's launch to the record."""
    before = len(sandbox.resources())
    with httpx2.Client(
        base_url="https://127.0.0.1",
        headers={"Host": NAME, "Origin": f"https://{NAME}"},
        verify=False,
        timeout=60,
    ) as browser:

        def call(method: str, path: str, **more: object) -> httpx2.Response:
            reply = browser.request(method, path, extensions={"sni_hostname": NAME}, **more)  # type: ignore[arg-type]
            assert reply.status_code < 400, (path, reply.status_code, reply.text)
            return reply

        for page in ("/", "/phone", "/problems"):
            assert call("GET", page).status_code == 200
        launched = call("GET", f"/launch?{sandbox.launch_url().partition('?')[2]}")
        cookie = launched.headers["set-cookie"].partition(";")[0]
        browser.headers["Cookie"] = cookie
        image = call("POST", "/api/images", content=make_jpeg(width=1600, height=1200)).json()
        call("PATCH", f"/api/images/{image['id']}", json={"bodySite": {"code": "14975008"}})
        commit = call(
            "POST", "/api/commits", json={"imageIds": [image["id"]]}, headers={"Idempotency-Key": image["id"]}
        ).json()
        for _ in range(300):
            commit = call("GET", f"/api/commits/{commit['id']}").json()
            if commit["images"][0]["state"] == "committed":
                break
            time.sleep(0.2)
        assert commit["images"][0]["state"] == "committed", commit
    assert len(sandbox.resources()) == before + 1
    print("A photo was filed through nginx, PostgreSQL and S3.", flush=True)


@contextmanager
def place() -> Iterator[dict[str, str]]:
    """A folder with the package and the stand-in for systemctl; afterwards everything that was installed is removed."""
    shutil.rmtree(WORK, ignore_errors=True)
    (WORK / "bin").mkdir(parents=True, mode=0o700)
    [package] = (ROOT / "build" / "deb").glob("*.deb")
    shutil.copy(package, WORK)
    environ = os.environ | {"DEBIAN_FRONTEND": "noninteractive", "CHECK_INSTALL_STATE": str(WORK)}
    if not Path("/run/systemd/system").exists():
        print(
            "No systemd here: systemctl is a stand-in that starts the unit's program as its user.", flush=True
        )
        shutil.copy(ROOT / "tests" / "install" / "systemctl", WORK / "bin")
        environ["PATH"] = f"{WORK / 'bin'}:{environ['PATH']}"
    try:
        yield environ
    finally:
        for script in (
            "systemctl stop clinicpro; systemctl stop nginx",
            "dpkg --purge clinicpro-images",
            "runuser -u postgres -- dropdb --if-exists clinicpro; runuser -u postgres -- dropuser --if-exists clinicpro",
            "pg_ctlcluster $(pg_lsclusters -h | awk '{print $1, $2; exit}') stop",
            "rm -f /etc/nginx/conf.d/clinicpro.conf; deluser --quiet --system clinicpro",
            f"rm -rf /etc/clinicpro /var/lib/clinicpro /var/backups/clinicpro {LIVE}",
        ):
            subprocess.run(["bash", "-c", script], env=environ, check=False, cwd="/")


def main() -> None:
    with place() as environ, running_sandbox() as sandbox, running_object_store() as store:
        LIVE.mkdir(parents=True, exist_ok=True)
        certificate(LIVE)
        host = store.environ["AWS_ENDPOINT_URL"].removeprefix("http://")
        (Path.home() / ".s3cfg").write_text(
            "[default]\naccess_key = invented\nsecret_key = invented\nuse_https = False\nbucket_location = us-east-1\n"
            f"host_base = {host}\nhost_bucket = {host}\n"
        )
        visits = 0
        for heading, script in blocks():
            for line in script.strip().splitlines():
                run(line, environ)
                if "install -y postgresql" in line and not Path("/run/systemd/system").exists():
                    start = "pg_ctlcluster $(pg_lsclusters -h | awk '{print $1, $2; exit}') start"
                    subprocess.run(["bash", "-c", start], check=False)  # as systemd does
            if heading == "Install":
                fill_in(sandbox, store.environ)
            if heading in {"Certificate and proxy", "Upgrade, and back"}:
                file_a_photo(sandbox)
                visits += 1
        assert visits == 2, "no photo was filed"
        print("Every command of docs/deploy.md ran as written. Not run: its console blocks.", flush=True)


if __name__ == "__main__":
    main()
