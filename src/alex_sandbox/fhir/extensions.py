"""Extensions in written resources. How ALEX treats them is not published, so there is a setting for it."""

from typing import Any

from alex_sandbox.errors import not_supported

_NAMES = ("extension", "modifierExtension")


def apply_extension_setting(resource: dict[str, Any], setting: str) -> dict[str, Any]:
    """Return the resource with its extensions kept or dropped at every depth.

    `setting` is "keep", "drop" or "refuse"; with "refuse", any extension raises OutcomeRefusal (400).
    """
    if setting == "keep":
        return resource
    stripped = _without(resource, refuse=setting == "refuse")
    return stripped if isinstance(stripped, dict) else resource


def _without(element: Any, *, refuse: bool) -> Any:
    if isinstance(element, dict):
        if refuse and any(name in element for name in _NAMES):
            raise not_supported("Extensions are refused (setting: extensions).")
        return {name: _without(value, refuse=refuse) for name, value in element.items() if name not in _NAMES}
    if isinstance(element, list):
        return [_without(member, refuse=refuse) for member in element]
    return element
