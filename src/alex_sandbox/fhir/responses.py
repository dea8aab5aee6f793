"""FHIR responses and error responses with ALEX's content types."""

import json
from typing import Any

from starlette.responses import HTMLResponse, Response

from alex_sandbox.errors import Refusal


class FhirResponse(Response):
    """A response with a resource as `application/fhir+json`."""

    media_type = "application/fhir+json; charset=utf-8"

    def render(self, content: Any) -> bytes:
        """Encode as JSON in UTF-8."""
        return json.dumps(content, ensure_ascii=False).encode()


def refusal_response(refusal: Refusal) -> Response:
    """Return the response for a refusal, with the sandbox's explanation in a header."""
    reason = refusal.reason.encode("ascii", "replace").decode().replace("\n", " ")[:500]
    headers = {**refusal.headers, "sandbox-reason": reason}
    if refusal.body is None:
        return Response(status_code=refusal.status, headers=headers)
    if isinstance(refusal.body, str):
        return HTMLResponse(refusal.body, refusal.status, headers)
    body = json.dumps(refusal.body, ensure_ascii=False).encode()
    return Response(body, refusal.status, headers, media_type=f"{refusal.media_type}; charset=utf-8")
