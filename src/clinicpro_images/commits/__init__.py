"""Filing images in the record, each exactly once."""
