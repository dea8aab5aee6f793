"""The two databases the product runs on, and the mark that runs a test on both."""

import pytest

on_both = pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)
"""Runs a test once on SQLite and once on a real PostgreSQL; without it a test runs on SQLite."""
