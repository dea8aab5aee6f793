"""Events of a session, published to its desktop and phone."""
