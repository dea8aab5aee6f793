"""The members of the limits are part of the HTTP contract, whatever the fields are called."""

from clinicpro_images.app.capabilities import Limits


def test_the_limits_have_the_members_of_the_contract() -> None:
    limits = Limits(max_bytes=1, max_pixels=2, max_images=3, warn_images=4, max_per_commit=5)
    assert limits.model_dump(by_alias=True) == {
        "maxBytes": 1,
        "maxPixels": 2,
        "maxPictures": 3,
        "warnPictures": 4,
        "maxPerCommit": 5,
    }
