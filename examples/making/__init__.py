"""How the examples are made: from inputs and a public seed, always to the same bytes."""
