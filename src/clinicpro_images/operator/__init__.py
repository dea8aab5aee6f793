"""Endpoints for an installation's operators: health, metrics and administration."""
