"""Authentication of operators and clinicians by an OpenID Connect provider. Like records/, it makes outgoing HTTP calls."""
