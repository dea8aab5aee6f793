"""Every sentence that a clinician may read when something fails says what to do next."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import clinicpro_images
from clinicpro_images.commits.errors import BodySiteMissing
from clinicpro_images.errors import ClinicProError
from error_tree import errors

SOURCE = Path(clinicpro_images.__file__).parent
WIDGET = Path(__file__).parents[2] / "widget" / "src"

# What a person can be advised to do. An instruction opens a sentence, or follows a semicolon, "or", "then" or a colon.
DOING = (
    "add|ask|change|check|choose|close|continue|copy|create|describe|enter|export|file|free|give|go on|look|make|open|press|"
    "print|reload|remove|run|save|say|scan|send|shorten|sign in|split|start|take|tell|try|unplug|wait|write"
)
INSTRUCTION = re.compile(
    rf"(?:^|[.;:,] (?:then |or )?|, then |\bthen |\bor |\band |\bagain, )(?:please )?(?:{DOING})\b",
    re.IGNORECASE,
)


def says_what_to_do(sentence: str) -> bool:
    return bool(INSTRUCTION.search(sentence))


ERRORS = list(errors())


def name_of(error: type[ClinicProError]) -> str:
    return error.__name__


def test_a_sentence_that_only_says_what_happened_is_recognised() -> None:
    assert not says_what_to_do("Medtech did not answer in time. Your photos are safe here.")
    assert not says_what_to_do("This file can't be used as a picture.")
    assert not says_what_to_do("The server was asked to open a record.")
    assert says_what_to_do("Your photos are safe here; try again in a minute.")


@pytest.mark.parametrize("error", ERRORS, ids=name_of)
def test_every_error_of_the_tree_says_what_to_do(error: type[ClinicProError]) -> None:
    detail = BodySiteMissing(["1"], ["Photo 1"]).detail if error is BodySiteMissing else error.default_detail
    assert says_what_to_do(detail), detail
    assert detail.rstrip().endswith("."), detail


def _text(node: ast.expr, constants: dict[str, str]) -> str:
    """The text of a literal, of a constant of the module, or of an f-string, with its gaps as …"""
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values)
    if isinstance(node, ast.Name):
        return constants.get(node.id, "")
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _raised() -> Iterator[tuple[str, str]]:
    """Each place in the source that gives an error a sentence of its own, and the sentence."""
    names = {each.__name__ for each in ERRORS}
    raising = re.compile(rf"\b(?:{'|'.join(names)})\(")
    for file in sorted(SOURCE.rglob("*.py")):
        source = file.read_text("utf-8")
        # What a command prints for an operator in a terminal is another matter.
        if "commands" in file.parts or not raising.search(source):
            continue
        module = ast.parse(source)
        constants = {
            target.id: _text(node.value, {})
            for node in module.body
            if isinstance(node, ast.Assign)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        for node in ast.walk(module):
            called = node.func if isinstance(node, ast.Call) else None
            if (
                isinstance(node, ast.Call)
                and isinstance(called, ast.Name)
                and called.id in names
                and node.args
            ):
                words = _text(node.args[0], constants)
                if words:
                    yield f"{file.relative_to(SOURCE)}:{node.lineno}", words


RAISED = dict(_raised())


@pytest.mark.parametrize("place", RAISED)
def test_every_sentence_made_where_an_error_is_raised_says_what_to_do(place: str) -> None:
    assert says_what_to_do(RAISED[place]), RAISED[place]


def test_the_places_that_give_an_error_its_own_sentence_are_found() -> None:
    assert len(RAISED) > 30
