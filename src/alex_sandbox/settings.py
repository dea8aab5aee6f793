"""Startup settings of the sandbox, fixed while it runs."""

from dataclasses import dataclass
from pathlib import Path

DEFAULT_TENANT = "8a024e99-aba3-4b25-b875-28b0c0ca6096"
DEFAULT_CLIENT_ID = "7685ade3-f1ae-4e86-a398-fe7809c0fed1"
DEFAULT_SCOPE = "api://bf7945a6-e812-4121-898a-76fea7c13f4d/.default"


@dataclass(frozen=True)
class SandboxSettings:
    """Startup settings. `certificate` is a PEM file with the client's public certificate."""

    host: str = "127.0.0.1"
    port: int = 8090
    launch_url: str = "http://localhost:8000/launch"
    seed: Path | None = None
    data_folder: Path | None = None
    tenant: str = DEFAULT_TENANT
    client_id: str = DEFAULT_CLIENT_ID
    # The sandbox's own fictional secret, printed at every start.
    client_secret: str = "sandbox-secret"  # noqa: S105 - not a real secret: it protects fictional patients only
    scope: str = DEFAULT_SCOPE
    certificate: Path | None = None

    @property
    def audience(self) -> str:
        """The `aud` of every token: the scope without `/.default`."""
        return self.scope.removesuffix("/.default")
