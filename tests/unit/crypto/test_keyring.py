"""Encryption: a value decrypts only with its key and in its place, and reveals nothing otherwise."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinicpro_images.crypto.keyring import DecryptionFailed, Keyring, decrypt, encrypt

KEYRING = Keyring("a secret of this installation")
OTHER = Keyring("a secret of another installation")


@given(st.binary(max_size=300), st.text(alphabet=st.characters(codec="utf-8"), max_size=40))
def test_an_encrypted_value_decrypts_with_the_same_key_and_context(plain: bytes, context: str) -> None:
    assert KEYRING.decrypt_column(KEYRING.encrypt_column(plain, context), context) == plain


def test_the_same_bytes_are_encrypted_differently_each_time() -> None:
    assert KEYRING.encrypt_column(b"ZZZ0016", "a") != KEYRING.encrypt_column(b"ZZZ0016", "a")


def test_an_encrypted_value_does_not_contain_the_plaintext() -> None:
    assert b"ZZZ0016" not in KEYRING.encrypt_column(b"ZZZ0016", "a")


def test_an_encrypted_value_does_not_decrypt_in_another_row_or_column() -> None:
    encrypted = KEYRING.encrypt_column(b"ZZZ0016", "sessions.who/1")
    for context in ("sessions.who/2", "photos.details/1", ""):
        with pytest.raises(DecryptionFailed):
            KEYRING.decrypt_column(encrypted, context)


def test_an_encrypted_value_does_not_decrypt_with_another_secret() -> None:
    with pytest.raises(DecryptionFailed):
        OTHER.decrypt_column(KEYRING.encrypt_column(b"ZZZ0016", "a"), "a")


def test_any_altered_byte_is_detected() -> None:
    encrypted = KEYRING.encrypt_column(b"ZZZ0016", "a")
    for place in range(len(encrypted)):
        altered = bytearray(encrypted)
        altered[place] ^= 1
        with pytest.raises(DecryptionFailed):
            KEYRING.decrypt_column(bytes(altered), "a")


def test_any_truncated_value_is_detected() -> None:
    encrypted = KEYRING.encrypt_column(b"ZZZ0016", "a")
    for length in range(len(encrypted)):
        with pytest.raises(DecryptionFailed):
            KEYRING.decrypt_column(encrypted[:length], "a")


def test_a_failed_decryption_names_the_place_and_never_the_value() -> None:
    with pytest.raises(DecryptionFailed, match=r"sessions\.who/1") as caught:
        OTHER.decrypt_column(KEYRING.encrypt_column(b"ZZZ0016", "sessions.who/1"), "sessions.who/1")
    assert "ZZZ0016" not in str(caught.value)


def test_each_image_has_a_key_of_its_own_that_only_its_id_unwraps() -> None:
    key, wrapped = KEYRING.new_content_key("one")
    assert KEYRING.new_content_key("one")[0] != key
    assert KEYRING.content_key(wrapped, "one") == key
    assert decrypt(key, encrypt(key, b"picture", "picture/one"), "picture/one") == b"picture"
    for keyring, image_id in ((KEYRING, "two"), (OTHER, "one")):
        with pytest.raises(DecryptionFailed):
            keyring.content_key(wrapped, image_id)


def test_a_wrapped_content_key_is_no_column_and_a_column_no_content_key() -> None:
    _, wrapped = KEYRING.new_content_key("one")
    with pytest.raises(DecryptionFailed):
        KEYRING.decrypt_column(wrapped, "picture-key/one")


def test_a_keyed_hash_depends_on_secret_purpose_and_where_its_parts_end() -> None:
    hashes = {
        KEYRING.keyed_hash("patient", "ab", "c"),
        KEYRING.keyed_hash("patient", "a", "bc"),
        KEYRING.keyed_hash("patient", "abc"),
        KEYRING.keyed_hash("provider", "ab", "c"),
        OTHER.keyed_hash("patient", "ab", "c"),
    }
    assert len(hashes) == 5
    assert all(len(each) == 64 for each in hashes)
    assert KEYRING.keyed_hash("patient", "ab", "c") == KEYRING.keyed_hash("patient", b"ab", b"c")


def test_a_printed_keyring_does_not_show_its_secret() -> None:
    assert "secret" not in repr(KEYRING)
