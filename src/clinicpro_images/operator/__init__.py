"""What the operator of an installation calls: health, metrics and administration."""
