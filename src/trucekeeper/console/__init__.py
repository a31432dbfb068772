"""The pages that a node serves, read-only."""
