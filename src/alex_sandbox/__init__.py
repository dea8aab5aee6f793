"""A stand-in for ALEX and for the Evolution desktop, faithful to the quirks."""
