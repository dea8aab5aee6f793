"""A session is one launch and one patient."""
