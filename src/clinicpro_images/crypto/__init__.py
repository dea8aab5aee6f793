"""Keys and encryption of what is stored, and hashes by which it is found."""
