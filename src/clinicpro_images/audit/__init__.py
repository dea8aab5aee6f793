"""Who did what, when, to which patient's images: an append-only trail in which tampering shows."""
