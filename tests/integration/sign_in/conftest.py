"""A practice whose clinicians can sign in, with a provider of its own."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from integration.sign_in.steps import PAGE, environ
from oidc import FakeProvider, running_provider
from running import BrowserSession, Sandbox, running


@pytest.fixture
async def provider() -> AsyncIterator[FakeProvider]:
    async with running_provider() as provider:
        yield provider


@pytest.fixture
async def browser(
    sandbox: Sandbox, tmp_path: Path, provider: FakeProvider, database: dict[str, str]
) -> AsyncIterator[BrowserSession]:
    async with running(sandbox, tmp_path, environ(provider, **database)) as browser:
        browser.client.headers.update(PAGE)
        yield browser
