"""Entries for other systems: rows written under an action's former name export as they did."""

from typing import Any

import pytest

from clinicpro_images.audit.export import audit_event


def entry(action: str) -> dict[str, Any]:
    names = (
        "provider",
        "providerId",
        "address",
        "admin",
        "account",
        "facilityId",
        "patient",
        "documentId",
        "subject",
        "correlationId",
    )
    return {
        "seq": 1,
        "shard": 0,
        "at": "2026-11-23T10:15:30.123Z",
        "action": action,
        "about": {},
    } | dict.fromkeys(names, "")


@pytest.mark.parametrize(
    ("former", "current", "code", "outcome"),
    [
        ("picture.added", "image.added", "C", "0"),
        ("picture.purged", "image.purged", "D", "0"),
        ("filing.landed", "commit.landed", "C", "0"),
        ("filing.failed", "commit.failed", "E", "4"),
    ],
)
def test_a_former_action_name_has_the_same_code_and_outcome(
    former: str, current: str, code: str, outcome: str
) -> None:
    for action in (former, current):
        event = audit_event(entry(action))
        assert (event["action"], event["outcome"]) == (code, outcome)
        assert event["subtype"][0]["code"] == action
