"""The record system that images are committed to."""
