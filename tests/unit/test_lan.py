"""`demo --lan` serves on an address of this machine that other devices reach."""

import datetime as dt
import hashlib
import socket
import ssl
from pathlib import Path

from clinicpro_images.commands.lan import local_address, own_certificate


def test_the_address_is_one_of_this_machine_that_others_reach() -> None:
    with socket.socket() as listener:
        listener.bind((local_address(), 0))
    assert not local_address().startswith("127.")


def test_the_fingerprint_is_written_as_browsers_show_it(tmp_path: Path) -> None:
    file, fingerprint = own_certificate(tmp_path, "192.0.2.7", dt.datetime.now(dt.UTC))
    digest = hashlib.sha256(ssl.PEM_cert_to_DER_cert(_certificate_in(file.read_text()))).hexdigest().upper()
    pairs = [digest[at : at + 2] for at in range(0, len(digest), 2)]
    assert fingerprint.replace("\n", ":") == ":".join(pairs)
    assert max(map(len, fingerprint.splitlines())) <= 74  # a terminal of 80 columns doesn't break it


def _certificate_in(pem: str) -> str:
    return pem[pem.index("-----BEGIN CERTIFICATE-----") :]
