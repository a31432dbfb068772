"""Other tools over the same made-up reports, each set up as well as its users would."""
