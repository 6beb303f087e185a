"""How many students need which support, and how they move between tiers."""
