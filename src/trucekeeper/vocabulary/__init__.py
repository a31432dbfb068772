"""The words, times, places and numbers that every other part speaks in. No meaning is decided
here."""
