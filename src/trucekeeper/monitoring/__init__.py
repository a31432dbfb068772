"""Step 5 and 6: the clocks on what must follow, who could look where, and the counts side by
side."""
