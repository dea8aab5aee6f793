"""The published documentation matches the code: the FHIR resources and the tables of the page."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from fhir.resources.R4B.codesystem import CodeSystem

from clinicpro_images.terminology.body_sites import BODY_SITES
from clinicpro_images.terminology.coding import IMAGE_TYPE, IMAGE_VIEW, Coding
from clinicpro_images.terminology.consent import CONSENT_BY, CONSENT_SCOPES
from clinicpro_images.terminology.laterality import BOTH, LATERALITIES, LEFT
from clinicpro_images.terminology.title import MAX_TITLE, title
from clinicpro_images.terminology.types import TYPES
from clinicpro_images.terminology.views import VIEWS

DOCS = Path(__file__).parents[3] / "docs"
PUBLISHED = pytest.mark.parametrize(
    ("name", "url", "codings"),
    [("image-view", IMAGE_VIEW, VIEWS), ("image-type", IMAGE_TYPE, TYPES)],
)


def resource(name: str) -> dict[str, Any]:
    published: dict[str, Any] = json.loads((DOCS / "fhir" / f"CodeSystem-{name}.json").read_text("utf-8"))
    return published


@pytest.fixture(scope="module")
def page() -> str:
    return (DOCS / "terminology.md").read_text("utf-8")


@PUBLISHED
def test_a_published_code_system_is_valid_fhir(name: str, url: str, codings: tuple[Coding, ...]) -> None:
    checked = CodeSystem.model_validate(resource(name))
    assert checked.url == url
    assert checked.count == len(codings)


@PUBLISHED
def test_a_published_code_system_has_the_codes_in_use(
    name: str, url: str, codings: tuple[Coding, ...]
) -> None:
    published = resource(name)
    assert [Coding(url, concept["code"], concept["display"]) for concept in published["concept"]] == list(
        codings
    )
    assert (published["id"], published["url"], published["content"]) == (name, url, "complete")
    assert all(concept["definition"].endswith(".") for concept in published["concept"])
    assert all(f"<li>{coding.display}</li>" in published["text"]["div"] for coding in codings)


def test_the_page_lists_every_body_site_in_order(page: str) -> None:
    tables = page[page.index("## Body sites") :]
    rows = re.findall(r"^\| (\d+) \| (.+?) \| (.*?) ?\|$", tables, re.MULTILINE)
    assert rows == [(site.coding.code, site.coding.display, ", ".join(site.synonyms)) for site in BODY_SITES]


def test_the_page_lists_every_side_view_type_and_consent(page: str) -> None:
    for side in LATERALITIES:
        assert f"| {side.code} | {side.display} |" in page
    for choice in (*VIEWS, *TYPES, *CONSENT_BY, *CONSENT_SCOPES):
        assert f"`{choice.code}` {choice.display} |" in page
    assert IMAGE_VIEW in page
    assert IMAGE_TYPE in page


@pytest.mark.parametrize(
    ("site", "side"),
    [
        ("Back of hand", LEFT),
        ("Hand", BOTH),
        ("below Caesarean scar", LEFT),
        (None, LEFT),
        (None, None),
    ],
)
def test_the_titles_on_the_page_are_what_the_code_returns(
    page: str, site: str | None, side: Coding | None
) -> None:
    assert f"`{title(body_site=site, laterality=side, type=None, view=None, label=None)}` |" in page
    full = title(body_site="Forearm", laterality=LEFT, type="lesion", view="dermoscopy", label="Mole 1")
    assert f"`{full}`" in page
    assert f"at most {MAX_TITLE} characters" in page


def test_the_page_carries_the_snomed_ct_attribution(page: str) -> None:
    assert "SNOMED Clinical Terms" in page
    assert "used by permission of the International Health Terminology Standards" in page
    assert "originally created by the College of American" in page
