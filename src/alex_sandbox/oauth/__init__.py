"""Client credentials as Azure AD implements them, and what an access token gives access to."""
