"""What clients of servers on loopback pass as `verify`: nothing there speaks TLS."""

import ssl
from typing import Final

NO_CERTIFICATES: Final = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Trusts nobody. Otherwise each new client reads all the certificates of the machine, which takes 25 ms of CPU."""
