"""Coded body sites, sides, views and types."""
