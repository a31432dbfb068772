"""Private keys: made, kept, used for signing; never printed, never in a log or an error."""
