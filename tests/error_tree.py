"""All errors of the product, and how `errors.py` draws them. Run as a program, it redraws them there."""

import re
from collections.abc import Iterator
from pathlib import Path

from all_modules import all_modules
from clinicpro_images import errors as root_module
from clinicpro_images.errors import ClinicProError

for _ in all_modules():
    pass


def errors(root: type[ClinicProError] = ClinicProError) -> Iterator[type[ClinicProError]]:
    """The error and everything below it, depth first; branches in the order of their names."""
    yield root
    for branch in _branches(root):
        yield from errors(branch)


def drawing() -> str:
    """The tree as `errors.py` must draw it: each class, and the package that defines it."""
    return "\n".join([ClinicProError.__name__, *_drawn(ClinicProError, "")])


def _drawn(root: type[ClinicProError], indent: str) -> Iterator[str]:
    branches = _branches(root)
    for branch in branches:
        last = branch is branches[-1]
        yield f"{indent}{'└── ' if last else '├── '}{branch.__name__}{_package(branch)}"
        yield from _drawn(branch, f"{indent}{'    ' if last else '│   '}")


def _branches(root: type[ClinicProError]) -> list[type[ClinicProError]]:
    own = [each for each in root.__subclasses__() if each.__module__.startswith("clinicpro_images.")]
    return sorted(own, key=lambda each: each.__name__)


def _package(error: type[ClinicProError]) -> str:
    package = error.__module__.removeprefix("clinicpro_images.").rpartition(".")[0].replace(".", "/")
    return f"  ({package}/)" if package else ""


if __name__ == "__main__":
    file = Path(root_module.__file__)
    file.write_text(
        re.sub(
            r"^ClinicProError\n(?:[ │├└].*\n)*", f"{drawing()}\n", file.read_text("utf-8"), flags=re.MULTILINE
        )
    )
