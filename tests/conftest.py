"""What every test shares: the event loop library."""

import pytest

from photos import photo_jpeg


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def photo() -> bytes:
    """A real JPEG as a phone makes it: turned, with EXIF and a position."""
    return photo_jpeg(width=640, height=480, orientation=6, gps=True)
