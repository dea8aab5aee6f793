"""The source distribution and the wheel: complete, refused without the widget, reproducible, and runnable alone."""

import re
import shutil
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx2
import pytest

from packages import ROOT, Archives, build, build_archives, missing_files, unpack_wheel

pytestmark = pytest.mark.widget
STATIC = Path("src/clinicpro_images/web/static")


@pytest.fixture(scope="module")
def archives(tmp_path_factory: pytest.TempPathFactory) -> Archives:
    return build_archives(tmp_path_factory.mktemp("archives"))


@pytest.fixture(scope="module")
def installed(archives: Archives, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of a program that finds the product in the wheel."""
    return unpack_wheel(archives.wheel, tmp_path_factory.mktemp("site"))


def tracked(folder: str) -> set[str]:
    listed = subprocess.run(
        ["git", "ls-files", folder],  # noqa: S607 - any git
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return set(listed.split("\n")) - {""}


def test_the_wheel_from_the_source_distribution_has_every_file_of_the_packages(archives: Archives) -> None:
    wanted = {path.removeprefix("src/") for path in tracked("src")}
    static = ROOT / STATIC
    built = {
        f"clinicpro_images/web/static/{path.relative_to(static)}"
        for path in static.rglob("*")
        if path.is_file()
    }
    missing = (wanted | built) - archives.names() - {"clinicpro_images/web/static/.built"}
    assert missing == set()
    assert any(name.endswith("/static/phone.html") for name in archives.names())
    assert "clinicpro_images/commit.txt" in archives.names()


def test_the_source_distribution_has_what_an_operator_needs(archives: Archives) -> None:
    for path in ("deploy", "docs", "locks", "README.md", "LICENSE", "CHANGELOG.md", STATIC / "index.html"):
        assert (archives.unpacked / path).exists(), path


def test_no_archive_is_built_without_the_widget(archives: Archives, tmp_path: Path) -> None:
    source = tmp_path / "source"
    shutil.copytree(archives.unpacked, source, ignore=shutil.ignore_patterns("docs", "tests", "examples"))
    shutil.rmtree(source / STATIC / "assets")
    for target in ("wheel", "sdist"):
        done = build(source, tmp_path / target, target)
        assert done.returncode != 0
        assert "assets/" in done.stderr + done.stdout
        assert "scripts/setup" in done.stderr + done.stdout
        assert not list(tmp_path.glob(f"{target}/*.*"))


def test_each_page_and_whatever_it_loads_is_missed(archives: Archives, tmp_path: Path) -> None:
    static = tmp_path / "static"
    shutil.copytree(archives.unpacked / STATIC, static)
    assert missing_files(static) == []
    loaded = re.findall(r'"/(assets/[^"]+)"', (static / "phone.html").read_text("utf-8"))
    for name in ("index.html", "phone.html", *loaded):
        kept = (static / name).read_bytes()
        (static / name).unlink()
        assert name in missing_files(static)
        (static / name).write_bytes(kept)


def test_two_builds_give_the_same_bytes(archives: Archives, tmp_path: Path) -> None:
    assert build(archives.unpacked, tmp_path, "wheel").returncode == 0
    (again,) = tmp_path.glob("*.whl")
    assert again.read_bytes() == archives.wheel.read_bytes()


@contextmanager
def demo(environ: dict[str, str], folder: Path) -> Iterator[tuple[str, str, str]]:
    """A running `demo --lan`: the gateway's address, the stand-in for Evolution's, and all that was printed before."""
    options = ("--lan", "--port", "0", "--sandbox-port", "0", "--no-open", "--data", str(folder / "kept"))
    process = subprocess.Popen(
        [sys.executable, "-m", "clinicpro_images", "demo", *options],
        cwd=folder,
        env=environ,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        printed = ""
        for line in process.stdout:
            printed += line
            if line.startswith("╰"):
                break
        gateway = re.search(r"gateway is at (https://\S+?)\.\s", printed)
        evolution = re.search(r"(http://\S+)/evolution", printed)
        assert gateway is not None, printed
        assert evolution is not None, printed
        yield gateway[1], evolution[1], printed
    finally:
        process.terminate()
        process.wait(20)
        process.stdout.close()


def test_the_demo_runs_from_the_wheel_alone_and_a_phone_can_open_its_code(
    installed: dict[str, str], tmp_path: Path
) -> None:
    where = subprocess.run(
        [
            sys.executable,
            "-c",
            "import clinicpro_images, alex_sandbox; print(clinicpro_images.__file__, alex_sandbox.__file__)",
        ],
        cwd=tmp_path,
        env=installed,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert where.count(installed["PYTHONPATH"]) == 2
    with demo(installed, tmp_path) as (gateway, sandbox, printed):
        for said in ("isn't private", "fingerprint", "same network", "no real photos"):
            assert said in printed
        pem = tmp_path / "kept" / "demo-certificate.pem"
        assert pem.stat().st_mode & 0o077 == 0
        trusting = ssl.create_default_context(cafile=str(pem))
        testing = {"patient": "14e52e16edb7a435bfa05e307afd008b"}
        launch = httpx2.post(f"{sandbox}/sandbox/launches", json=testing, timeout=30).json()["url"]
        with httpx2.Client(
            base_url=gateway, headers={"Origin": gateway}, verify=trusting, timeout=30
        ) as desktop:
            answering(desktop)
            launched = desktop.get(f"/launch?{launch.partition('?')[2]}", follow_redirects=True)
            assert launched.status_code == 200
            code = desktop.post("/api/handoff").json()["url"]
        assert code.startswith(f"{gateway}/phone#")
        assert not gateway.startswith("https://127.")
        with httpx2.Client(base_url=gateway, verify=trusting, timeout=30) as phone:
            for path in ("/", code.partition("#")[0], "/pages/error.css"):
                page = phone.get(path)
                assert page.status_code == 200
                for asset in re.findall(r'"(/assets/[^"]+)"', page.text):
                    assert phone.get(asset).status_code == 200


def answering(client: httpx2.Client) -> None:
    """Wait until the gateway does, for half a minute."""
    for _ in range(300):
        with suppress(httpx2.TransportError):
            if client.get("/healthz").status_code == 200:
                return
        time.sleep(0.1)
    raise AssertionError("The demo's gateway does not answer.")


@pytest.mark.parametrize("command", ["serve", "demo"])
def test_no_gateway_starts_from_a_package_without_the_widget(
    archives: Archives, tmp_path: Path, command: str
) -> None:
    environ = unpack_wheel(archives.wheel, tmp_path / "site")
    (tmp_path / "site" / "clinicpro_images" / "web" / "static" / "phone.html").unlink()
    environ |= {
        "MEDTECH_CLIENT_SECRET": "an invented secret",
        "CLINICPRO_SECRET_KEY": "an invented text of 32 characters",
        "CLINICPRO_DATA_DIR": str(tmp_path / "kept"),
    }
    done = subprocess.run(
        [sys.executable, "-m", "clinicpro_images", command, "--port", "0"],
        cwd=tmp_path,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1, done.stderr
    assert "phone.html" in done.stderr
    assert not (tmp_path / "kept").exists()


@pytest.mark.parametrize(
    ("module", "variable", "value", "extra"),
    [
        ("psycopg", "CLINICPRO_DATABASE_URL", "postgresql+psycopg://localhost/clinicpro", "postgres"),
        ("obstore", "CLINICPRO_STORAGE_URL", "s3://bucket/staged", "s3"),
        (
            "opentelemetry.sdk",
            "OTEL_EXPORTER_OTLP_ENDPOINT",
            "https://collector.example.nz:4318",
            "telemetry",
        ),
    ],
)
def test_a_setting_that_needs_an_extra_says_which(
    installed: dict[str, str], tmp_path: Path, module: str, variable: str, value: str, extra: str
) -> None:
    # A module that is None in sys.modules is one that isn't installed, for `import` and for find_spec alike.
    program = f"import sys; sys.modules[{module!r}] = None; from clinicpro_images.cli import main; main()"
    environ = installed | {
        "MEDTECH_CLIENT_SECRET": "an invented secret",
        "CLINICPRO_SECRET_KEY": "an invented text of 32 characters",
        "CLINICPRO_DATA_DIR": str(tmp_path / "kept"),
        variable: value,
    }
    done = subprocess.run(
        [sys.executable, "-c", program, "serve", "--port", "0"],
        cwd=tmp_path,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 2, done.stderr
    assert done.stderr.startswith(f"clinicpro: {variable} ")
    assert f"clinicpro-images[{extra}]" in done.stderr
