"""A state token is for one kind, under the rules it was made by, for its time: anything else is nothing."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from clinicpro_images.crypto.keyring import Keyring
from clinicpro_images.sessions.used_tokens import UsedTokens
from clinicpro_images.sign_in.state_tokens import (
    ATTEMPT_SECONDS,
    FOUND_SECONDS,
    TYPED_SECONDS,
    Attempt,
    Found,
    ListedPatient,
    SignedIn,
    StateTokens,
    Typed,
)
from unit.unit_fixture import UnitFixture, open_unit_fixture

pytestmark = pytest.mark.anyio

NOW = 1_000_000.0
STATES: tuple[tuple[Any, float], ...] = (
    (Attempt("s", "n", "v", NOW), ATTEMPT_SECONDS),
    (SignedIn("i", "a", "Aroha", ("1", "2"), "p", NOW), 25 * 3600.0),
    (Found("i", "s", "p", ("Aroha", "ZZZ0016"), "d", "Dr", "t", NOW), FOUND_SECONDS),
    (Typed("s", ("nhi", "ZZZ0016"), NOW), TYPED_SECONDS),
    (ListedPatient("s", "p", "d", NOW), 24 * 3600.0),
)


class Fixture:
    def __init__(self, parts: UnitFixture) -> None:
        self.parts, self.now = parts, NOW

    def tokens(self, rules: str = "rules", keyring: Keyring | None = None) -> StateTokens:
        return StateTokens(
            database=self.parts.database,
            keyring=keyring or self.parts.keyring,
            used=UsedTokens(self.parts.keyring),
            rules=rules,
            clock=lambda: self.now,
        )


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Fixture]:
    async with open_unit_fixture(tmp_path) as parts:
        yield Fixture(parts)


@pytest.mark.parametrize(("state", "longest"), STATES, ids=lambda each: type(each).__name__)
async def test_a_state_is_read_as_its_own_kind_and_for_its_time(
    here: Fixture, state: Any, longest: float
) -> None:
    tokens = here.tokens()
    token = tokens.encrypt(state)
    for ahead in (0.0, -longest, -longest - 5):
        here.now = NOW + ahead
        assert tokens.decrypt(type(state), token) == state
    # From before the clock was set back: it would be valid for too long.
    for ahead in (0.1, -longest - 5.1):
        here.now = NOW + ahead
        assert tokens.decrypt(type(state), token) is None
    here.now = NOW
    for other, _ in STATES:
        assert (tokens.decrypt(type(other), token) is None) == (type(other) is not type(state))


async def test_a_token_of_other_rules_or_another_installation_is_nothing(here: Fixture) -> None:
    token = here.tokens().encrypt(STATES[1][0])
    assert here.tokens("other rules").decrypt(SignedIn, token) is None
    assert here.tokens(keyring=Keyring("another invented key")).decrypt(SignedIn, token) is None
    for wrong in (None, "", "x", "AQ==", "é", token[:-8], token + "A" * 8192):
        assert here.tokens().decrypt(SignedIn, wrong) is None


async def test_what_is_consumed_is_used_and_what_is_marked_is_used_since(here: Fixture) -> None:
    tokens = here.tokens()
    assert not await tokens.is_used("a", "v")
    assert [await tokens.consume("a", "v") for _ in range(2)] == [True, False]
    assert await tokens.is_used("a", "v")
    assert not await tokens.is_used("another purpose", "v")
    await tokens.mark("b", "v")
    assert await tokens.is_marked_since("b", "v", 0.0)
    assert not await tokens.is_marked_since("b", "v", 1e12)
