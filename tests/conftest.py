"""What every test shares: how many examples properties are tried with, the event loop library, a photo."""

import asyncio
import functools
import inspect
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, Final

import pytest

from image_files import make_jpeg
from object_store import ObjectStore, running_object_store
from postgres import Cluster, running_postgres
from profiles import load_profile

_LONGEST_SECONDS: Final = 400
"""Less than the limit in pyproject.toml, and more than any test needs on a machine that is busy."""


def pytest_configure() -> None:
    """Before any test is imported: the settings of a property are made then."""
    load_profile()


def pytest_itemcollected(item: pytest.Item) -> None:
    """A test that waits for what never comes fails where it waits; what that can't end, pyproject.toml's limit does."""
    if isinstance(item, pytest.Function) and inspect.iscoroutinefunction(item.obj):
        item.obj = _limited(item.obj)


def _limited(test: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
    @functools.wraps(test)
    async def limited(**arguments: Any) -> None:
        async with asyncio.timeout(_LONGEST_SECONDS):
            await test(**arguments)

    return limited


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that need a PostgreSQL server; `on_both` marks its own."""
    for item in items:
        if "cluster" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.postgresql)


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def photo() -> bytes:
    """A real JPEG as a phone makes it: rotated, with EXIF and a position."""
    return make_jpeg(width=640, height=480, orientation=6, gps=True)


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A PostgreSQL server; each test makes a database of its own."""
    with running_postgres() as cluster:
        yield cluster


@pytest.fixture(scope="session")
def object_store() -> Iterator[ObjectStore]:
    """An S3 server; each test makes a bucket of its own."""
    with running_object_store() as store:
        yield store
