"""The seam to a record system: a protocol, its errors, and `alex/`, the implementation for ALEX."""
