"""A gateway whose decoder is taken over: holds a secret as the product does, and prints what the attacker reached.

    attacked_gateway.py FOLDER USER

With USER, the process gives up root for that user id first; in any case it gives up all capabilities.
"""

import asyncio
import os
import socket
import sys
from pathlib import Path

from clinicpro_images.errors import ClinicProError
from clinicpro_images.imaging.worker.pool import ImageWorkers
from clinicpro_images.settings.row import secret_variables
from clinicpro_images.settings.secrecy import forget_variables, keep_memory_private
from clinicpro_images.settings.settings import Settings
from privileges import drop_privileges

_TAKEN_OVER = Path(__file__).with_name("taken_over_worker.py")


async def main(folder: Path) -> None:
    settings = Settings.read(os.environ)
    forget_variables(secret_variables(Settings))
    keep_memory_private()
    with socket.create_server(("127.0.0.1", 0)) as tcp, socket.socket(socket.AF_UNIX) as local:
        port = tcp.getsockname()[1]
        local.bind(str(folder / "socket"))
        local.listen()
        backwards = (settings.secret_key or "")[::-1]  # the secret itself must not be on a command line
        arguments = (str(port), str(os.getpid()), str(folder), backwards)
        workers = ImageWorkers(1, command=(sys.executable, str(_TAKEN_OVER), *arguments))
        try:
            sys.stdout.buffer.write(await workers.rendition(b"malicious", edge=320))
        except ClinicProError as error:
            sys.exit(error.integrator)
        finally:
            await workers.close()


if __name__ == "__main__":
    drop_privileges(int(sys.argv[2]))
    asyncio.run(main(Path(sys.argv[1])))
