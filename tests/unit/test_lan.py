"""`demo --lan` serves on an address of this machine that other devices reach."""

import socket

from clinicpro_images.commands.lan import local_address


def test_the_address_is_one_of_this_machine_that_others_reach() -> None:
    with socket.socket() as listener:
        listener.bind((local_address(), 0))
    assert not local_address().startswith("127.")
