"""Everything a load or restart trial runs on: sandbox, gateways, and, if chosen, PostgreSQL and an object store."""

import asyncio
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx2

from bench.process import cpu_seconds, ended_children_seconds, family, share_megabytes
from crash.programs import GatewayProgram, free_port
from load.patients import write_seed
from postgres import Cluster, running_postgres
from running import Sandbox, running_sandbox

_START_SECONDS = 30.0
# One practice's limits are for a practice; here one practice plays a hundred.
UNLIMITED = {
    "CLINICPRO_FACILITY_AT_ONCE": "16",
    "CLINICPRO_FACILITY_RATE": "0",
    # And all have one address.
    "CLINICPRO_LAUNCHES_PER_MINUTE": "0",
    "CLINICPRO_CLAIMS_PER_MINUTE": "0",
    "CLINICPRO_UPLOADS_PER_MINUTE": "0",
    "CLINICPRO_ADMIN_PER_MINUTE": "0",
}
_CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "invented",
    "AWS_SECRET_ACCESS_KEY": "invented",
    "AWS_REGION": "us-east-1",
}


class StoreProgram:
    """The object store on disk, on a fixed port."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._folder.mkdir(exist_ok=True)
        words = [sys.executable, "-m", "load.disk_store", str(self.port), str(self._folder)]
        self._process = subprocess.Popen(words, cwd=Path(__file__).parents[1])

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)

    async def ready(self) -> None:
        async with asyncio.timeout(_START_SECONDS), httpx2.AsyncClient() as client:
            while True:
                try:
                    await client.get(f"http://127.0.0.1:{self.port}/bucket?list-type=2")
                except httpx2.TransportError:
                    await asyncio.sleep(0.05)
                else:
                    return


@dataclass
class Stage:
    """A running installation."""

    sandbox: Sandbox
    gateways: list[GatewayProgram]
    public_url: str
    admin_token: str
    cluster: Cluster | None = None
    store: StoreProgram | None = None
    memory: list[float] = field(default_factory=list)

    @property
    def origins(self) -> list[str]:
        return [gateway.origin for gateway in self.gateways]

    def cpu(self) -> dict[str, float]:
        """Seconds of CPU that each party of the trial has used so far, ended processes included."""
        mains = [gateway.pid for gateway in self.gateways]
        server = None if self.cluster is None else self.cluster.pid
        parties = {
            "gateways": mains,
            "decoding": [pid for main in mains for pid in family(main)[1:]],
            "sandbox": family(self.sandbox.pid),
            "PostgreSQL": [] if server is None else family(server),
            "object store": [] if self.store is None else family(self.store.pid),
        }
        used = {name: _seconds(cpu_seconds, pids) for name, pids in parties.items() if pids}
        # Each image is decoded by a process that a worker forks for it; workers are renewed after some hundred.
        ended = _seconds(ended_children_seconds, [*mains, *parties["decoding"]])
        used["decoding"] = used.get("decoding", 0.0) + ended
        return used | {"clinicians": time.process_time()}

    def measure_memory(self) -> float:
        """What all gateways and their workers hold now, in MB; what several share counts once."""
        held = sum(share_megabytes(pid) for gateway in self.gateways for pid in family(gateway.pid))
        self.memory.append(held)
        return held


@asynccontextmanager
async def running_stage(
    folder: Path, *, gateways: int, postgres: bool, store: bool, environ: dict[str, str]
) -> AsyncIterator[Stage]:
    """Start everything with data in `folder`; leaving ends it."""
    with ExitStack() as stack:
        write_seed(folder / "seed.json")
        seed = ("--data", str(folder / "sandbox"), "--seed", str(folder / "seed.json"))
        sandbox = stack.enter_context(running_sandbox(*seed))
        ports = [free_port() for _ in range(gateways)]
        public_url = f"http://127.0.0.1:{ports[0]}"
        shared = sandbox.environ | UNLIMITED | {"CLINICPRO_PUBLIC_URL": public_url}
        shared["CLINICPRO_SECRET_KEY"] = "the same secret for all of them"
        cluster = stack.enter_context(running_postgres(durable=True)) if postgres else None
        if cluster is not None:
            shared["CLINICPRO_DATABASE_URL"] = cluster.empty_database()
        objects = stack.enter_context(_store(folder / "objects")) if store else None
        if objects is not None:
            await objects.ready()
            shared |= _CREDENTIALS | {
                "AWS_ENDPOINT_URL": f"http://127.0.0.1:{objects.port}",
                "CLINICPRO_STORAGE_URL": "s3://bucket/staged",
            }
        programs = [
            GatewayProgram(
                shared | {"CLINICPRO_DATA_DIR": str(folder / f"data-{port}")} | environ, folder, port
            )
            for port in ports
        ]
        for program in programs:
            stack.callback(program.kill)
            program.start()
        for program in programs:
            await program.ready()
        yield Stage(sandbox, programs, public_url, shared["CLINICPRO_ADMIN_TOKEN"], cluster, objects)


def _seconds(read: Callable[[int], float], pids: list[int]) -> float:
    found = 0.0
    for pid in pids:
        with suppress(OSError):  # has ended since, or is away for a moment
            found += read(pid)
    return found


@contextmanager
def _store(folder: Path) -> Iterator[StoreProgram]:
    program = StoreProgram(folder)
    program.start()
    try:
        yield program
    finally:
        program.kill()
