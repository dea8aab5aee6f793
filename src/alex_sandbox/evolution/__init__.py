"""The stand-in for the Medtech Evolution desktop: web pages at `/evolution`."""
