"""`clinicpro demo --lan`: this machine's address on the local network, and a certificate of the demo's own for it."""

import datetime as dt
import ipaddress
import socket
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from clinicpro_images.settings.errors import SettingsError

_DAYS = 30  # phones refuse certificates that are valid for years
# A documentation address (RFC 5737): choosing a route to it sends nothing.
_ELSEWHERE = ("192.0.2.1", 9)


def local_address() -> str:
    """Return the IPv4 address that other devices on the network reach; raises SettingsError if there is none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(_ELSEWHERE)
            found = ipaddress.ip_address(probe.getsockname()[0])
        except OSError:
            found = ipaddress.ip_address("127.0.0.1")
    if found.is_loopback or found.is_unspecified:
        raise SettingsError(
            "--lan", "found no network address: connect to a network, or give one with --lan-address."
        )
    return str(found)


def own_certificate(folder: Path, address: str, now: dt.datetime) -> tuple[Path, str]:
    """Write a PEM with certificate and key for an address; return its path and its SHA-256 fingerprint.

    The fingerprint is written as browsers and openssl show it, in two lines of 16 bytes.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "ClinicPro Images demo")])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(days=_DAYS))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = folder / "demo-certificate.pem"
    file.unlink(missing_ok=True)
    file.touch(mode=0o600)
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    digest = certificate.fingerprint(hashes.SHA256())
    return file, "\n".join(half.hex(":").upper() for half in (digest[:16], digest[16:]))
