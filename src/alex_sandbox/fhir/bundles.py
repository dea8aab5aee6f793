"""Searchset Bundles, including ALEX's empty one, which still has an entry."""

from collections.abc import Iterable
from typing import Any

from alex_sandbox.errors import operation_outcome


def searchset(
    own_url: str,
    base: str,
    resources: Iterable[dict[str, Any]],
    *,
    total: int | None = None,
    next_url: str | None = None,
) -> dict[str, Any]:
    """Return a searchset; without a match it contains an OperationOutcome, as Medtech's guide warns.

    `total` counts the matches of all pages; `next_url` is the next page's.
    """
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
        "total": len(matches) if total is None else total,
        "link": [
            {"relation": "self", "url": own_url},
            *([{"relation": "next", "url": next_url}] if next_url else []),
        ],
        "entry": entries,
    }
