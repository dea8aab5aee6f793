"""Metrics and traces: durations, counts and names of operations, never patient data."""
