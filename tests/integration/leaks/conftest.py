"""A watch on this test's log."""

import logging
import sys
from collections.abc import Iterator
from io import StringIO

import pytest
import structlog

from clinicpro_images.logs import configure_logs
from integration.leaks.watch import Watch


@pytest.fixture
def watch() -> Iterator[Watch]:
    """The log as an operator gets it, with what libraries log at their most verbose level."""
    log, root = StringIO(), logging.getLogger()
    handlers, level = root.handlers[:], root.level
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stderr", log)
        root.handlers.clear()  # pytest's own would be closed otherwise
        configure_logs(readable=False, level=logging.DEBUG)
        root.setLevel(logging.DEBUG)
        yield Watch(log)
    structlog.reset_defaults()
    root.handlers[:], root.level = handlers, level
