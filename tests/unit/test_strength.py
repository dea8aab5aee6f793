"""Secrets that are a habit are refused; random ones and long phrases are not."""

import secrets as random_secrets

import pytest

from clinicpro_images.settings.errors import SettingsError
from clinicpro_images.settings.settings import Settings


@pytest.mark.parametrize(
    "weak",
    ["aaaaaaaaaaaaaaaa", "password12345678", "Password2024!!!!", "1234567890123456", "abcdefghijklmnopqrst", "changemechangeme",
     "passwordpassword1234", "clinicproimages2026", "ClinicProImages1!", "medtechclinicpro", "secretkeysecretkey",
     "PasswordPractice99",
     "clinicpro-secret", "qwertyuiopqwertyuiop", "0000000000000000", "................"],
)  # fmt: skip
def test_a_habit_is_refused_and_never_quoted(weak: str) -> None:
    for variable in ("CLINICPRO_SECRET_KEY", "CLINICPRO_ADMIN_TOKEN"):
        with pytest.raises(SettingsError, match="easy to guess") as refused:
            Settings.read({variable: weak})
        assert weak not in str(refused.value)


@pytest.mark.parametrize(
    "strong",
    ["an invented text of 32 characters", "an invented key for a test", "correct horse battery staple", "9f86d081884c7d659a2feaa0",
     "kqzvxwjhfbnmpltrscdg"],
)  # fmt: skip
def test_random_text_and_a_phrase_are_accepted(strong: str) -> None:
    assert Settings.read({"CLINICPRO_SECRET_KEY": strong}).secret_key == strong


def test_random_keys_are_never_refused() -> None:
    for make in (random_secrets.token_urlsafe, random_secrets.token_hex):
        for _ in range(2000):
            Settings.read({"CLINICPRO_ADMIN_TOKEN": make(16)})
