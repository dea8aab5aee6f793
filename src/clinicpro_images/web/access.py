"""The access policy of routes that are open to anyone. Every other route depends on what it requires of its caller."""

from fastapi import Depends


async def anyone() -> None:
    """Let every caller in."""


PUBLIC = Depends(anyone)
"""Declared on a route that anyone may call, so that a route without any policy is recognised as a mistake."""
