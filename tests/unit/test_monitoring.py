"""Alerts, dashboard and documentation name metrics that exist, and every metric is documented."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]  # comes with moto

from clinicpro_images.db.database import open_database
from clinicpro_images.operator.metrics import ScrapeMetrics
from clinicpro_images.practice.figures import PracticeFigures
from clinicpro_images.records.alex.tokens import TokenInfo
from clinicpro_images.settings.settings import Settings
from clinicpro_images.telemetry.metrics import OTHER, FacilityLabels, Metrics

ROOT = Path(__file__).parents[2]
ALERTS = ROOT / "deploy" / "prometheus" / "alerts.yml"
DASHBOARD = ROOT / "deploy" / "grafana" / "clinicpro.json"
_METRIC = re.compile(r"\b(?:clinicpro|process)_[a-z_]+\b")


@pytest.fixture(scope="module")
def shown() -> dict[str, set[str]]:
    """Every sample that a scrape can hold, by the name of its metric as documented."""
    metrics = Metrics()
    database = open_database("sqlite+aiosqlite:////nowhere/never-opened.db")

    async def never() -> PracticeFigures:
        raise AssertionError("nothing is scraped here")

    ScrapeMetrics(
        database,
        metrics,
        token=TokenInfo.model_construct,
        tripped=list,
        decoding=lambda: (0, 0),
        practices=never,
        restored_at=lambda: 0.0,
        folders={},
    )
    endings = {
        "counter": ["_total"],
        "histogram": ["_bucket", "_sum", "_count"],
        "summary": ["_sum", "_count"],
        "info": ["_info"],
        "gauge": [""],
    }
    found = {}
    for family in metrics.registry.collect():
        documented = family.name + {"counter": "_total", "info": "_info"}.get(family.type, "")
        found[documented] = {family.name + ending for ending in endings[family.type]}
    return found


def expressions() -> list[str]:
    alerts = [
        rule["expr"] for group in yaml.safe_load(ALERTS.read_text())["groups"] for rule in group["rules"]
    ]
    panels: list[dict[str, Any]] = json.loads(DASHBOARD.read_text())["panels"]
    return alerts + [target["expr"] for panel in panels for target in panel["targets"]]


@pytest.mark.parametrize("expression", expressions())
def test_every_expression_names_metrics_that_exist_and_closes_its_brackets(
    expression: str, shown: dict[str, set[str]]
) -> None:
    named = set(_METRIC.findall(expression))
    assert named <= set().union(*shown.values())
    assert named or "up{" in expression
    for opening, closing in ("()", "[]", "{}"):
        assert expression.count(opening) == expression.count(closing)


def test_every_alert_that_counts_also_counts_the_first_event_of_its_kind() -> None:
    """A counter with labels is first scraped with what it has counted, from which `increase` counts."""
    since_start = {family.name + "_total" for family in Metrics().registry.collect() if family.samples}
    counted = 0
    for rule in (rule for group in yaml.safe_load(ALERTS.read_text())["groups"] for rule in group["rules"]):
        for counter, labels, time in re.findall(r"increase\((\w+)(\{[^}]*\})?\[(\w+)\]\)", rule["expr"]):
            if counter not in since_start:
                series = counter + labels
                first = f"({series} unless {series} offset {time}) or increase({series}[{time}])"
                assert first in rule["expr"], rule["alert"]
                counted += 1
    assert counted >= 4


def test_the_alert_for_a_silent_practice_comes_before_filing_gives_up() -> None:
    """Pauses end while the practice is tried, for as long as a call may take, and for good when nothing is left to file."""
    [rule] = [
        rule
        for group in yaml.safe_load(ALERTS.read_text())["groups"]
        for rule in group["rules"]
        if rule["alert"] == "ClinicProPracticeSilent"
    ]
    settings = Settings.read({})
    [bridged] = re.findall(r"max_over_time\(clinicpro_facility_resting\[(\d+)m\]\)", rule["expr"])
    assert int(bridged) * 60 > 2 * (settings.alex_connect_timeout + settings.alex_read_timeout)
    assert int(rule["for"].removesuffix("m")) * 60 < settings.retry_ceiling


def test_every_metric_is_documented_and_no_other(shown: dict[str, set[str]]) -> None:
    listed = re.findall(
        r"^\| `(clinicpro_[a-z_]+)` \|", (ROOT / "docs" / "metrics.md").read_text(), re.MULTILINE
    )
    assert sorted(listed) == sorted(name for name in shown if name.startswith("clinicpro_"))


def test_every_alert_leads_to_a_heading_of_the_on_call_page() -> None:
    headings = set(re.findall(r"^## (.+)$", (ROOT / "docs" / "on-call.md").read_text(), re.MULTILINE))
    for group in yaml.safe_load(ALERTS.read_text())["groups"]:
        for rule in group["rules"]:
            page, _, heading = rule["annotations"]["action"].partition(", ")
            assert page == "docs/on-call.md"
            assert heading.strip('"') in headings, rule["alert"]


def test_facilities_beyond_the_limit_share_one_label() -> None:
    facilities = FacilityLabels(limit=2)
    assert [facilities.label(each) for each in ("F1", "F2", "F3", "F1", "F3")] == [
        "F1",
        "F2",
        OTHER,
        "F1",
        OTHER,
    ]
