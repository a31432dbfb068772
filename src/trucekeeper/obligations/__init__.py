"""The promises of the agreement and when they are due, each deadline as each source gives it."""
