"""Installs the release's wheel with every extra, in a clean environment for each Python given, and uses it as a newcomer would."""

import argparse
import asyncio
import html
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx2

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "src")]

from containers import make_heic  # noqa: E402 - found by the line above
from crash.programs import free_port  # noqa: E402
from image_files import make_jpeg  # noqa: E402
from install.clinician import Clinician  # noqa: E402
from integration.sign_in.steps import FOUND  # noqa: E402
from oidc import running_provider  # noqa: E402
from running import Sandbox  # noqa: E402

RELEASE = ROOT / "build" / "release"
PAGES = ("/", "/phone", "/healthz", "/problems", "/.well-known/security.txt", "/pages/error.css")
GP = "9bf0832786e2293848942167532e0a91"


def main() -> None:
    """Try each Python; exit 1 if one failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("python", nargs="+")
    failed = 0
    for python in parser.parse_args().python:
        with tempfile.TemporaryDirectory(prefix="clinicpro-wheel-") as folder:
            try:
                for line in tried(python, Path(folder)):
                    print(line, flush=True)
            except (AssertionError, subprocess.CalledProcessError, httpx2.HTTPError) as error:
                failed += 1
                print(f"{python}: FAILED: {error!r}", flush=True)
    sys.exit(1 if failed else 0)


def tried(python: str, folder: Path) -> Iterator[str]:
    """Install, run, and look at everything."""
    [wheel], [sdist] = RELEASE.glob("*.whl"), RELEASE.glob("*.tar.gz")
    environ = own_environment(folder)
    run(environ, python, "-m", "venv", str(folder / "venv"))
    pip = (str(folder / "venv" / "bin" / "python"), "-m", "pip", "--quiet", "--disable-pip-version-check")
    version = run(environ, pip[0], "-c", "import platform; print(platform.python_version())").strip()
    command = str(folder / "venv" / "bin" / "clinicpro")
    run(environ, *pip, "install", str(wheel))
    refused = commit_of_heic(environ, command, folder)
    assert "HEIC" in refused and "clinicpro-images[heic]" in refused, refused  # noqa: PT018 - one sentence
    yield f"Python {version}: pip install of the wheel alone; HEIC is refused, and the extra is named"
    run(environ, *pip, "install", f"{wheel}[all]")
    run(environ, *pip, "check")
    said = run(environ, command, "--version")
    assert re.search(r"\d+\.\d+\.\d+ .*[0-9a-f]{12}", said), said
    yield f"Python {version}: pip install of the wheel[all]; {said.strip()}"
    run(environ, *pip, "wheel", "--no-deps", "--wheel-dir", str(folder / "built"), str(sdist))
    [built] = (folder / "built").glob("*.whl")
    same = "the same bytes" if built.read_bytes() == wheel.read_bytes() else "other bytes"
    yield f"Python {version}: the source distribution builds in isolation, with {same} as the wheel"
    yield f"Python {version}: {demo(environ, command, folder)}"
    yield f"Python {version}: {asyncio.run(signed_in(environ, command, folder))}"


def own_environment(folder: Path) -> dict[str, str]:
    """An environment without the checkout and without settings, in a home of its own."""
    unset = ("PYTHON", "CLINICPRO_", "MEDTECH_", "AWS_ENDPOINT", "VIRTUAL_ENV")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(unset)}
    (folder / "home").mkdir()
    return kept | {"HOME": str(folder / "home"), "PYTHONUNBUFFERED": "1"}


def run(environ: Mapping[str, str], *command: str) -> str:
    done = subprocess.run(
        command, env=environ, cwd=environ["HOME"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}{done.stderr}"
    return done.stdout


def commit_of_heic(environ: Mapping[str, str], command: str, folder: Path) -> str:
    """What a wheel without the extra says of a HEIC file."""
    (folder / "photo.heic").write_bytes(make_heic())
    with running(environ, [command, "sandbox", "--port", "0"], "/evolution") as printed:
        given = dict(re.findall(r"export (\w+)='?([^'\n]*?)'?$", printed, re.MULTILINE))
        words = ["commit", "photo.heic", "--nhi", "ZZZ0016", "--body-site", "14975008", "--provider", GP]
        done = subprocess.run(
            [command, *words, "--yes", "--birth-date", "1965-08-07"],
            env={**environ, **given, "CLINICPRO_DATA_DIR": str(folder / "commit"), "COLUMNS": "500"},
            cwd=folder, capture_output=True, text=True, check=False,
        )  # fmt: skip
    assert done.returncode != 0
    return done.stdout + done.stderr


@contextmanager
def running(environ: Mapping[str, str], command: list[str], until: str) -> Iterator[str]:
    """Run a program; yields what it printed up to the line that has `until`."""
    process = subprocess.Popen(
        command,
        env=dict(environ),
        cwd=environ["HOME"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    try:
        printed = ""
        for line in process.stdout:
            printed += line
            if until in line:
                break
        assert until in printed, printed
        yield printed
    finally:
        process.terminate()
        process.wait(30)
        process.stdout.close()


def demo(environ: Mapping[str, str], command: str, folder: Path) -> str:
    """The demo as it is printed: every page, a photo from the desktop, and a HEIC from a phone."""
    words = ["demo", "--port", "0", "--sandbox-port", "0", "--no-open", "--data", str(folder / "demo")]
    with running(environ, [command, *words], "╰") as printed:
        gateway = re.search(r"gateway is at (http://\S+?)\.\s", printed)
        evolution = re.search(r"(http://\S+)/evolution", printed)
        assert gateway is not None, printed
        assert evolution is not None, printed
        sandbox = Sandbox({"MEDTECH_API_BASE_URL": f"{evolution[1]}/FHIR"})
        with Clinician(gateway[1], sandbox) as clinician:
            opened = every_page(clinician, evolution[1])
            clinician.launch()
            for path in ("/", "/api/session", "/api/capabilities"):
                clinician.call("GET", path)
            jpeg = clinician.add(make_jpeg(width=1600, height=1200))
            with Clinician(gateway[1], sandbox) as phone:
                code = clinician.call("POST", "/api/handoff").json()["url"]
                assert phone.call("GET", "/phone").status_code == 200
                claimed = phone.call(
                    "POST", "/api/handoff/claim", json={"token": code.partition("#")[2].rpartition("=")[2]}
                )
                phone.client.headers["Cookie"] = claimed.headers["set-cookie"].partition(";")[0]
                heic = phone.call(
                    "POST", "/api/images", content=make_heic(), headers={"Content-Type": "image/heic"}
                ).json()
            clinician.call("PATCH", f"/api/images/{heic['id']}", json={"bodySite": {"code": "14975008"}})
            commit = clinician.file(jpeg, heic["id"])
            assert {each["state"] for each in commit["images"]} == {"committed"}, commit
    return (
        f"the demo: {opened} pages and files with 200; a JPEG from the desktop and a HEIC from a phone filed"
    )


def every_page(clinician: Clinician, evolution: str) -> int:
    """Open the pages, all that they load, a page for each error, and Evolution's stand-in."""
    wanted = [*PAGES, *re.findall(r'href="(/problems/[a-z-]+)"', clinician.call("GET", "/problems").text)]
    for path in ("/", "/phone"):
        wanted += re.findall(r'(?:src|href)="(/assets/[^"]+)"', clinician.call("GET", path).text)
    for path in wanted:
        reply = clinician.call("GET", path)
        assert reply.status_code == 200, (path, reply.status_code)
    for path in ("/evolution", "/sandbox/settings"):
        assert httpx2.get(f"{evolution}{path}", timeout=30).status_code == 200, path
    return len(set(wanted)) + 2


async def signed_in(environ: Mapping[str, str], command: str, folder: Path) -> str:
    """Sign-in outside Evolution, to an open patient, and the practice's page."""
    port = free_port()
    origin = f"http://127.0.0.1:{port}"
    with running(environ, [command, "sandbox", "--port", "0"], "/evolution") as printed:
        given = dict(re.findall(r"export (\w+)='?([^'\n]*?)'?$", printed, re.MULTILINE))
        async with running_provider() as provider:
            provider.person = {"sub": "user_gp1", "name": "Alex Api", "groups": ["practice"]}
            settings = {
                **environ, **given,
                "CLINICPRO_PUBLIC_URL": origin,
                "CLINICPRO_DATA_DIR": str(folder / "sign-in"),
                "CLINICPRO_SIGN_IN_ISSUER": provider.issuer,
                "CLINICPRO_SIGN_IN_CLIENT_ID": "clinicpro-images",
                "CLINICPRO_SIGN_IN_SUBJECTS": "user_gp1",
                "CLINICPRO_PRACTICE_CLAIM": "groups=practice",
                "MEDTECH_FACILITY_ID": "F2N060-E",
            }  # fmt: skip
            settings.setdefault("CLINICPRO_SECRET_KEY", "an invented text of 32 characters, at least")
            serving = await asyncio.create_subprocess_exec(
                command, "serve", "--port", str(port), env=settings, cwd=folder,
                stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
            )  # fmt: skip
            try:
                async with httpx2.AsyncClient(
                    base_url=origin, timeout=30, headers={"Accept": "text/html"}
                ) as browser:
                    await answering(browser, serving)
                    await walk(browser, origin)
            finally:
                serving.terminate()
                await serving.wait()
    return "sign-in, patient by NHI, session, the practice's page and sign-out work"


async def answering(browser: httpx2.AsyncClient, serving: asyncio.subprocess.Process) -> None:
    async with asyncio.timeout(60):
        while True:
            assert serving.returncode is None, "the gateway ended"
            try:
                await browser.get("/healthz")
            except httpx2.TransportError:
                await asyncio.sleep(0.1)
            else:
                return


async def walk(browser: httpx2.AsyncClient, origin: str) -> None:
    own = {"Origin": origin}

    async def opened(path: str) -> httpx2.Response:
        reply = await browser.get(path)
        while reply.has_redirect_location:
            reply = await browser.get(reply.headers["location"])
        assert reply.status_code == 200, (path, reply.status_code, reply.text)
        return reply

    assert "NHI" in (await opened("/sign-in")).text
    found = await browser.post("/sign-in/patient", data={"nhi": "ZZZ0016", "provider": GP}, headers=own)
    [note] = FOUND.findall(found.text)
    confirmed = await browser.post("/sign-in/confirm", data={"found": html.unescape(note)}, headers=own)
    assert confirmed.status_code == 303, confirmed.text
    assert (await browser.get("/api/session", headers={"Accept": "application/json"})).json()["patient"][
        "nhi"
    ] == "ZZZ0016"
    await opened("/")
    await opened("/practice")
    assert (await browser.post("/sign-in/end", headers=own)).status_code == 200


if __name__ == "__main__":
    main()
