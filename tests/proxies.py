"""The nginx and Caddy examples as running proxies: their own text, only ports, paths and names are a test's."""

import datetime as dt
import ipaddress
import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from crash.programs import free_port

DEPLOY = Path(__file__).parents[1] / "deploy"
EXAMPLE_NAME = "photos.practice.example.nz"


@dataclass(frozen=True)
class Proxy:
    """A running proxy: its ports, and the folder with everything that it writes."""

    folder: Path
    gateway: int
    https: int
    http: int

    @property
    def written(self) -> str:
        """The text of every log and of everything else that it wrote."""
        kept = [
            path for path in self.folder.rglob("*") if path.is_file() and path.suffix not in {".pem", ".conf"}
        ]
        return "".join(path.read_text("utf-8", errors="replace") for path in kept)


def certificate(folder: Path) -> None:
    """A certificate for this machine, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    addresses = [ipaddress.ip_address(each) for each in ("127.0.0.1", "::ffff:127.0.0.1")]
    names = [x509.DNSName("localhost"), *(x509.IPAddress(each) for each in addresses)]
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "fullchain.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "privkey.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )


@contextmanager
def running_nginx(folder: Path) -> Iterator[Proxy]:
    """nginx with the example, in a http block like Debian's, which logs every request line by default."""
    proxy = Proxy(folder, free_port(), free_port(), free_port())
    certificate(folder)
    text = (DEPLOY / "nginx" / "clinicpro.conf").read_text("utf-8")
    text = text.replace("127.0.0.1:8000", f"127.0.0.1:{proxy.gateway}").replace(EXAMPLE_NAME, "localhost")
    text = re.sub(r"listen \[::\].*\n", "", text)
    text = text.replace("listen 443", f"listen 127.0.0.1:{proxy.https}")
    text = text.replace("listen 80", f"listen 127.0.0.1:{proxy.http}")
    text = re.sub(r"/etc/letsencrypt/live/[^/]+", str(folder), text).replace("/var/log/nginx", str(folder))
    kept = "".join(
        f"{kind}_temp_path {folder}/{kind};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        f"daemon off; pid {folder}/pid; error_log {folder}/start.log; events {{}}\n"
        f"http {{\naccess_log {folder}/access.log;\n{kept}{text}}}\n"
    )
    words = ["nginx", "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", str(folder / "start.log")]
    checked = subprocess.run([*words, "-t"], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
    assert "[warn]" not in checked.stderr, checked.stderr  # such as a deprecated word
    yield from _run(proxy, words, {})


@contextmanager
def running_caddy(folder: Path) -> Iterator[Proxy]:
    """Caddy with the example; what it prints, which systemd would keep in the journal, is in the folder too."""
    proxy = Proxy(folder, free_port(), free_port(), free_port())
    certificate(folder)
    text = (DEPLOY / "caddy" / "Caddyfile").read_text("utf-8")
    text = text.replace("127.0.0.1:8000", f"127.0.0.1:{proxy.gateway}").replace(EXAMPLE_NAME, "localhost")
    ports = f"http_port {proxy.http}\n\thttps_port {proxy.https}\n\tadmin off\n\tskip_install_trust"
    text = text.replace("{\n\t# Caddy logs", f"{{\n\t{ports}\n\t# Caddy logs", 1)
    pem = f"tls {folder}/fullchain.pem {folder}/privkey.pem"
    text = text.replace("https://localhost {", f"https://localhost {{\n\t{pem}", 1)
    (folder / "Caddyfile.conf").write_text(text)
    words = ["caddy", "run", "--adapter", "caddyfile", "--config", str(folder / "Caddyfile.conf")]
    home = {"HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    yield from _run(proxy, words, home)


def _run(proxy: Proxy, words: list[str], environ: dict[str, str]) -> Iterator[Proxy]:
    with (proxy.folder / "printed.log").open("wb") as printed:
        process = subprocess.Popen(words, stdout=printed, stderr=printed, env=os.environ | environ)
    try:
        yield proxy
    finally:
        process.terminate()
        process.wait(10)
