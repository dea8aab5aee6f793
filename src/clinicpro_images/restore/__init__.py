"""Restored and copied databases: they are noticed, and what may have been filed since is looked for first."""
