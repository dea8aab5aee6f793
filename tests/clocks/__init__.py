"""Trials in which the clock is set while images are in every state."""
