"""What happened in a session, published as it happens."""
