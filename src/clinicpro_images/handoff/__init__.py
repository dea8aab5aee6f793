"""The phone: a QR code on the desktop, a one-time ticket in it, and what the phone that redeemed it may do."""
