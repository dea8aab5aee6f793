"""What the pages in docs/ lead to exists: links, files, decisions and images."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted([*DOCS.rglob("*.md"), ROOT / "CHANGELOG.md", ROOT / "README.md"])


def prose(where: Path) -> str:
    return re.sub(r"^```.*?^```", "", where.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)


def anchors(where: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", prose(where), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("where", PAGES, ids=lambda path: path.name)
def test_every_file_that_a_page_names_exists(where: Path) -> None:
    bases = (ROOT, ROOT / "src" / "clinicpro_images", DOCS)
    for name in re.findall(r"`((?:[\w.-]+/)*[\w-]+\.(?:py|md|toml|json)|(?:[\w.-]+/)+)`", prose(where)):
        if "NNNN" not in name and name not in {"store.py", "routes.py", "views.py"}:
            assert any((base / name).exists() for base in bases), f"{where.name}: {name}"


@pytest.mark.parametrize("where", PAGES, ids=lambda path: path.name)
def test_every_link_between_pages_leads_somewhere(where: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(where)):
        if re.match(r"[a-z]+:", target):
            continue
        file, _, anchor = target.partition("#")
        led_to = (where.parent / file).resolve() if file else where
        assert led_to.exists(), f"{where.name}: {target}"
        if anchor:
            assert anchor in anchors(led_to), f"{where.name}: {target}"


def test_every_page_and_decision_is_in_the_index() -> None:
    linked = {
        (DOCS / target).resolve()
        for target in re.findall(r"\]\(([^)#]+)\)", (DOCS / "README.md").read_text("utf-8"))
    }
    assert {path for path in DOCS.rglob("*.md") if path.name != "README.md"} <= linked


def test_decisions_are_numbered_without_a_gap() -> None:
    records = sorted((DOCS / "decisions").glob("*.md"))
    for number, record in enumerate(records, start=1):
        assert record.name.startswith(f"{number:04d}-")
        assert record.read_text("utf-8").startswith(f"# {number}. ")


def test_every_image_a_page_shows_is_taken_by_the_screenshot_script_and_the_other_way_round() -> None:
    shown = {
        name
        for page in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
        for name in re.findall(r"images/([\w-]+\.png)", page.read_text())
    }
    taken = set(re.findall(r'IMAGES / "([\w-]+\.png)"', (ROOT / "scripts" / "screenshots.py").read_text()))
    assert shown == taken == {path.name for path in (ROOT / "docs" / "images").glob("*.png")}
