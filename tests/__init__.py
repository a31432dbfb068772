"""Tests, by kind: spec (the field's notation), properties, vectors, golden, functional, house, real
data."""
