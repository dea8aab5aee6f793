"""Bytes in, bytes out: inspect, clean, fit and wrap images."""
