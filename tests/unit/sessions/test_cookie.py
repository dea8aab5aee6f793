"""The session cookie: as strict as the product's address allows."""

import pytest
from fastapi import Request

from clinicpro_images.sessions.access import session_cookie
from clinicpro_images.web.cookies import Cookie

PLAIN = session_cookie(secure=False, framed=False)
HTTPS = session_cookie(secure=True, framed=False)
FRAMED = session_cookie(secure=True, framed=True)


def parts(cookie: str) -> set[str]:
    return set(cookie.split("; "))


def asking(cookie: str) -> Request:
    return Request({"type": "http", "headers": [(b"cookie", cookie.encode())]})


def test_on_plain_http_it_is_a_cookie_for_this_site_that_scripts_cannot_read() -> None:
    assert parts(PLAIN.set("token")) == {"clinicpro_session=token", "Path=/", "HttpOnly", "SameSite=Lax"}


def test_on_https_it_is_bound_to_this_host_and_to_https() -> None:
    assert parts(HTTPS.set("token")) == {
        "__Host-clinicpro_session=token",
        "Path=/",
        "HttpOnly",
        "Secure",
        "SameSite=Lax",
    }


def test_in_a_frame_of_another_site_it_is_partitioned() -> None:
    assert parts(FRAMED.set("token")) == {
        "__Host-clinicpro_session=token",
        "Path=/",
        "HttpOnly",
        "Secure",
        "SameSite=None",
        "Partitioned",
    }


def test_a_frame_without_https_is_never_given_a_cookie_for_other_sites() -> None:
    framed = session_cookie(secure=False, framed=True).set("token")
    assert "SameSite=Lax" in framed
    assert "Partitioned" not in framed


@pytest.mark.parametrize("cookie", [PLAIN, HTTPS, FRAMED], ids=["http", "https", "framed"])
def test_it_lasts_as_long_as_the_browser_and_names_no_domain(cookie: Cookie) -> None:
    made = cookie.set("token").lower()
    assert not any(word in made for word in ("max-age", "expires", "domain"))


@pytest.mark.parametrize("cookie", [PLAIN, HTTPS, FRAMED], ids=["http", "https", "framed"])
def test_it_is_deleted_with_the_attributes_it_was_set_with(cookie: Cookie) -> None:
    # A browser replaces a __Host- or partitioned cookie only by one with the same attributes.
    _, *attributes = cookie.set("token").split("; ")
    name, *cleared = cookie.clear().split("; ")
    assert name in {f"{cookie.name}=", f'{cookie.name}=""'}
    assert set(cleared) == {*attributes, "Max-Age=0"}


def test_it_is_read_under_its_own_name_only() -> None:
    assert HTTPS.read(asking("__Host-clinicpro_session=token")) == "token"
    assert HTTPS.read(asking("clinicpro_session=planted")) is None
    assert PLAIN.read(asking("clinicpro_session=token; other=1")) == "token"
    assert PLAIN.read(asking("clinicpro_session=")) is None
