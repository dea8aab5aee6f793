"""Reading elements of a resource that somebody wrote: there, of the right type, not empty, or 400."""

from typing import Any

from alex_sandbox.clock import on_auckland_time, parse_moment
from alex_sandbox.errors import identifier_missing, invalid

# Elements that every resource may have (R4), `resourceType` and `id` included.
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
    """A string that is not blank."""
    value = element.get(name) if isinstance(element, dict) else None
    if not isinstance(value, str) or not value.strip():
        raise invalid(f"{where}{name} is missing or blank.")
    return value


def fixed(resource: dict[str, Any], name: str, value: str) -> None:
    """An element that can have only one value."""
    if resource.get(name) != value:
        raise invalid(f"{name} must be {value!r}.")


def one(element: Any, name: str, where: str = "") -> Any:
    """The only member of a list."""
    members = some(element, name, where)
    if len(members) != 1:
        raise invalid(f"{where}{name} must have exactly one member.")
    return members[0]


def some(element: Any, name: str, where: str = "") -> list[Any]:
    """A list with something in it."""
    members = element.get(name) if isinstance(element, dict) else None
    if not isinstance(members, list) or not members:
        raise invalid(f"{where}{name} is missing or empty.")
    return members


def coding(concept: Any, where: str, *, system: str, code: str, display: str = "") -> None:
    """A CodeableConcept with exactly this one coding."""
    only = one(concept, "coding", f"{where}.")
    if not isinstance(only, dict) or only.get("system") != system or only.get("code") != code:
        raise invalid(f"{where}.coding must be {system}|{code}.")
    if display and only.get("display") != display:
        raise invalid(f"{where}.coding.display must be {display!r}.")


def reference_number(resource: dict[str, Any], *, exactly_one: bool) -> tuple[str, str]:
    """System and value of the vendor's own identifier; the one rule that ALEX puts into words."""
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
    """A date-time with offset, on New Zealand time if asked for."""
    try:
        moment = parse_moment(resource.get(name))
    except ValueError as error:
        raise invalid(f"{name}: {error}") from error
    if auckland and not on_auckland_time(moment):
        raise invalid(f"{name} must carry the Pacific/Auckland offset of that day.")


def only_known(resource: dict[str, Any], known: frozenset[str]) -> None:
    """Elements that R4 does not have for this type are refused, so that a misspelt one is noticed."""
    strange = [name for name in resource if name.lstrip("_") not in known | COMMON]
    if strange:
        raise invalid(f"There is no element {', '.join(strange)} in {resource.get('resourceType')}.")
