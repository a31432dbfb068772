"""Renderings of reports."""
