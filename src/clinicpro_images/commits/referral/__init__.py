"""The referral pack: copies of what a commit filed, for the form that the next hop reads."""
