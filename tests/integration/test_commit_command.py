"""`clinicpro commit` as a person or a script runs it: it shows whose record it is, asks, and files nothing twice."""

import asyncio
import io
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from clinicpro_images.app.composition import open_gateway
from clinicpro_images.audit.entry import Actor, Entry
from clinicpro_images.commands.commit import Request, run
from clinicpro_images.commands.commit_review import Review
from clinicpro_images.commits.doubles import FiledBefore
from clinicpro_images.commits.errors import AlreadyFiled
from clinicpro_images.commits.schemas import CommitRequest
from clinicpro_images.db.unit_of_work import UnitOfWork
from clinicpro_images.errors import ClinicProError
from clinicpro_images.images.details import DetailsPatch
from clinicpro_images.images.image import Details
from clinicpro_images.records.protocol import PatientRecord
from clinicpro_images.sessions.caller import Caller
from clinicpro_images.sessions.session import Facility, Provider
from clinicpro_images.settings.errors import SettingsError
from clinicpro_images.settings.settings import Settings
from containers import document_pdf, make_heic, make_webp
from databases import on_both, place_migrated
from image_files import make_jpeg, make_png
from running import Sandbox
from titles import line_of

ALEX_API = "9bf0832786e2293848942167532e0a91"
BORN = "1965-08-07"
TO_TESTING = ("--nhi", "ZZZ0016", "--body-site", "14975008", "--provider", ALEX_API)
CONFIRMED = (*TO_TESTING, "--yes", "--birth-date", BORN)


def commit(
    sandbox: Sandbox, folder: Path, *arguments: object, answer: str = "", **environ: str
) -> subprocess.CompletedProcess[str]:
    """Run the command with `answer` on its standard input."""
    unset = ("MEDTECH_", "CLINICPRO_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(unset)}
    return subprocess.run(
        [sys.executable, "-m", "clinicpro_images", "commit", *map(str, arguments)],
        env=kept | sandbox.environ | {"CLINICPRO_DATA_DIR": str(folder), "COLUMNS": "200"} | environ,
        cwd=folder,
        input=answer,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@dataclass(frozen=True)
class Done:
    """What a command printed, and its exit code; `refusal` is the one line on standard error."""

    code: int
    printed: str
    refusal: str = ""


async def file_here(
    sandbox: Sandbox,
    folder: Path,
    files: list[Path],
    capsys: pytest.CaptureFixture[str],
    details: Mapping[str, object] | None = None,
    **more: Any,
) -> Done:
    """What `clinicpro commit` runs once its options are read, in this process, which is much faster."""
    settings = Settings.read(
        sandbox.environ | {"CLINICPRO_DATA_DIR": str(folder)},
        require=("credentials", "secret_key", "facility_id"),
    )
    place_migrated(settings.database_url)
    asked: dict[str, Any] = {
        "nhi": "ZZZ0016",
        "provider_id": ALEX_API,
        "birth_date": BORN,
        "confirmed": True,
    } | more
    request = Request(details={"bodySite": {"code": "14975008"}, **(details or {})}, **asked)
    try:
        code = await run(settings, files, request)
    except SettingsError as error:
        return Done(2, capsys.readouterr().out, str(error))
    except ClinicProError as error:
        return Done(1, capsys.readouterr().out, f"{error.detail} {error.integrator}")
    return Done(code, capsys.readouterr().out)


def photo(folder: Path, name: str = "one.jpg", seed: int = 1) -> Path:
    file = folder / name
    file.write_bytes(make_jpeg(width=1600, height=1200, seed=seed, orientation=6, gps=True))
    return file


def test_it_shows_patient_files_and_author_and_asks(sandbox: Sandbox, tmp_path: Path) -> None:
    one, two = photo(tmp_path), photo(tmp_path, "two.jpg", seed=2)
    three = tmp_path / "three.png"
    three.write_bytes(make_png(width=640, height=480))
    details = ("--laterality", "left", "--type", "lesion")
    done = commit(sandbox, tmp_path, one, two, three, *TO_TESTING, *details, answer="y\n")

    assert done.returncode == 0, done.stderr
    before, _, after = done.stdout.partition("[y/N]")
    for shown in (
        "TESTING",
        "ZZZ0016",
        BORN,
        "male",
        "Healthier Care",
        "Alex Api",
        "one.jpg",
        "Left forearm",
    ):
        assert shown in before, shown
    documents = sandbox.resources()
    assert [line_of(each) for each in documents] == ["Left forearm – lesion"] * 3
    assert all(document["id"] in after for document in documents)
    assert done.stderr == ""
    assert not list((tmp_path / "pictures").iterdir())


def test_without_a_yes_nothing_is_filed(sandbox: Sandbox, tmp_path: Path) -> None:
    done = commit(sandbox, tmp_path, photo(tmp_path), *TO_TESTING, answer="maybe\n")
    assert done.returncode == 1
    assert "Nothing was filed" in done.stdout
    assert sandbox.resources() == []


@pytest.mark.parametrize(
    ("answer", "yes"), [("y", True), ("YES", True), ("", False), ("n", False), ("yes please", False)]
)
def test_only_a_yes_is_a_yes(monkeypatch: pytest.MonkeyPatch, answer: str, *, yes: bool) -> None:
    patient = PatientRecord(id="a", nhi="ZZZ0016", name="TESTING", birth_date=BORN, sex="male")
    review = Review(patient, "Healthier Care", Provider(ALEX_API, "Dr Alex Api"), Details(taken_at=0.0), [])
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{answer}\n"))
    assert review.is_confirmed(Console(file=io.StringIO())) is yes
    monkeypatch.setattr("sys.stdin", io.StringIO(""))  # nobody there to answer
    assert review.is_confirmed(Console(file=io.StringIO())) is False


def test_it_files_what_phones_and_scanners_make(sandbox: Sandbox, tmp_path: Path) -> None:
    made = {
        "one.heic": make_heic(orientation=6),
        "two.webp": make_webp(),
        "three.pdf": document_pdf(pages=2),
    }
    for name, content in made.items():
        (tmp_path / name).write_bytes(content)
    done = commit(sandbox, tmp_path, *(tmp_path / name for name in made), *CONFIRMED)

    assert done.returncode == 0, done.stderr
    kinds = [each["contentType"] for each in sandbox.resources()]
    assert sorted(kinds) == ["application/pdf", "image/tiff", "image/tiff"]


def test_a_body_site_without_a_code_is_filed_in_words(sandbox: Sandbox, tmp_path: Path) -> None:
    in_words = ("--nhi", "ZZZ0016", "--provider", ALEX_API, "--body-site-text", "behind the knee")
    done = commit(sandbox, tmp_path, photo(tmp_path), *in_words, "--yes", "--birth-date", BORN)
    assert done.returncode == 0, done.stderr
    assert "behind the knee" in sandbox.resources()[0]["resource"]["description"].lower()


def test_a_refusal_is_one_line_on_standard_error(sandbox: Sandbox, tmp_path: Path) -> None:
    done = commit(sandbox, tmp_path, photo(tmp_path), *CONFIRMED, "--provider", "nobody")
    assert done.returncode == 1
    assert "It lists: " in done.stderr
    assert done.stderr.count("\n") == 1


def test_names_are_printed_as_they_are_and_never_as_markup(sandbox: Sandbox, tmp_path: Path) -> None:
    named = photo(tmp_path, "[red]scan :cross_mark: [link=x].jpg")
    done = commit(sandbox, tmp_path, named, *CONFIRMED, "--label", "[/b] [0]")
    assert done.returncode == 0, done.stderr
    _, _, after = done.stdout.partition("100%")
    assert done.stdout.count("[red]scan :cross_mark: [link=x].jpg") == 2
    assert "Forearm – [/b] [0]" in after
    assert done.stderr == ""


@pytest.mark.anyio
async def test_it_refuses_what_is_not_certain_and_files_nothing(
    sandbox: Sandbox, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one = photo(tmp_path)
    cases: list[tuple[dict[str, Any], int, str]] = [
        ({"nhi": "ZZZ0017"}, 2, "--nhi is not a valid NHI"),
        ({"nhi": "ZZZ0024"}, 1, "no patient with this NHI"),
        ({"nhi": "ZLM4106"}, 1, "more than one record"),
        ({"details": {"view": "sideways"}}, 2, "--view must be 'context', 'regional'"),
        ({"details": {"type": "mole"}}, 2, "--type must be 'lesion'"),
        ({"details": {"laterality": "up"}}, 2, "--laterality can't be used"),
        ({"details": {"label": "x" * 200}}, 2, "--label must have at most 60 characters"),
        (
            {"details": {"bodySite": {"code": "40983001"}}},
            2,
            "--body-site can't be used. This body site is not in",
        ),
        ({"details": {"bodySite": {"text": "  "}}}, 2, "--body-site-text can't be used"),
        (
            {"details": {"bodySite": {"text": "left knee"}, "laterality": "right"}},
            2,
            "--laterality and --body-site",
        ),
        ({"provider_id": "nobody"}, 1, "It lists: "),
        ({"provider_id": ""}, 1, "no provider with the id"),
        ({"birth_date": "1965-08-08"}, 1, "birth date"),
    ]
    for said, code, sentence in cases:
        done = await file_here(sandbox, tmp_path, [one], capsys, **said)
        assert done.code == code, done
        assert sentence in done.refusal, (said, done.refusal)
        assert BORN not in done.refusal
    many = await file_here(sandbox, tmp_path, [one] * 21, capsys)
    assert (many.code, "at most 20 files" in many.refusal) == (2, True)
    assert sandbox.resources() == []


@pytest.mark.anyio
async def test_the_same_bytes_are_filed_to_a_patient_once_unless_again_is_asked_for(
    sandbox: Sandbox, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one, copy = photo(tmp_path), photo(tmp_path, "copy.jpg")
    assert (await file_here(sandbox, tmp_path, [one], capsys)).code == 0
    # Another name, another side and another new file beside it change nothing.
    new = photo(tmp_path, "new.jpg", seed=3)
    left = {"laterality": "left"}
    done = await file_here(sandbox, tmp_path, [new, copy], capsys, left)
    assert done.code == 1
    assert "copy.jpg was filed on" in done.refusal or "copy.jpg has been filed" in done.refusal
    assert sandbox.resources()[0]["id"] in done.refusal
    assert "--again" in done.refusal
    assert len(sandbox.resources()) == 1
    assert (await file_here(sandbox, tmp_path, [copy], capsys, again=True)).code == 0
    assert len(sandbox.resources()) == 2


@pytest.mark.anyio
async def test_a_file_that_was_refused_can_be_filed_later(
    sandbox: Sandbox, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fault = {"kind": "403", "method": "POST", "resource": "DocumentReference", "times": 1}
    sandbox.call("PUT", "/sandbox/faults", {"seed": 1, "faults": [fault]})
    one = photo(tmp_path)
    assert (await file_here(sandbox, tmp_path, [one], capsys)).code == 1
    assert sandbox.resources() == []
    second = await file_here(sandbox, tmp_path, [one], capsys)
    assert second.code == 0, second.refusal
    assert len(sandbox.resources()) == 1


@pytest.mark.anyio
async def test_it_files_what_it_can_and_names_what_it_can_not(
    sandbox: Sandbox, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good, broken = photo(tmp_path), photo(tmp_path, "two.jpg", seed=2)
    broken.write_bytes(broken.read_bytes()[:-5000])
    done = await file_here(sandbox, tmp_path, [good, broken], capsys)
    assert done.code == 1
    assert "could not be read" in re.sub(r"[│\s]+", " ", done.printed)  # the table's cells wrap
    assert len(sandbox.resources()) == 1


@pytest.mark.anyio
async def test_it_says_that_files_of_the_first_version_can_not_be_recognised(
    sandbox: Sandbox, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = Settings.read(
        sandbox.environ | {"CLINICPRO_DATA_DIR": str(tmp_path)}, require=("credentials", "secret_key")
    )
    facility = settings.facility_id or ""
    place_migrated(settings.database_url)
    async with open_gateway(settings) as gateway:
        [patient] = await gateway.alex.patients_by_nhi("ZZZ0016", facility_id=facility, correlation_id="one")
        whose = Actor(facility_id=facility, patient_id=patient.id)
        for kind in ("document-reference", "media", "communication"):
            row = Entry("filing.landed", whose, subject="a" * 32, about={"kind": kind})  # type: ignore[arg-type]
            await gateway.database.write(UnitOfWork.audit, row)
    done = await file_here(sandbox, tmp_path, [photo(tmp_path)], capsys)
    assert done.code == 0
    assert "An earlier version filed 1 photo for this patient" in " ".join(done.printed.split())
    done = await file_here(sandbox, tmp_path, [photo(tmp_path, seed=2)], capsys, again=True)
    assert "An earlier version" not in done.printed


@on_both
@pytest.mark.anyio
async def test_of_several_commands_at_once_one_files_the_bytes(
    sandbox: Sandbox, tmp_path: Path, database: dict[str, str]
) -> None:
    settings = Settings.read(
        sandbox.environ | {"CLINICPRO_DATA_DIR": str(tmp_path)} | database,
        require=("credentials", "secret_key"),
    )
    async with open_gateway(settings) as gateway:
        filed_before = FiledBefore(gateway.image_store, gateway.trail)
        facility = settings.facility_id or ""
        [patient] = await gateway.alex.patients_by_nhi("ZZZ0016", facility_id=facility, correlation_id="one")
        content = make_jpeg(width=800, height=600)

        async def file() -> str:
            started = await gateway.launches.open(
                patient, Provider(ALEX_API, "Dr Alex Api"), Facility(facility, "Healthier Care")
            )
            caller = Caller(started.session)
            image = (await gateway.uploads.add(caller, content)).image
            patch = DetailsPatch.model_validate({"bodySite": {"code": "14975008"}})
            await gateway.images.describe(caller, image.id, patch)
            request = CommitRequest(image_ids=[image.id])
            shown = await gateway.commits.commit(
                started.session, image.id, request, correlation_id="two", filed_before=filed_before
            )
            return shown.id

        outcomes = await asyncio.gather(*(file() for _ in range(4)), return_exceptions=True)
    assert sum(isinstance(outcome, str) for outcome in outcomes) == 1, outcomes
    assert sum(isinstance(outcome, AlreadyFiled) for outcome in outcomes) == 3, outcomes
