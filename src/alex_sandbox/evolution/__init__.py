"""The stand-in for the Medtech Evolution desktop: pages for a browser, at `/evolution`."""
