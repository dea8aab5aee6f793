"""Images from upload until they are committed."""
