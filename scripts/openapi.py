"""Print the gateway's OpenAPI description as JSON, the same on every machine. Nothing is served or called."""

import asyncio
import json
import sys
import tempfile
from typing import Any

from clinicpro_images.app.composition import open_gateway
from clinicpro_images.app.http import build_gateway_app
from clinicpro_images.settings.settings import Settings


async def describe(folder: str) -> dict[str, Any]:
    """Build the app on an empty database in `folder` and return its description."""
    environ = {
        "CLINICPRO_DATA_DIR": folder,
        "CLINICPRO_SECRET_KEY": "only for the description",
        "MEDTECH_CLIENT_SECRET": "only for the description",
    }
    async with open_gateway(Settings.read(environ)) as gateway:
        return build_gateway_app(gateway).openapi()


def without_titles(schema: Any) -> Any:
    """Drop the titles that Pydantic derives from names; a property called `title` is a schema and stays."""
    if isinstance(schema, dict):
        return {
            name: without_titles(part)
            for name, part in schema.items()
            if not (name == "title" and isinstance(part, str))
        }
    return [without_titles(part) for part in schema] if isinstance(schema, list) else schema


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as temporary:
        description = asyncio.run(describe(temporary))
    description["components"] = without_titles(description["components"])
    description["paths"] = without_titles(description["paths"])
    json.dump(description, sys.stdout, indent=1, sort_keys=True, ensure_ascii=False)
    sys.stdout.write("\n")
