"""Renderings of a report: HTML, CSV, GeoJSON. None of them decides anything."""
