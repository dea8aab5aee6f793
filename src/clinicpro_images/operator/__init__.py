"""Endpoints for operators: health, metrics and administration."""
