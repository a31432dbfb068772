"""Files and forms taken in: drafts, and every problem with its place."""
