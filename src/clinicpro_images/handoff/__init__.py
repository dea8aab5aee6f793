"""Handing a session to a phone: a QR code on the desktop holds a single-use ticket, which the phone redeems."""
