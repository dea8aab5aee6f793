"""A stand-in for ALEX and for the Medtech Evolution desktop that reproduces ALEX's quirks."""
