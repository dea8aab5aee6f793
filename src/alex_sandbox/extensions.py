"""What becomes of extensions in a written resource; nobody has published it, so there are three behaviours."""

from typing import Any

from alex_sandbox.errors import not_supported

_NAMES = ("extension", "modifierExtension")


def treat(resource: dict[str, Any], treatment: str) -> dict[str, Any]:
    """The resource with its extensions kept or dropped at every depth; OutcomeRefusal 400 for `refuse`."""
    if treatment == "keep":
        return resource
    treated = _without(resource, refuse=treatment == "refuse")
    return treated if isinstance(treated, dict) else resource


def _without(element: Any, *, refuse: bool) -> Any:
    if isinstance(element, dict):
        if refuse and any(name in element for name in _NAMES):
            raise not_supported("Extensions are refused (setting: extensions).")
        return {name: _without(value, refuse=refuse) for name, value in element.items() if name not in _NAMES}
    if isinstance(element, list):
        return [_without(member, refuse=refuse) for member in element]
    return element
