"""Container formats, one per file."""
