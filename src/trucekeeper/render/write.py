"""Write a report into a folder: report.json, which is the report, renderings of it, and the proofs
of what it cites."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from trucekeeper.logs.proof import Proof
from trucekeeper.render.geojson import incidents_geojson
from trucekeeper.render.html import report_page
from trucekeeper.render.pages import catalogue_of
from trucekeeper.render.proof_page import proof_page
from trucekeeper.render.relations import no_such_format
from trucekeeper.render.tables import BYTE_ORDER_MARK, document_tables, table_csv
from trucekeeper.reporting.document import Document
from trucekeeper.storage.proof_files import CHECK_PAGE, proof_addresses, proof_files
from trucekeeper.vocabulary.ids import RefText

FORMATS = ("json", "html", "csv", "geojson", "proofs")


def write_report(
    document: Document,
    folder: Path,
    *,
    language: str = "en",
    formats: Sequence[str] | None = None,
    cited: Sequence[RefText] = (),
    prove: Callable[[Iterable[RefText]], Iterable[tuple[RefText, Proof]]] | None = None,
) -> list[Path]:
    """Write report.json, report.html, tables/*.csv, incidents.geojson, the proofs of the cited
    statements and a page that checks them, or those of FORMATS that are asked for; the paths
    written. prove: gives the proofs, log after log. Raises QuestionError, and writes nothing, where
    a language or format does not exist.

    Proofs hold what differs between nodes, receipts, and so never enter report.json."""
    catalogue_of(language)
    formats = FORMATS if formats is None else formats
    for format in formats:
        if format not in FORMATS:
            raise no_such_format(format, FORMATS)
    addresses = proof_addresses(cited) if prove and "proofs" in formats else {}
    files: dict[str, bytes] = {}
    if "json" in formats:
        files["report.json"] = document.to_json()
    if "html" in formats:
        page = report_page(document, language=language, proofs=addresses)
        files["report.html"] = page.html.encode()
    if "csv" in formats:
        for table in document_tables(document):
            files[f"tables/{table.id}.csv"] = (BYTE_ORDER_MARK + table_csv(table)).encode()
    if "geojson" in formats:
        files["incidents.geojson"] = incidents_geojson(document)
    if addresses:
        files[CHECK_PAGE] = proof_page().encode()
    proofs = proof_files(addresses, prove(addresses)) if prove and addresses else ()
    written = []
    for name, data in (*files.items(), *proofs):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
        written.append(folder / name)
    return written
