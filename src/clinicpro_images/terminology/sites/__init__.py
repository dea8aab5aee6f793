"""The body sites themselves, a table per region of the body."""
