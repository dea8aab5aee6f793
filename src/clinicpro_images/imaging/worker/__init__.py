"""Decode images in separate processes."""
