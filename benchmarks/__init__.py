"""Benchmarks: speed, memory and quality over made-up reports."""
