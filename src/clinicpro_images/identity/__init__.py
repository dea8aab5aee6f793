"""Who an operator is, by a token of an OpenID Connect provider. Like alex/, it speaks HTTP outward."""
