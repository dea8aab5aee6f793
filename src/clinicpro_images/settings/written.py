"""How a value is written after `NAME=` so that an environment file, a shell and systemd read the same, and read back."""

import re

_PLAIN = re.compile(r"[A-Za-z0-9_./:@%+,=-]*")


def written(value: str) -> str:
    """Return the value, in quotes if it needs them.

    Raises ValueError for a value that the three read differently, whatever the quotes.
    """
    if _PLAIN.fullmatch(value):
        return value
    if "\\" in value or "\n" in value:
        raise ValueError("a backslash or a line end can't be written for all three")
    if "'" not in value:
        return f"'{value}'"
    if not set(value) & set('"$`'):
        return f'"{value}"'
    raise ValueError("both kinds of quotes can't be written for all three")


def unquoted(text: str) -> str:
    """Remove the quotes that `written` puts around a value, for readers that pass them on, such as some container engines."""
    for quote in "'\"":
        if text[:1] == quote == text[-1:] and quote not in text[1:-1] and len(text) > 1:
            return text[1:-1]
    return text
