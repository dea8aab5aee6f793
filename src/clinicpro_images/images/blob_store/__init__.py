"""Stores the encrypted content of images."""
