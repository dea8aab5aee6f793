"""The page about the sandbox names everything that the code has."""

import re
from pathlib import Path

import pytest

from alex_sandbox.fault_plan import KINDS, MEMBERS
from alex_sandbox.settings import Behaviour

PAGE = (Path(__file__).parents[3] / "docs" / "sandbox.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", [*Behaviour().as_json(), *KINDS, *MEMBERS])
def test_every_setting_and_fault_is_documented(name: str) -> None:
    assert f"`{name}`" in PAGE or f'"{name}"' in PAGE


def test_every_option_is_documented() -> None:
    source = (Path(__file__).parents[3] / "src" / "alex_sandbox" / "cli.py").read_text(encoding="utf-8")
    for option in re.findall(r'add_argument\("(--[a-z-]+)"', source):
        assert f"`{option}" in PAGE
