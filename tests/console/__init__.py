"""The read-only console."""
