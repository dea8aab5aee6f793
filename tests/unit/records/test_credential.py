"""Credentials: the assertion that a certificate signs is as Microsoft's page requires; each bad PEM is explained."""

import base64
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID
from joserfc import jws, jwt
from joserfc.jwk import RSAKey

from clinicpro_images.records.alex.certificate import ClientCertificate, read_certificate
from clinicpro_images.records.alex.credential import ClientSecret, load_credential
from clinicpro_images.settings.errors import SettingsError
from clinicpro_images.settings.settings import Settings

NOW = 1_790_000_000.0
TOKEN_URL = "https://login.example.nz/tenant/oauth2/v2.0/token"


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def certificate_of(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "ClinicPro Images test")])
    made = datetime(2026, 1, 1, tzinfo=UTC)
    builder = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(made)
        .not_valid_after(made + timedelta(days=365))
    )
    return builder.sign(key, hashes.SHA256())


def pem_of(
    certificate: x509.Certificate,
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey,
    passphrase: bytes = b"",
) -> str:
    lock = BestAvailableEncryption(passphrase) if passphrase else NoEncryption()
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, lock)
    return (certificate.public_bytes(Encoding.PEM) + private).decode()


def test_a_secret_goes_into_the_form_and_nowhere_else() -> None:
    credential = ClientSecret("hush")
    assert credential.form("client", TOKEN_URL, NOW) == {"client_secret": "hush"}
    assert "hush" not in repr(credential)


def test_a_certificate_signs_an_assertion_for_this_endpoint(key: rsa.RSAPrivateKey) -> None:
    certificate = certificate_of(key)
    form = read_certificate(pem_of(certificate, key)).form("client", TOKEN_URL, NOW)
    assert form["client_assertion_type"] == "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    public = certificate.public_bytes(Encoding.PEM)
    token = jwt.decode(
        form["client_assertion"], RSAKey.import_key(public, {"use": "sig"}), algorithms=["PS256"]
    )
    assert token.claims["aud"] == TOKEN_URL
    assert token.claims["iss"] == token.claims["sub"] == "client"
    assert token.claims["nbf"] == int(NOW)
    assert token.claims["exp"] - int(NOW) == 300
    thumbprint = base64.urlsafe_b64encode(certificate.fingerprint(hashes.SHA256())).rstrip(b"=").decode()
    header = jws.extract_compact(form["client_assertion"].encode()).headers()
    assert header["x5t#S256"] == thumbprint


def test_no_assertion_is_used_twice(key: rsa.RSAPrivateKey) -> None:
    credential = read_certificate(pem_of(certificate_of(key), key))
    forms = [credential.form("client", TOKEN_URL, NOW)["client_assertion"] for _ in range(2)]
    assert forms[0] != forms[1]


def test_the_key_stays_out_of_repr(key: rsa.RSAPrivateKey) -> None:
    assert "RSAKey" not in repr(read_certificate(pem_of(certificate_of(key), key)))


def test_a_certificate_may_be_a_file(key: rsa.RSAPrivateKey, tmp_path: Path) -> None:
    file = tmp_path / "client.pem"
    file.write_text(pem_of(certificate_of(key), key))
    credential = load_credential(Settings.read({"MEDTECH_CLIENT_CERTIFICATE": str(file)}))
    assert isinstance(credential, ClientCertificate)


def test_without_a_credential_the_variable_is_named() -> None:
    with pytest.raises(SettingsError, match="MEDTECH_CLIENT_SECRET"):
        load_credential(Settings.read({}))


def test_each_unusable_pem_is_refused_for_its_own_reason(key: rsa.RSAPrivateKey, tmp_path: Path) -> None:
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    curve = ec.generate_private_key(ec.SECP256R1())
    unusable = {
        "can't be read": str(tmp_path / "absent.pem"),
        "without a passphrase": pem_of(certificate_of(key), key, b"secret"),
        "does not belong": pem_of(certificate_of(other), key),
        "RSA key": pem_of(certificate_of(curve), curve),
        "its private key": certificate_of(key).public_bytes(Encoding.PEM).decode(),
    }
    for reason, pem in unusable.items():
        with pytest.raises(SettingsError, match=reason):
            read_certificate(pem)
