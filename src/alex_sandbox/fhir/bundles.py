"""Searchset Bundles, including ALEX's empty one, which still has an entry."""

from collections.abc import Iterable
from typing import Any

from alex_sandbox.errors import operation_outcome


def searchset(own_url: str, base: str, resources: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Return a searchset; without a match it contains an OperationOutcome, as Medtech's guide warns."""
    matches = list(resources)
    entries: list[dict[str, Any]] = [
        {
            "fullUrl": f"{base}/{resource['resourceType']}/{resource['id']}",
            "resource": resource,
            "search": {"mode": "match"},
        }
        for resource in matches
    ]
    if not entries:
        outcome = operation_outcome("not-found", "No matching record found.", severity="information")
        entries = [{"resource": outcome, "search": {"mode": "outcome"}}]
    return {
        "resourceType": "Bundle",
        "type": "searchset",
        "total": len(matches),
        "link": [{"relation": "self", "url": own_url}],
        "entry": entries,
    }
