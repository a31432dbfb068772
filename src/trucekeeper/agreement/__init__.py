"""The agreement as data: who takes part, what was promised, where, until when, and who may state
what to whom."""
