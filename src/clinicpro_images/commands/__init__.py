"""What each command of `clinicpro` does: one module a command, with a function `run`."""
