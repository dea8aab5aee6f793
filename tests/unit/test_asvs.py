"""The table of ASVS requirements: each is met and has tests that exist, or says why it doesn't apply."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_every_requirement_is_met_with_a_test_or_not_applicable_with_a_reason() -> None:
    lines = (ROOT / "docs/asvs.md").read_text("utf-8").splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| V")]
    assert len(rows) > 30
    for requirement, state, evidence, tests in rows:
        assert evidence, requirement
        if state == "not applicable":
            assert tests == "–", requirement
            continue
        assert state == "met", requirement
        paths = re.findall(r"`([^`]+)`", tests)
        assert paths, requirement
        assert [path for path in paths if not (ROOT / path).exists()] == [], requirement
