"""Whatever JSON arrives, the rules answer it; nothing falls through to a crash."""

import copy
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from alex_sandbox.errors import OutcomeRefusal
from alex_sandbox.extensions import treat
from alex_sandbox.references import References
from alex_sandbox.seed import load_seed
from alex_sandbox.settings import Behaviour
from alex_sandbox.write_rules import check
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


def _spoiled(element: Any) -> Iterator[Any]:
    """The element with each of its parts, at any depth, replaced by each piece of junk or left out."""
    parts = (
        element.items()
        if isinstance(element, dict)
        else enumerate(element)
        if isinstance(element, list)
        else ()
    )
    for key, part in parts:
        for other in (*JUNK, *_spoiled(part)):
            spoiled = copy.copy(element)
            spoiled[key] = other
            yield spoiled


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
def test_every_spoiled_element_is_either_taken_or_refused(
    make: Callable[[], dict[str, Any]], behaviour: Behaviour
) -> None:
    references = References(f"{BASE}/fhir", load_seed(None).facilities[FACILITY])
    tried = 0
    for spoiled in _spoiled(make()):
        if spoiled.get("resourceType") != make()["resourceType"]:
            continue  # looked at before the rules are
        tried += 1
        try:
            check(spoiled, references, behaviour)
        except OutcomeRefusal:
            continue
        treat(spoiled, behaviour.extensions)
    assert tried > 100
