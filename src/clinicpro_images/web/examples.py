"""Sample clinical photos, offered in the demo only."""

import json
from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import FileResponse
from starlette.exceptions import HTTPException

from clinicpro_images.schemas import Schema
from clinicpro_images.web.access import PUBLIC

FOLDER = Path(__file__).parent / "examples"


class ExampleSchema(Schema):
    """One sample photo."""

    name: str
    title: str
    url: str


def load_examples() -> list[ExampleSchema]:
    """Read the list of sample photos."""
    listed = json.loads((FOLDER / "examples.json").read_text("utf-8"))
    return [
        ExampleSchema(name=each["name"], title=each["title"], url=f"/api/examples/{each['name']}")
        for each in listed
    ]


def example_routes(examples: list[ExampleSchema]) -> APIRouter:
    """Return the route for a sample photo as a phone takes it, with EXIF, orientation and position."""
    router = APIRouter(tags=["examples"], dependencies=[PUBLIC])
    names = {example.name for example in examples}

    @router.get("/api/examples/{name}", response_class=FileResponse, summary="A sample photo")
    async def example(name: str) -> FileResponse:
        if name not in names:
            raise HTTPException(404)
        return FileResponse(FOLDER / f"{name}.jpg", media_type="image/jpeg")

    return router
