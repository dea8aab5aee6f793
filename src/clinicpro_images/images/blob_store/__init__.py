"""Where the bytes of images lie, encrypted."""
