"""Step 1: which reports speak of the same event. Whole numbers only: tables of the agreement's
annex and squared metres."""
