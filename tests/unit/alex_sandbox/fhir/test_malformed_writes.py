"""The write rules accept or refuse any JSON and never crash."""

import copy
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from alex_sandbox.behaviour import Behaviour
from alex_sandbox.errors import OutcomeRefusal
from alex_sandbox.fhir.extensions import apply_extension_setting
from alex_sandbox.fhir.references import References
from alex_sandbox.fhir.write_rules import check
from alex_sandbox.seed import load_seed
from unit.alex_sandbox.resources import document, media, message, task
from unit.alex_sandbox.running import FACILITY

JUNK: tuple[Any, ...] = (
    None,
    0,
    -1.5,
    True,
    "",
    "x",
    [],
    [None],
    [[]],
    ["x"],
    [{}],
    {},
    {"reference": 1},
    {"coding": 1},
)
BASE = "http://127.0.0.1:8090"


def _mutations(element: Any) -> Iterator[Any]:
    """Yield the element with each of its parts, at any depth, replaced by each piece of junk."""
    parts = (
        element.items()
        if isinstance(element, dict)
        else enumerate(element)
        if isinstance(element, list)
        else ()
    )
    for key, part in parts:
        for other in (*JUNK, *_mutations(part)):
            mutated = copy.copy(element)
            mutated[key] = other
            yield mutated


@pytest.mark.parametrize(
    "make",
    [
        lambda: document(BASE, relatesTo=[{"code": "transforms", "target": {"reference": f"{BASE}/fhir/x"}}]),
        media,
        message,
        task,
    ],
    ids=["DocumentReference", "Media", "Communication", "Task"],
)
@pytest.mark.parametrize("behaviour", [Behaviour(), Behaviour(strict_messages=False, strict_tasks=False)])
def test_every_malformed_element_is_accepted_or_refused(
    make: Callable[[], dict[str, Any]], behaviour: Behaviour
) -> None:
    references = References(f"{BASE}/fhir", load_seed(None).facilities[FACILITY])
    tried = 0
    for mutated in _mutations(make()):
        if mutated.get("resourceType") != make()["resourceType"]:
            continue  # refused before the rules are applied
        tried += 1
        try:
            check(mutated, references, behaviour)
        except OutcomeRefusal:
            continue
        apply_extension_setting(mutated, behaviour.extensions)
    assert tried > 100
