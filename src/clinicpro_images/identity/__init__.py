"""Who somebody is, by an OpenID Connect provider: operators and clinicians. Like alex/, it speaks HTTP outward."""
