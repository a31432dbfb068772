"""Step 0: whose statements count, in which version, and what each author had seen when it stated
them."""
