"""Engines that carry the matcher: faster, and equal to the reference in every byte."""
