"""The settings of an installation, read from environment variables and `.env`."""
