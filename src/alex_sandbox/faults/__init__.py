"""Configurable faults: delays, error statuses and dropped connections."""
