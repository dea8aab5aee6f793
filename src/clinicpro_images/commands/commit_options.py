"""The options of `clinicpro commit` that describe the photos: each is checked, and the one that is wrong is named."""

import re
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from clinicpro_images.images.details import DetailsPatch, apply
from clinicpro_images.images.errors import DetailsError
from clinicpro_images.images.image import Details
from clinicpro_images.settings.errors import SettingsError

_BLANK = Details(taken_at=0.0)


def read_details(given: Mapping[str, Any]) -> DetailsPatch:
    """Return the details that the options give, by their names in JSON; raises SettingsError."""
    for name, value in given.items():
        _check(_option(name, value), {name: value})
    _check("--laterality and --body-site", given)
    return DetailsPatch.model_validate(given)


def _check(option: str, given: Mapping[str, Any]) -> None:
    try:
        apply(DetailsPatch.model_validate(given), _BLANK, now=0.0)
    except ValidationError as error:
        reason = re.sub(r"^(?:Input|String|Value) should ", "must ", error.errors()[0]["msg"])
        raise SettingsError(option, f"{reason}.") from error
    except DetailsError as error:
        raise SettingsError(option, f"can't be used. {error.detail}") from error


def _option(name: str, value: Any) -> str:
    if name == "bodySite":
        return "--body-site" if "code" in value else "--body-site-text"
    return f"--{name}"
