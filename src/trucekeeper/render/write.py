"""Write a report into a folder."""

from __future__ import annotations

from pathlib import Path

from trucekeeper.reporting.document import Document


def write_report(document: Document, folder: Path) -> list[Path]:
    """Write report.json; the paths written."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "report.json"
    path.write_bytes(document.to_json())
    return [path]
