"""Which tests exist is the same on every machine and every day: xdist runs none if its workers collect different ones."""

import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ANOTHER_MACHINE = {
    "PYTHONPATH": str(ROOT / "tests" / "another_machine"),
    "PYTHONHASHSEED": "20261124",
    "TZ": "Pacific/Kiritimati",
    "LANG": "C",
}

PLANTED = """
import datetime, os, random, time, uuid
from pathlib import Path
import pytest

HERE = Path(__file__).parent
VALUES = {
    "constant": "the same",
    "time": int(time.time()) // 3600,
    "year": datetime.datetime.now(datetime.UTC).year,
    "date": datetime.date.today(),
    "time zone": time.strftime("%z", time.localtime(0)),
    "random": random.random(),
    "uuid": uuid.uuid4(),
    "hash": hash("a"),
    "set": "".join({"one", "two", "three", "four", "five", "six"}),
    "listdir": os.listdir(HERE),
    "iterdir": [each.name for each in HERE.iterdir()],
    "glob": [each.name for each in HERE.glob("*.txt")],
    "processors": os.cpu_count(),
    "path": HERE,
    "home": Path.home(),
}

@pytest.mark.parametrize("value", [f"{name}: {value}" for name, value in VALUES.items()], ids=str)
def test_planted(value): ...
"""


def collected(root: Path, files: Iterable[str], environ: Mapping[str, str]) -> list[str]:
    """The ids of the tests in `files` of the project at `root`, as a Python started with `environ` collects them."""
    options = ["-q", "-p", "no:cacheprovider", f"--rootdir={root}", "-c", str(root / "pyproject.toml")]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", *options, *(str(root / file) for file in files)],
        cwd=root.parent,
        env={"PATH": os.environ["PATH"], "HOME": str(root.parent), **environ},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    return [line for line in done.stdout.splitlines() if "::" in line]


def by_file(ids: Iterable[str]) -> dict[str, list[str]]:
    """Each file's tests, in their order."""
    found = defaultdict(list)
    for each in ids:
        found[each.partition("::")[0]].append(each)
    return dict(found)


def test_another_machine_on_another_day_collects_the_same_tests(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.symlink_to(ROOT)
    here = by_file(item.nodeid for item in request.session.items)
    # The other way round, so that no file counts on what another one has imported.
    there = by_file(collected(elsewhere, reversed(here), ANOTHER_MACHINE))
    only_some = request.config.option.keyword or any("::" in each for each in request.config.args)
    for file, ids in here.items():
        also = set(ids) if only_some else set(there[file])
        assert [each for each in there[file] if each in also] == ids


def test_what_depends_on_time_chance_order_or_machine_is_noticed(tmp_path: Path) -> None:
    here, there = tmp_path / "here" / "project", tmp_path / "there" / "project"
    here.mkdir(parents=True)
    there.parent.mkdir()
    there.symlink_to(here)
    for name in ("pyproject.toml", "a.txt", "b.txt"):
        (here / name).touch()
    (here / "test_planted.py").write_text(PLANTED)
    plain = {"PYTHONHASHSEED": "1", "TZ": "Pacific/Auckland"}
    first = collected(here, ["test_planted.py"], plain)
    second = collected(there, ["test_planted.py"], ANOTHER_MACHINE)
    same = [one for one, other in zip(first, second, strict=True) if one == other]
    assert same == ["test_planted.py::test_planted[constant: the same]"]
