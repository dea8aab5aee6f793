"""Whether a column's text is one of a list: `among` one that is handed over, or `one_of` words of the program's own.

SQLAlchemy's own `in_` puts the statement together anew at each execution, which takes longer than to carry it out.
"""

import json
from collections.abc import Collection
from typing import Any

from sqlalchemy import ARRAY, Text, bindparam, literal_column
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql import ColumnElement
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine


class _Texts(TypeDecorator[Collection[str]]):
    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(ARRAY(Text()) if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: Collection[str] | None, dialect: Dialect) -> Any:
        texts = list(value or ())
        return texts if dialect.name == "postgresql" else json.dumps(texts)


class _InParam(FunctionElement[bool]):
    # Without a type: to a Boolean of SQLite's SQLAlchemy adds "= 1", and for that SQLite reads the whole table.
    inherit_cache = True


def in_literals(column: ColumnElement[Any], words: Collection[str]) -> ColumnElement[bool]:
    """Return the condition; the words, which nobody outside may have a say in, become part of the statement."""
    if not all(word.isidentifier() for word in words):
        raise ValueError("Only plain words can be part of a statement.")
    return column.in_([literal_column(f"'{word}'") for word in words])


def in_param(column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    """Return the condition; the list is one parameter, `name`, however long it is."""
    return _InParam(column, bindparam(name, type_=_Texts()))


@compiles(_InParam, "sqlite")
def _in_param_sqlite(element: _InParam, compiler: Any, **options: Any) -> str:
    column, texts = (compiler.process(each, **options) for each in element.clauses)
    return f"({column} IN (SELECT value FROM json_each({texts})))"  # noqa: S608 - made of SQLAlchemy's own names and placeholders


@compiles(_InParam, "postgresql")
def _in_param_postgresql(element: _InParam, compiler: Any, **options: Any) -> str:
    column, texts = (compiler.process(each, **options) for each in element.clauses)
    return f"({column} = ANY ({texts}))"
