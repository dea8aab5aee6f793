"""A row of the settings table: the variable, its parser, default and help, kept in the metadata of a field."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, TypeVar

from clinicpro_images.settings.errors import InvalidValue, SettingsError
from clinicpro_images.settings.written import unquoted

T = TypeVar("T")
Group = Literal["medtech", "installation", "sign-in", "object-storage", "traces", "filing", "limits"]


@dataclass(frozen=True)
class Derived:
    """A default that is made from the values of earlier rows, which `make` gets by attribute."""

    make: Callable[[Mapping[str, Any]], str]
    description: str


@dataclass(frozen=True, kw_only=True)
class Row:
    """One setting. `default` is written as in the environment; None if there is none."""

    variable: str
    parse: Callable[[str], Any]
    default: str | Derived | None
    no_default: str
    help: str
    example: str
    group: Group
    secret: bool


def setting(
    group: Group,
    variable: str,
    parse: Callable[[str], T],
    default: str | Derived,
    help: str,  # noqa: A002 - the word for it
    *,
    example: str,
    secret: bool = False,
) -> T:
    """Declare a setting with a default; a default of "" is documented as none.

    The value of a `secret` setting is left out of repr(): it is a secret, contains one, or is personal data.
    """
    made: T = _declare(
        Row(
            variable=variable,
            parse=parse,
            default=default,
            no_default="none",
            help=help,
            example=example,
            group=group,
            secret=secret,
        )
    )
    return made


def optional(
    group: Group,
    variable: str,
    parse: Callable[[str], T],
    help: str,  # noqa: A002 - the word for it
    *,
    example: str,
    secret: bool = False,
    no_default: str = "none",
) -> T | None:
    """Declare a setting that is None unless it is set; `no_default` documents what None means."""
    made: T | None = _declare(
        Row(
            variable=variable,
            parse=parse,
            default=None,
            no_default=no_default,
            help=help,
            example=example,
            group=group,
            secret=secret,
        )
    )
    return made


def _declare(row: Row) -> Any:
    return field(repr=not row.secret, metadata={"row": row})


def rows_of(table: type) -> Iterator[tuple[str, Row]]:
    """Yield the attribute and the row of each setting, in the table's order."""
    for each in fields(table):
        yield each.name, each.metadata["row"]


def read_rows(table: type, environ: Mapping[str, str]) -> dict[str, Any]:
    """Return the value of each setting by attribute. Empty counts as unset.

    Raises SettingsError for the first value that its parser refuses.
    """
    found: dict[str, Any] = {}
    for attribute, row in rows_of(table):
        text = unquoted(environ.get(row.variable, "").strip())
        if row.secret:
            text = _from_file(row.variable, text, environ)
        if not text:
            if row.default is None:
                found[attribute] = None
                continue
            text = row.default.make(found) if isinstance(row.default, Derived) else row.default
        try:
            found[attribute] = row.parse(text)
        except InvalidValue as error:
            raise SettingsError(row.variable, f"{error}.") from error
    return found


def changed_rows(settings: Any, group: Group) -> Iterator[Row]:
    """Yield the rows of a group whose value is not the default; derived defaults are not compared."""
    for attribute, row in rows_of(type(settings)):
        if row.group == group and not isinstance(row.default, Derived):
            default = None if row.default is None else row.parse(row.default)
            if getattr(settings, attribute) != default:
                yield row


def secret_variables(table: type) -> list[str]:
    """Return the names of all variables whose value is secret."""
    return [row.variable for _, row in rows_of(table) if row.secret]


def _from_file(variable: str, text: str, environ: Mapping[str, str]) -> str:
    """Return the content of the file that `VARIABLE_FILE` names, if it is set; otherwise the variable's own `text`."""
    name = f"{variable}_FILE"
    path = environ.get(name, "").strip()
    if not path:
        return text
    if text:
        raise SettingsError(name, f"is set together with {variable}; keep exactly one of them.")
    try:
        content = Path(path).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it isn't text"
        raise SettingsError(name, f"names a file that can't be read: {reason}.") from error
    if not content:
        raise SettingsError(name, "names a file that is empty.")
    return content
