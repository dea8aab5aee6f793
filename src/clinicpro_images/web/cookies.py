"""Cookies of this product: for this host and all its paths, out of reach of scripts."""

from http.cookies import SimpleCookie

from fastapi import Request


class Cookie:
    """One cookie's name and attributes, which depend on how the product is reached."""

    def __init__(
        self, name: str, *, secure: bool, framed: bool = False, max_age: float | None = None
    ) -> None:
        """`secure`: the public URL is https. `framed`: another site may embed the page that uses it.

        It lasts `max_age` seconds, or as long as the browser runs.
        """
        self._max_age = max_age
        self._secure = secure
        self._framed = framed and secure
        self.name = f"__Host-{name}" if secure else name

    def set(self, value: str, *, max_age: float | None = None) -> str:
        """Return the Set-Cookie value; `max_age` in seconds overrides the cookie's own."""
        max_age = self._max_age if max_age is None else max_age
        morsel = SimpleCookie({self.name: value})[self.name]
        morsel["path"] = "/"
        morsel["httponly"] = True
        morsel["secure"] = self._secure
        # Lax, so that the cookie comes along when Evolution or a sign-in service leads here.
        morsel["samesite"] = "None" if self._framed else "Lax"
        if max_age is not None:
            morsel["max-age"] = int(max_age)
        # http.cookies supports "Partitioned" from Python 3.14.
        return morsel.OutputString() + ("; Partitioned" if self._framed else "")

    def clear(self) -> str:
        """Return the Set-Cookie value that deletes it; browsers match the attributes."""
        return self.set("", max_age=0)

    def read(self, request: Request) -> str | None:
        """Return the value that the browser sent."""
        return request.cookies.get(self.name) or None
