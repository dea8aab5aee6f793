"""Launch contexts: created by the Evolution stand-in, decoded by ALEX."""
