"""Filing pictures in the record, once."""
