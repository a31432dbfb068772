"""Write a report into a folder: report.json, which is the report, and renderings of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from trucekeeper.render.geojson import incidents_geojson
from trucekeeper.render.html import report_page
from trucekeeper.render.pages import catalogue_of
from trucekeeper.render.relations import no_such_format
from trucekeeper.render.tables import BYTE_ORDER_MARK, document_tables, table_csv
from trucekeeper.reporting.document import Document

FORMATS = ("json", "html", "csv", "geojson")


def write_report(
    document: Document,
    folder: Path,
    *,
    language: str = "en",
    formats: Sequence[str] | None = None,
) -> list[Path]:
    """Write report.json, report.html, tables/*.csv and incidents.geojson, or those of FORMATS that
    are asked for; the paths written. Raises QuestionError, and writes nothing, where a language or
    format does not exist."""
    catalogue_of(language)
    formats = FORMATS if formats is None else formats
    for format in formats:
        if format not in FORMATS:
            raise no_such_format(format, FORMATS)
    files: dict[str, bytes] = {}
    if "json" in formats:
        files["report.json"] = document.to_json()
    if "html" in formats:
        files["report.html"] = report_page(document, language=language).html.encode()
    if "csv" in formats:
        for table in document_tables(document):
            files[f"tables/{table.id}.csv"] = (BYTE_ORDER_MARK + table_csv(table)).encode()
    if "geojson" in formats:
        files["incidents.geojson"] = incidents_geojson(document)
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return [folder / name for name in files]
