"""Rules for all of src: one class to a name, few hidden imports, and no way around the database's plain functions."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

SRC = Path(__file__).parents[2] / "src"
FILES = sorted(SRC.rglob("*.py"))
HIDDEN_IMPORTS = 8
REPLACED = ("greenlet", "sqlalchemy.ext.asyncio", "sqlalchemy.util.concurrency")


def trees() -> Iterator[tuple[str, ast.Module]]:
    for file in FILES:
        yield str(file.relative_to(SRC)), ast.parse(file.read_bytes())


def imported(node: ast.AST) -> Iterator[str]:
    """The full name of everything that is imported in here."""
    for each in ast.walk(node):
        if isinstance(each, ast.Import):
            yield from (alias.name for alias in each.names)
        elif isinstance(each, ast.ImportFrom):
            yield from (f"{each.module}.{alias.name}" for alias in each.names)


def test_no_two_classes_have_one_name() -> None:
    files = defaultdict(list)
    for path, tree in trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                files[node.name].append(path)
    assert len(files) > 300
    assert {name: paths for name, paths in files.items() if len(paths) > 1} == {}


def test_few_imports_are_hidden_in_functions() -> None:
    # The same import twice in one file is one.
    hidden = {
        (path, name)
        for path, tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for name in imported(node)
    }
    assert 0 < len(hidden) <= HIDDEN_IMPORTS, sorted(hidden)


def test_no_asynchronous_layer_of_sqlalchemy_is_imported() -> None:
    found = [
        (path, name)
        for path, tree in trees()
        for name in imported(tree)
        if any(name == each or name.startswith(f"{each}.") for each in REPLACED)
    ]
    assert found == []


def test_no_table_gets_an_alias_at_each_request() -> None:
    """SQLAlchemy copies every column into an alias, which takes longer than most queries."""
    found = [
        f"{name}:{call.lineno}"
        for name, tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for call in ast.walk(node)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "alias"
    ]
    assert found == []
