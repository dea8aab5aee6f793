"""Keys, encryption of stored data, and the keyed hashes used to look it up."""
