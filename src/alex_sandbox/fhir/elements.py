"""Validation of a written resource's elements; each function raises OutcomeRefusal (400)."""

from typing import Any

from alex_sandbox.clock import on_auckland_time, parse_moment
from alex_sandbox.errors import identifier_missing, invalid

# Elements of every R4 resource, including `resourceType` and `id`.
COMMON = frozenset(
    {
        "resourceType",
        "id",
        "meta",
        "implicitRules",
        "language",
        "text",
        "contained",
        "extension",
        "modifierExtension",
    }
)


def text(element: Any, name: str, where: str = "") -> str:
    """Return a string that is not blank."""
    value = element.get(name) if isinstance(element, dict) else None
    if not isinstance(value, str) or not value.strip():
        raise invalid(f"{where}{name} is missing or blank.")
    return value


def fixed(resource: dict[str, Any], name: str, value: str) -> None:
    """Check an element that has only one valid value."""
    if resource.get(name) != value:
        raise invalid(f"{name} must be {value!r}.")


def only(element: Any, name: str, where: str = "") -> Any:
    """Return the only member of a list."""
    members = non_empty(element, name, where)
    if len(members) != 1:
        raise invalid(f"{where}{name} must have exactly one member.")
    return members[0]


def non_empty(element: Any, name: str, where: str = "") -> list[Any]:
    """Return a list with at least one member."""
    members = element.get(name) if isinstance(element, dict) else None
    if not isinstance(members, list) or not members:
        raise invalid(f"{where}{name} is missing or empty.")
    return members


def coding(concept: Any, where: str, *, system: str, code: str, display: str = "") -> None:
    """Check that a CodeableConcept has exactly this coding."""
    member = only(concept, "coding", f"{where}.")
    if not isinstance(member, dict) or member.get("system") != system or member.get("code") != code:
        raise invalid(f"{where}.coding must be {system}|{code}.")
    if display and member.get("display") != display:
        raise invalid(f"{where}.coding.display must be {display!r}.")


def reference_number(resource: dict[str, Any], *, exactly_one: bool) -> tuple[str, str]:
    """Return system and value of the vendor's identifier: the only rule whose violation ALEX explains."""
    identifiers = resource.get("identifier")
    first = identifiers[0] if isinstance(identifiers, list) and identifiers else None
    value = first.get("value") if isinstance(first, dict) else None
    if not isinstance(value, str) or not value.strip():
        raise identifier_missing()
    if exactly_one and isinstance(identifiers, list) and len(identifiers) != 1:
        raise invalid("identifier must have exactly one member.")
    system = first.get("system", "") if isinstance(first, dict) else ""
    return str(system), value


def date_time(resource: dict[str, Any], name: str, *, auckland: bool) -> None:
    """Check a date-time with an offset; with `auckland`, the offset must be Pacific/Auckland's."""
    try:
        moment = parse_moment(resource.get(name))
    except ValueError as error:
        raise invalid(f"{name}: {error}") from error
    if auckland and not on_auckland_time(moment):
        raise invalid(f"{name} must have the Pacific/Auckland offset of that day.")


def only_known(resource: dict[str, Any], known: frozenset[str]) -> None:
    """Refuse elements that this type does not have in R4, to catch misspelt ones."""
    unknown = [name for name in resource if name.lstrip("_") not in known | COMMON]
    if unknown:
        raise invalid(f"{resource.get('resourceType')} has no element {', '.join(unknown)}.")
