"""The running gateway: composition, HTTP app and lifespan."""
