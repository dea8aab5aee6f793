"""How many examples Hypothesis tries: HYPOTHESIS_PROFILE is `dev`, which is quick and always the same, or `ci`."""

import os

from hypothesis import HealthCheck, settings

# A deadline, or how long examples take to generate, depends on how busy the machine is.
_QUIET = [HealthCheck.too_slow]


def load_profile() -> None:
    """Register the profiles, and load the one that the environment names."""
    settings.register_profile(
        "dev", max_examples=25, derandomize=True, deadline=None, suppress_health_check=_QUIET
    )
    settings.register_profile(
        "ci", max_examples=100, print_blob=True, deadline=None, suppress_health_check=_QUIET
    )
    settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "dev"))


def examples(times: int, **more: int) -> settings:
    """So many times the profile's number of examples, for a property that needs more of them than others."""
    return settings(max_examples=times * settings().max_examples, **more)  # type: ignore[arg-type]
