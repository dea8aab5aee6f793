"""Storage for the resources that vendors have written, in memory or on disk."""
