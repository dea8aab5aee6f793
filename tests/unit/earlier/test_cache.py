"""Earlier photos in memory: at most so many bytes in all, each session's under its own key."""

from clinicpro_images.earlier.cache import EarlierCache

PHOTO = bytes(1000)
ENCRYPTED = 1029  # with a version, a nonce and a tag


def cache(photos: int) -> EarlierCache:
    """A cache with room for so many photos."""
    return EarlierCache(lambda: 0.0, max_bytes=photos * ENCRYPTED)


def test_the_least_recently_used_photos_go_first_whichever_session_they_belong_to() -> None:
    kept = cache(3)
    kept.keep_rendition("first", "a", PHOTO)
    kept.keep_rendition("second", "b", PHOTO)
    kept.keep_rendition("first", "c", PHOTO)
    assert kept.rendition("second", "b") == PHOTO

    kept.keep_rendition("third", "d", PHOTO)

    assert kept.bytes == 3 * ENCRYPTED
    assert kept.rendition("first", "a") is None
    assert kept.rendition("first", "c") == kept.rendition("second", "b") == PHOTO


def test_a_photo_that_is_kept_again_counts_once_and_one_that_is_forgotten_no_longer() -> None:
    kept = cache(2)
    for _ in range(5):
        kept.keep_rendition("first", "a", PHOTO)
    assert kept.bytes == ENCRYPTED
    kept.forget("first")
    assert kept.bytes == 0
    kept.keep_rendition("first", "a", PHOTO)
    assert kept.rendition("first", "a") == PHOTO


def test_a_photo_larger_than_the_whole_cache_pushes_none_out() -> None:
    kept = cache(2)
    kept.keep_rendition("first", "a", PHOTO)
    kept.keep_rendition("second", "large", bytes(3000))
    assert kept.rendition("second", "large") is None
    assert kept.rendition("first", "a") == PHOTO
