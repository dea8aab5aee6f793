"""The name of a route in metrics, traces and the audit trail."""

from starlette.types import Scope


def route_template(scope: Scope) -> str:
    """Return the matched route's template, such as `/api/images/{image_id}`; empty if no route matched.

    Never the path itself, which holds ids, or whatever a caller makes up.
    """
    path = getattr(scope.get("route"), "path", None)
    return path if isinstance(path, str) else ""
