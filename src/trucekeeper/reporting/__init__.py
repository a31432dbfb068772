"""Step 7: the joint report, as a value without any language."""
