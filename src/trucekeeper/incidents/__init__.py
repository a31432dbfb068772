"""Steps 1 and 2: reports taken together as incidents, what each side says of each element, and
whether the agreement covers it."""
