"""The optional extras that a setting needs: `clinicpro-images[postgres]` and its siblings."""

from importlib.util import find_spec

from clinicpro_images.settings.errors import SettingsError

HEIC_MODULE = "pillow_heif"


def require_extra(module: str, *, extra: str, variable: str, purpose: str) -> None:
    """Raise SettingsError if the module of an extra isn't installed; `purpose` says what the setting needs it for."""
    if find_spec(module) is None:
        raise SettingsError(variable, f"needs {purpose}: pip install 'clinicpro-images[{extra}]'.")


def reads_heic() -> bool:
    """Return whether this installation can decode HEIC photos."""
    return find_spec(HEIC_MODULE) is not None
