"""What happened in a session, told as it happens."""
