"""What is measured and traced: durations, counts and names of operations, never who or what it was about."""
