"""Reports a database that a command can't open or upgrade as a wrong setting."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import make_url
from sqlalchemy.exc import DBAPIError

from clinicpro_images.settings.errors import SettingsError


@contextmanager
def startup_errors(url: str) -> Iterator[None]:
    """Raise SettingsError, without the password, if connecting or migrating fails."""
    try:
        yield
    except (DBAPIError, OSError) as error:
        reason = " ".join(str(getattr(error, "orig", None) or error).split())
        password = make_url(url).password
        if password:
            reason = reason.replace(str(password), "…")
        raise SettingsError(
            "CLINICPRO_DATABASE_URL", f"names a database that can't be opened or upgraded: {reason}"
        ) from error
