"""The body sites, one table per region of the body."""
