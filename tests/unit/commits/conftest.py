"""A surgery on a real SQLite file."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from unit.commits.surgery import Surgery, open_surgery


@pytest.fixture
async def surgery(tmp_path: Path) -> AsyncIterator[Surgery]:
    async with open_surgery(tmp_path) as surgery:
        yield surgery
