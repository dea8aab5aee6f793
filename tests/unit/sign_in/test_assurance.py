"""A sign-in that wasn't authenticated as required, or too long ago, is refused, whatever was requested."""

from typing import Any

import pytest

from clinicpro_images.identity.assurance import Assurance
from clinicpro_images.identity.claims import TokenInvalid

NOW = 1_000_000.0
MFA = Assurance(("urn:example:mfa", "phrh"), max_age=3600)


def test_what_is_required_is_requested() -> None:
    assert MFA.asked() == {"acr_values": "urn:example:mfa phrh", "max_age": "3600"}
    assert Assurance().asked() == {}


@pytest.mark.parametrize("acr", ["urn:example:mfa", "phrh"])
def test_an_accepted_context_and_a_recent_time_pass(acr: str) -> None:
    for since in (NOW - 3660, NOW - 3600, NOW, NOW + 60):
        MFA.check({"acr": acr, "auth_time": since}, NOW)
    Assurance().check({}, NOW)


@pytest.mark.parametrize(
    "claims",
    [
        {}, {"acr": "urn:example:mfa"}, {"acr": "0", "auth_time": NOW}, {"acr": ["phrh"], "auth_time": NOW},
        {"acr": "phrh", "auth_time": NOW - 3661}, {"acr": "phrh", "auth_time": NOW + 61},
        {"acr": "phrh", "auth_time": str(NOW)}, {"acr": "phrh", "auth_time": True}, {"acr": "phrh", "auth_time": float("nan")},
    ],
)  # fmt: skip
def test_anything_else_is_refused(claims: dict[str, Any]) -> None:
    with pytest.raises(TokenInvalid):
        MFA.check(claims, NOW)
