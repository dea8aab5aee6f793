"""A searchset: its entries and next page, and whether anything in it shows that matches may be missing."""

from collections.abc import Mapping
from typing import Any, Literal

_NO_MATCH = frozenset({"not-found", "informational", "processing", "success"})
# FHIR's issue types after which matches may be missing, however mildly the server puts it.
_IN_PART = frozenset(
    {"incomplete", "timeout", "too-costly", "throttled", "transient", "lock-error", "exception"}
)
_ERRORS = frozenset({"fatal", "error"})
_REMARKS = frozenset({"information", "success"})


def entries(bundle: Any, resource_type: str) -> list[Mapping[str, Any]]:
    """Return a searchset's resources of one type; raises ValueError if it isn't a Bundle.

    A Bundle without a match can contain an OperationOutcome instead (Medtech's guide), so every entry's type is checked.
    """
    if not isinstance(bundle, dict) or bundle.get("resourceType") != "Bundle":
        raise ValueError("not a Bundle")
    resources = [entry.get("resource") for entry in mappings(bundle.get("entry"))]
    return [found for found in mappings(resources) if found.get("resourceType") == resource_type]


def has_only_others(bundle: Mapping[str, Any], resource_type: str) -> bool:
    """Return whether a page answers with resources of other types alone: then it answers another question."""
    listed = [
        mapping for entry in mappings(bundle.get("entry")) for mapping in mappings([entry.get("resource")])
    ]
    types = {each.get("resourceType") for each in listed} - {"OperationOutcome"}
    return bool(types) and resource_type not in types


def claimed_total(bundle: Mapping[str, Any]) -> int:
    """Return how many matches the server says there are, on all pages; 0 if it doesn't say."""
    total = bundle.get("total")
    if isinstance(total, str) and total.isascii() and total.isdecimal():
        return int(total[:9])
    return total if isinstance(total, int) and not isinstance(total, bool) else 0


def count_entries(bundle: Mapping[str, Any]) -> int:
    """Return how many entries a page has; an OperationOutcome counts, because a server's total may include it."""
    return len(mappings(bundle.get("entry")))


def trouble_on(bundle: Mapping[str, Any]) -> Literal["failed", "warned"] | None:
    """Return whether a page reports an error instead of matches, or a warning that some may be missing.

    None if it only says that there are none.
    """
    listed = bundle.get("entry")
    resources = [entry.get("resource") for entry in mappings(listed)]
    if listed is not None and len(mappings(resources)) != (len(listed) if isinstance(listed, list) else -1):
        return "failed"  # an entry that shows nothing may be a match
    outcomes = [each for each in mappings(resources) if each.get("resourceType") == "OperationOutcome"]
    issues = [issue for outcome in outcomes for issue in mappings(outcome.get("issue")) or [{}]]
    issues = [issue for issue in issues if issue.get("code") not in _NO_MATCH]
    if any(issue.get("severity") in _ERRORS or issue.get("code") in _IN_PART for issue in issues):
        return "failed"
    return "warned" if any(issue.get("severity") not in _REMARKS for issue in issues) else None


def is_failure(outcome: Mapping[str, Any]) -> bool:
    """Return whether an OperationOutcome reports an error."""
    return any(issue.get("severity") in _ERRORS for issue in mappings(outcome.get("issue")))


def next_page(bundle: Mapping[str, Any]) -> str | None:
    """Return the link to a searchset's next page, None if there is none; empty if there is one that can't be followed."""
    listed = bundle.get("link")
    links = mappings([listed] if isinstance(listed, dict) else listed)
    urls = [link.get("url") for link in links if str(link.get("relation")).strip().casefold() == "next"]
    followed = next((url for url in urls if isinstance(url, str) and url), "")
    return followed if urls else None


def mappings(value: Any) -> list[dict[str, Any]]:
    """Return the JSON objects in an array; none for anything else."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
