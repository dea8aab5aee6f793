"""The headers of a file that is sent to a browser: shown in a page, never kept, and never more than a picture."""

from typing import Final

FILE_HEADERS: Final = {
    # The browser cache of a shared desktop must not contain a patient's image.
    "cache-control": "private, no-store",
    "content-disposition": "inline",
    # Opened alone, a document can run nothing, send nothing and be framed by nobody.
    "content-security-policy": "default-src 'none'; sandbox; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
}
