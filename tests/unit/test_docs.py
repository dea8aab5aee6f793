"""The pages in docs/ match the code: nothing is missing, and nothing is documented that no longer exists."""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, get_args

import pytest
import typer.main
from fastapi import FastAPI
from pydantic import BaseModel

import alex_sandbox.cli
from clinicpro_images import cli
from clinicpro_images.app.capabilities import CapabilitiesSchema
from clinicpro_images.app.composition import open_gateway
from clinicpro_images.app.http import build_gateway_app
from clinicpro_images.commits.jobs import job
from clinicpro_images.commits.schemas import CommitRequest, CommitSchema
from clinicpro_images.earlier.schemas import EarlierImagesSchema
from clinicpro_images.events.event import EVENT_NAMES
from clinicpro_images.events.stream import HEARTBEAT
from clinicpro_images.handoff.schemas import HandoffSchema, HandoffStateSchema, PhoneSchema
from clinicpro_images.images.details import DetailsPatch, apply
from clinicpro_images.images.image import Details
from clinicpro_images.images.schemas import ImageSchema
from clinicpro_images.imaging.inspect import ACCEPTED_TYPES
from clinicpro_images.operator import admin
from clinicpro_images.operator.health import CHECK_SECONDS, Readiness
from clinicpro_images.records.errors import (
    RecordSystemError,
    RecordSystemOtherPatient,
    RecordSystemTokenRenewed,
)
from clinicpro_images.sessions.schemas import SessionSchema
from clinicpro_images.settings.environment import ENV_FILE
from clinicpro_images.settings.errors import SettingsError
from clinicpro_images.settings.row import secret_variables
from clinicpro_images.settings.settings import Need, Settings
from clinicpro_images.web.framework_problems import FRAMEWORK_PROBLEMS, NO_SUCH_ADDRESS
from error_tree import errors

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted([*DOCS.rglob("*.md"), ROOT / "CHANGELOG.md", ROOT / "README.md"])

SHAPES: Mapping[str, type[BaseModel]] = {
    "Session": SessionSchema,
    "Capabilities": CapabilitiesSchema,
    "Hand-off": HandoffSchema,
    "State of a hand-off": HandoffStateSchema,
    "Phone": PhoneSchema,
    "Image": ImageSchema,
    "Earlier images": EarlierImagesSchema,
    "Details": DetailsPatch,
    "Request to file": CommitRequest,
    "Commit": CommitSchema,
    "Round trip": admin.TestSchema,
    "Readiness": Readiness,
}


@cache
def page(name: str) -> str:
    return (DOCS / name).read_text("utf-8")


def sections(text: str, marks: str) -> dict[str, str]:
    """The text under each heading of one level, up to the next heading of the same or a higher level."""
    found = {}
    for match in re.finditer(rf"^{marks} (.+)$", text, re.MULTILINE):
        rest = text[match.end() :]
        end = re.search(rf"^#{{1,{len(marks)}}} ", rest, re.MULTILINE)
        found[match[1]] = rest[: end.start()] if end else rest
    return found


def rows(text: str) -> Iterator[list[str]]:
    """The cells of every table row that begins with a code span."""
    for line in text.splitlines():
        if line.startswith("| `"):
            yield [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip().strip("|"))]


def code(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


# --- settings -----------------------------------------------------------------------------------


class Listening(Mapping[str, str]):
    """An empty environment that records which variables are read."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    def __getitem__(self, key: str) -> str:
        self.names.add(key)
        raise KeyError(key)

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


def variables_read() -> set[str]:
    environ = Listening()
    Settings.read(environ)
    return environ.names


def setting_rows() -> dict[str, list[str]]:
    listed = [cells for cells in rows(page("settings.md")) if len(cells) == 4]
    by_name = {code(cells[0])[0]: cells for cells in listed}
    assert len(by_name) == len(listed), "a variable is listed twice"
    return by_name


def test_every_variable_that_is_read_is_documented_and_no_other() -> None:
    files = {f"{name}_FILE" for name in secret_variables(Settings)}
    assert "`CLINICPRO_SECRET_KEY_FILE=" in page("settings.md"), "the pattern of their names is explained"
    assert set(setting_rows()) | files == variables_read()


@pytest.mark.parametrize("variable", sorted(setting_rows()))
def test_the_documented_default_is_the_default_and_the_example_is_accepted(variable: str) -> None:
    _, default, _, example = setting_rows()[variable]
    if re.fullmatch(r"`[^`]+`", default):
        assert Settings.read({variable: code(default)[0]}) == Settings.read({})
    Settings.read({variable: code(example)[0]})


@pytest.mark.parametrize("where", PAGES, ids=lambda path: path.name)
def test_no_page_names_a_variable_that_is_not_read(where: Path) -> None:
    named = re.findall(r"\b(?:MEDTECH|CLINICPRO)_[A-Z_]+[A-Z]\b", where.read_text("utf-8"))
    assert set(named) <= variables_read() | {ENV_FILE}


def test_required_settings_are_documented() -> None:
    said = sections(page("settings.md"), "##")["Who needs what"]
    for need in get_args(Need):
        with pytest.raises(SettingsError) as refused:
            Settings.read({}, require=(need,))
        if need not in {"admin_token", "credentials"}:
            assert f"`{refused.value.variable}`" in said


# --- commands -----------------------------------------------------------------------------------


def commands() -> dict[str, Any]:
    group: Any = typer.main.get_command(cli.app)
    found: dict[str, Any] = group.commands
    return found


def options_of(command: Any) -> set[str]:
    spelt = {each for parameter in command.params for each in (*parameter.opts, *parameter.secondary_opts)}
    return {each for each in spelt if each.startswith("--")}


def test_every_command_has_its_section_and_no_other_has_one() -> None:
    headings = {code(heading)[0] for heading in sections(page("commands.md"), "##")}
    assert headings == {f"clinicpro {name}" for name in commands()}


@pytest.mark.parametrize("name", [name for name in commands() if name != "sandbox"])
def test_every_option_is_documented_and_no_other(name: str) -> None:
    listed = rows(sections(page("commands.md"), "##")[f"`clinicpro {name}`"])
    documented = {option for cells in listed for option in code(cells[0])}
    assert documented == options_of(commands()[name])


def test_the_sandboxs_options_are_named() -> None:
    parser = alex_sandbox.cli.build_parser()
    has = set(re.findall(r"^  (--[a-z-]+)", parser.format_help(), re.MULTILINE))
    named = set(re.findall(r"`(--[a-z-]+)`", sections(page("commands.md"), "##")["`clinicpro sandbox`"]))
    assert named == has


def test_documented_defaults_of_options_are_the_defaults() -> None:
    for heading, section in sections(page("commands.md"), "##").items():
        command = commands()[code(heading)[0].removeprefix("clinicpro ")]
        defaults = {parameter.opts[0]: parameter for parameter in command.params}
        for option, default, *_ in rows(section):
            parameter = defaults[code(option)[0]]
            assert parameter.required == (default == "required")
            if re.fullmatch(r"`[^`-]+`", default):
                assert str(parameter.default) == code(default)[0]


def test_the_exit_codes_are_documented() -> None:
    listed = set(re.findall(r"^\| (\d+) \|", page("commands.md"), re.MULTILINE))
    assert listed == {"0", "1", str(cli.WRONG_SETTING), "130"}


# --- files --------------------------------------------------------------------------------------

ACCEPTED = {kind.partition("/")[2].upper() for kind in ACCEPTED_TYPES} - {"HEIF"}


def accepted_in(text: str) -> list[set[str]]:
    """The lists of file types in a page: four or more, joined by commas and "and" or "or"."""
    name = r"(?:[A-Z]{3,4}|WebP)"
    lists = re.findall(rf"{name}(?:, {name}){{2,}},? (?:and|or) {name}", text)
    return [{each.upper() for each in re.findall(name, found)} for found in lists]


@pytest.mark.parametrize(
    "where",
    [DOCS / "supported.md", DOCS / "problems.md", DOCS / "guide" / "trouble.md"],
    ids=lambda path: path.name,
)
def test_every_list_of_what_is_accepted_is_complete(where: Path) -> None:
    assert accepted_in(where.read_text("utf-8")) == [ACCEPTED]


# --- problems -----------------------------------------------------------------------------------


def test_every_error_is_documented_with_title_and_status_and_no_other() -> None:
    own, _, _ = page("problems.md").partition("## Returned by the web layer")
    documented = sorted(tuple(cells[:3]) for cells in rows(own) if len(cells) > 3)
    exist = {(f"`{error.slug}`", error.title, str(error.status)) for error in errors()}
    assert documented == sorted(exist)


def test_what_is_sent_again_is_documented() -> None:
    listed = {code(cells[0])[0]: cells[3] for cells in rows(sections(page("problems.md"), "##")["Medtech"])}
    exist = {}
    for error in errors(RecordSystemError):
        assert issubclass(error, RecordSystemError)
        exist[error.slug] = (
            "yes, checks first" if error.may_have_landed else "yes" if error.retryable else "no"
        )
    exist[RecordSystemOtherPatient.slug] = "no"  # where it landed is for a person to find out
    exist[RecordSystemTokenRenewed.slug] = "once, looks first"  # a renewed token that is refused too is final
    assert listed == exist


def test_no_page_names_a_problem_that_does_not_exist() -> None:
    slugs = {error.slug for error in errors()} | {"invalid-request"}
    for name in ("http.md", "architecture.md", "decisions/0005-the-page-states-its-session.md"):
        for status, slug in re.findall(r"\b(4\d\d|5\d\d) `([a-z-]+)`", page(name)):
            assert slug in slugs, f"{name}: {status} {slug}"


def test_what_the_web_layer_returns_is_documented_and_no_other() -> None:
    _, _, web = page("problems.md").partition("## Returned by the web layer")
    exist = [*FRAMEWORK_PROBLEMS.values(), NO_SUCH_ADDRESS]
    assert sorted(tuple(cells[:3]) for cells in rows(web)) == sorted(
        (f"`{each.slug}`", each.title, str(each.status.value)) for each in exist
    )


# --- HTTP ---------------------------------------------------------------------------------------


async def gateway_app(folder: Path) -> FastAPI:
    """The app as it is served. Opening a gateway makes no request."""
    environ = {
        "CLINICPRO_DATA_DIR": str(folder),
        "CLINICPRO_SECRET_KEY": "invented key for tests only",
        "MEDTECH_CLIENT_SECRET": "invented",
    }
    async with open_gateway(Settings.read(environ)) as gateway:
        return build_gateway_app(gateway)


def nameless(path: str) -> str:
    return re.sub(r"\{[^}]*\}", "{}", path.partition("?")[0])


@pytest.mark.anyio
async def test_every_call_is_documented_and_no_other(tmp_path: Path) -> None:
    app = await gateway_app(tmp_path)
    paths = app.openapi()["paths"]
    exist = {f"{method.upper()} {nameless(path)}" for path, calls in paths.items() for method in calls}
    documented = [code(cells[0])[0] for cells in rows(page("http.md"))]
    calls = {nameless(each) for each in documented if re.match(r"(GET|POST|PATCH|PUT|DELETE) /", each)}
    assert calls == exist | {"GET /", "GET /phone", "GET /openapi.json"}


@pytest.mark.anyio
async def test_the_documented_status_is_the_one_that_is_answered(tmp_path: Path) -> None:
    paths = (await gateway_app(tmp_path)).openapi()["paths"]
    answered = {
        f"{method.upper()} {nameless(path)}": {status for status in call["responses"] if status < "400"}
        for path, calls in paths.items()
        for method, call in calls.items()
    }
    for cells in rows(page("http.md")):
        call = nameless(code(cells[0])[0])
        if call in answered:
            assert answered[call] <= set(re.findall(r"\b[2345]\d\d\b", cells[1])), call


@pytest.mark.parametrize("name", SHAPES)
def test_the_example_of_each_shape_has_every_member_and_no_other(name: str) -> None:
    example = re.search(r"```json\n(.*?)```", sections(page("http.md"), "###")[name], re.DOTALL)
    assert example is not None
    content = json.loads(example[1])
    read = SHAPES[name].model_validate(content)
    assert set(content) == {field.alias for field in SHAPES[name].model_fields.values()}
    assert read.model_dump(by_alias=True, mode="json").keys() == content.keys()


def test_the_example_of_details_can_be_stored() -> None:
    example = re.search(r"```json\n(.*?)```", sections(page("http.md"), "###")["Details"], re.DOTALL)
    assert example is not None
    patch = DetailsPatch.model_validate_json(example[1])
    stored = apply(patch, Details(taken_at=0.0), now=2_000_000_000.0)
    assert stored.title == "Left forearm – lesion – dermoscopy – Mole 1"


def test_every_event_is_documented_and_no_other() -> None:
    listed = [code(cells[0])[0] for cells in rows(sections(page("http.md"), "##")["Events"])]
    assert [name for name in listed if "/" not in name] == [*EVENT_NAMES, HEARTBEAT]


def test_the_time_of_a_readiness_check_is_documented() -> None:
    in_words = {5.0: "five", 8.0: "eight"}[CHECK_SECONDS]
    assert f"each check has {in_words} seconds" in page("http.md")


# --- architecture -------------------------------------------------------------------------------


def test_the_layers_are_those_that_are_enforced() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    enforced = next(each["layers"] for each in contracts if each["type"] == "layers")
    drawn = re.search(r"```layers\n(.*?)```", page("architecture.md"), re.DOTALL)
    assert drawn is not None
    assert drawn[1].splitlines() == [layer.replace("clinicpro_images.", "") for layer in enforced]


def test_every_slice_has_its_line() -> None:
    package = ROOT / "src" / "clinicpro_images"
    slices = {f"{path.parent.name}/" for path in package.glob("*/__init__.py")}
    listed = {code(cells[0])[0] for cells in rows(sections(page("architecture.md"), "##")["Slices"])}
    assert slices <= listed


def test_every_step_and_state_of_a_job_is_drawn() -> None:
    drawn = sections(page("architecture.md"), "##")["The life of a job"]
    steps = {
        name
        for name, value in vars(job).items()
        if callable(value) and getattr(value, "__module__", "") == job.__name__ and name.islower()
    }
    for name in {step for step in steps if not step.startswith("_")} | set(get_args(job.JobState)):
        assert re.search(rf"\b{name}\b", drawn), name
