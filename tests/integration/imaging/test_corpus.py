"""Every file of the corpus gives a correct image or a clear refusal, within 5 s of CPU and 500 MB."""

import asyncio
import json
import os
import shutil
import subprocess
import sys
from itertools import islice
from pathlib import Path
from typing import Any

import pillow_heif
import pytest
from PIL import Image

from bench.corpus import as_seen, compare_documents, compare_page
from clinicpro_images.imaging.errors import ImageError
from clinicpro_images.imaging.limits import WORKER_MALLOC
from clinicpro_images.imaging.worker.pool import open_workers
from corpus.case import Case
from corpus.hostile import hostile
from corpus.sound import heavy, sound
from corpus.strangers import strangers
from image_files import is_upright, make_jpeg, make_png

MEGABYTES = 500
MINUTES = 10


@pytest.fixture(scope="module")
def corpus() -> dict[str, Case]:
    pillow_heif.register_heif_opener()
    return sound() | hostile() | strangers()


@pytest.fixture(scope="module")
def reports(corpus: dict[str, Case], tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """The result for every file, with its thumbnail in `shown` and what is stored in `filed`."""
    names = list(corpus)
    folders = [tmp_path_factory.mktemp("corpus") for _ in range(2)]
    for number, name in enumerate(names):
        (folders[number % 2] / f"{number:04}").write_bytes(corpus[name].content)
    tests = Path(__file__).parents[2]
    environment = os.environ | WORKER_MALLOC | {"PYTHONPATH": str(tests), "PYTHONWARNINGS": "ignore"}
    programs = [
        subprocess.Popen(
            [sys.executable, "-m", "corpus.examine", str(folder)], stdout=subprocess.PIPE, env=environment
        )
        for folder in folders
    ]
    found: dict[str, dict[str, Any]] = {}
    for program, folder in zip(programs, folders, strict=True):
        lines = program.communicate(timeout=60 * MINUTES)[0].splitlines()
        assert program.returncode == 0
        for line in lines:
            report = json.loads(line)
            shown = folder / f"{report['name']}.shown"
            report["shown"] = shown.read_bytes() if shown.exists() else b""
            filed = shown.with_suffix(".filed")
            report["filed"] = filed.read_bytes() if filed.exists() else b""
            found[names[int(report["name"])]] = report
    return found


def test_the_corpus_is_large_and_every_file_was_examined(
    corpus: dict[str, Case], reports: dict[str, dict[str, Any]]
) -> None:
    assert len(corpus) >= 150
    assert reports.keys() == corpus.keys()


def test_no_file_causes_a_crash_an_unexpected_error_or_more_than_5_seconds_of_cpu(
    reports: dict[str, dict[str, Any]],
) -> None:
    assert {
        name: report.get("fault") or report["signal"]
        for name, report in reports.items()
        if report.get("fault") or report["signal"]
    } == {}


def test_no_file_needs_more_than_500_mb(reports: dict[str, dict[str, Any]]) -> None:
    large = {name: report["megabytes"] for name, report in reports.items() if report["megabytes"] > MEGABYTES}

    assert large == {}


def test_rotating_the_largest_photo_needs_no_more_than_500_mb(tmp_path: Path) -> None:
    photo = tmp_path / "photo"
    photo.write_bytes(heavy(on_its_side=True))
    program = (
        "import re, sys, pathlib\n"
        "from clinicpro_images.imaging.clean import clean\n"
        "from clinicpro_images.imaging.pixels import configure_libvips\n"
        "from clinicpro_images.imaging.rendition import rendition\n"
        "configure_libvips()\n"
        # What is stored keeps its scan; what is shown is turned.
        "assert rendition(clean(pathlib.Path(sys.argv[1]).read_bytes()).content, edge=1600)\n"
        # Not getrusage: its figure includes the memory of the parent process.
        "print(re.search(r'VmHWM:\\s+(\\d+)', pathlib.Path('/proc/self/status').read_text())[1])"
    )
    run = subprocess.run(
        [sys.executable, "-c", program, str(photo)],
        check=True,
        capture_output=True,
        env=os.environ | WORKER_MALLOC,
    )

    assert int(run.stdout) // 1024 <= MEGABYTES


def test_each_file_gives_the_expected_image_or_refusal(
    corpus: dict[str, Case], reports: dict[str, dict[str, Any]]
) -> None:
    wrong = {
        name: (case.outcome, reports[name].get("detail", "an image"))
        for name, case in corpus.items()
        if case.outcome != "either" and case.outcome != ("refused" if "refused" in reports[name] else "image")
    }

    assert wrong == {}


@pytest.mark.anyio
async def test_a_contained_process_comes_to_the_same_result(
    corpus: dict[str, Case], reports: dict[str, dict[str, Any]]
) -> None:
    """A decoder can open no file: what it would only load now, it has to have."""
    wrong: dict[str, str] = {}

    async def clean(name: str, content: bytes) -> None:
        try:
            await workers.clean(content)
            found = "an image"
        except ImageError as error:
            found = error.detail
        if found != reports[name].get("detail", "an image"):
            wrong[name] = found

    small = {name: case.content for name, case in corpus.items() if len(case.content) < 300_000}
    assert len(small) >= 150
    async with open_workers(2) as workers:
        names = iter(small)
        for one in names:
            pair = [one, *islice(names, 1)]
            await asyncio.gather(*(clean(each, small[each]) for each in pair))
    assert wrong == {}


def test_what_another_program_sees_in_a_file_is_what_is_shown(
    corpus: dict[str, Case], reports: dict[str, dict[str, Any]]
) -> None:
    found = {
        name: compare_page(sent, filed)
        for name, case in corpus.items()
        if (filed := as_seen(reports[name]["shown"])) and (sent := _read_by_pillow(case.content))
    }

    assert len(found) >= 150
    assert {name: report for name, report in found.items() if report["outcome"] == "different"} == {}


def test_what_another_program_reads_in_a_pdf_is_what_is_filed(
    corpus: dict[str, Case], reports: dict[str, dict[str, Any]]
) -> None:
    assert shutil.which("pdftoppm")
    found = {
        name: compare_documents(corpus[name].content, report["filed"])
        for name, report in reports.items()
        if report.get("type") == "application/pdf" and b"%PDF-" in corpus[name].content[:1024]
    }

    compared = [report for report in found.values() if report["outcome"] != "not compared"]
    assert len(compared) >= 25
    assert {name: report for name, report in found.items() if report["outcome"] == "different"} == {}


def _read_by_pillow(content: bytes) -> Image.Image | None:
    """Return the picture as Pillow shows it; None for what it shows otherwise on purpose: gamma, TIFF's pixels and pages."""
    ignored = b"gAMA" in content[:100] or b"cICP" in content[:100]
    if ignored or len(content) > 1_000_000 or content.startswith((b"II", b"MM")):
        return None
    return as_seen(content)


def test_the_report_on_a_folder_is_right_about_small_and_large_photos(tmp_path: Path) -> None:
    """`scripts/bench corpus`, with which a stranger's pictures are tried."""
    files = {
        "small": make_jpeg(),
        "large": make_jpeg(width=2600, height=1950),
        "turned": make_jpeg(orientation=6, gps=True),
        "drawing": make_png(),
        "cut": make_jpeg()[:2000],
    }
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    tests = Path(__file__).parents[2]
    ran = subprocess.run(
        [sys.executable, "-m", "bench.corpus", str(tmp_path), "--json"],
        check=False,
        capture_output=True,
        env=os.environ | WORKER_MALLOC | {"PYTHONPATH": str(tests)},
    )
    assert ran.returncode == 0, ran.stdout
    found = {report["name"]: report["outcome"] for report in map(json.loads, ran.stdout.splitlines())}
    assert found == dict.fromkeys(files, "same") | {"cut": "refused"}


def test_every_refusal_is_a_sentence(reports: dict[str, dict[str, Any]]) -> None:
    assert {
        report["detail"]
        for report in reports.values()
        if "refused" in report and not report["detail"].endswith(".")
    } == set()


def test_every_image_is_upright_has_all_its_pages_and_fits(
    corpus: dict[str, Case], reports: dict[str, dict[str, Any]]
) -> None:
    for name, case in corpus.items():
        report = reports[name]
        if "type" not in report:
            continue
        assert report["scan"] < 6_000_000, name
        assert report["media"] < 1_000_000, name
        if case.outcome == "image":
            assert report["pages"] == case.pages, name
        if case.scene:
            assert is_upright(report["shown"], tolerance=20), name
