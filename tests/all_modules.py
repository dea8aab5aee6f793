"""Imports every module of the product, for tests that walk all classes of a kind."""

import importlib
import pkgutil
from collections.abc import Iterator
from types import ModuleType

import clinicpro_images

# These run something on import.
_PROGRAMS = ("clinicpro_images.__main__", "clinicpro_images.db.migrations.")


def all_modules() -> Iterator[ModuleType]:
    """Import and yield each module, in alphabetical order."""
    prefix = f"{clinicpro_images.__name__}."
    for found in pkgutil.walk_packages(clinicpro_images.__path__, prefix):
        if not found.name.startswith(_PROGRAMS):
            yield importlib.import_module(found.name)
