"""Forms of the product's own pages."""

from urllib.parse import parse_qs

from fastapi import Request


async def read_form(request: Request) -> dict[str, str]:
    """Return the fields of an urlencoded form; of a repeated field the first.

    Parsed here because FastAPI's forms need a parser for multipart bodies, too.
    """
    fields = parse_qs((await request.body()).decode("ascii", "replace"))
    return {name: values[0] for name, values in fields.items()}
