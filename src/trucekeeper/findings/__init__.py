"""Step 4: what the guarantors affirm, deny or cannot confirm, the draft outcome that follows, and
what a decision found."""
