"""What unit tests share that need a database."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from unit.practice import Practice, open_practice


@pytest.fixture
async def practice(tmp_path: Path) -> AsyncIterator[Practice]:
    async with open_practice(tmp_path) as practice:
        yield practice
