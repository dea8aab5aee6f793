"""docs/sandbox.md documents every setting, fault and option."""

import re
from pathlib import Path

import pytest

from alex_sandbox.behaviour import Behaviour
from alex_sandbox.cli import build_parser
from alex_sandbox.faults.fault_plan import KINDS, MEMBERS

PAGE = (Path(__file__).parents[3] / "docs" / "sandbox.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", [*Behaviour().as_json(), *KINDS, *MEMBERS])
def test_every_setting_and_fault_is_documented(name: str) -> None:
    assert f"`{name}`" in PAGE or f'"{name}"' in PAGE


def test_every_option_is_documented() -> None:
    options = re.findall(r"^  (--[a-z-]+)", build_parser().format_help(), re.MULTILINE)
    assert "--port" in options
    assert set(options) <= set(re.findall(r"`(--[a-z-]+)", PAGE))
