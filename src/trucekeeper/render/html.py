"""A report as one HTML file that stands alone: no script, no request, readable by a screen reader
and on A4."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from markupsafe import Markup

from trucekeeper.render.catalogue import Wording
from trucekeeper.render.charts import chart_rows, chart_svg, label_texts, series_texts
from trucekeeper.render.maps import left_out, legend, map_svg
from trucekeeper.render.pages import (
    catalogue_of,
    cell_markup,
    render,
    running_style,
    said,
    spans,
    style_sheet,
)
from trucekeeper.render.readings import Cell, folded_days, table_cells
from trucekeeper.reporting.document import (
    Chart,
    Document,
    Map,
    Paragraph,
    Section,
    Table,
    TableColumn,
)
from trucekeeper.storage.proof_files import ARCHIVE, CHECK_PAGE
from trucekeeper.vocabulary.ids import RefText
from trucekeeper.vocabulary.places import E6

#: Tables with more columns are printed across the page.
_UPRIGHT_COLUMNS_MAX = 12
#: A name that is no longer stays on one line.
_NAME_LETTERS_MAX = 24
_LINKED = ("incident", "ref")
#: Columns of sentences, which need room.
_PROSE = ("scope-reasons", "judgements", "outcome", "problem", "reasons", "doubts")


@dataclass(frozen=True)
class Page:
    """A page as text, with the styles that stand in it."""

    html: str
    styles: tuple[str, ...]


def report_page(
    document: Document,
    *,
    language: str = "en",
    explain: str | None = None,
    above: str = "",
    proofs: Mapping[RefText, str] | None = None,
) -> Page:
    """The report in a language. explain: the address under which incidents and statements are
    explained, where somebody serves one; None for a file that stands alone. above: markup before
    the title. proofs: where beside the page the proof of a statement stands. Raises
    QuestionError."""
    catalogue = catalogue_of(language)
    wording = Wording(catalogue, document.names)
    writer = _Writer(document, wording, explain, proofs or {})
    warnings = [wording.sentence(warning) for warning in document.warnings]
    title = f"{wording.phrase('report')}: {catalogue.period(document.period)}"
    line = f"{document.agreement_title} · {title} · {wording.phrase('face')} {document.cut.face}"
    styles = (style_sheet(), running_style(warnings, line, wording.phrase("page-of")))
    html = render(
        "report.html",
        language=language,
        direction=catalogue.direction,
        styles=[Markup(style) for style in styles],  # noqa: S704 - our own sheet, and _css escapes
        phrase=wording.phrase,
        warnings=[said(warning, wording) for warning in document.warnings],
        above=Markup(above),  # noqa: S704 - markup of the caller
        agreement_title=document.agreement_title,
        title=title,
        facts=_facts(document, wording),
        sections=[writer.section(section) for section in document.sections],
        clauses=_clauses(document),
        proofs=_proofs(proofs or {}),
        check_page=CHECK_PAGE,
        digest=document.digest,
    )
    return Page(html, styles)


def _facts(document: Document, wording: Wording) -> list[tuple[str, str]]:
    read = wording.catalogue
    first, last = read.period(document.first_day), read.period(document.last_day)
    return [
        (wording.phrase("agreement"), f"{document.agreement_title} ({document.agreement})"),
        (
            wording.phrase("period"),
            first if first == last else read.period(f"{document.first_day}..{document.last_day}"),
        ),
        (wording.phrase("face"), document.cut.face),
        (wording.phrase("as-of"), read.instant(document.as_of)),
        (wording.phrase("times"), wording.phrase("times-are")),
        (wording.phrase("cut"), document.cut_digest),
    ]


def _clauses(document: Document) -> list[tuple[str, str]]:
    """The clauses that the report cites, with what they say."""
    cited: dict[str, None] = {}
    for section in document.sections:
        for part in section.parts:
            if isinstance(part, Paragraph):
                cited |= {str(m.args["clause"]): None for m in part.sentences if "clause" in m.args}
            elif isinstance(part, Table):
                for i, column in enumerate(part.columns):
                    if column.reading in ("clause", "clauses"):
                        values = (row[i] for row in part.rows)
                        cited |= {id: None for value in values for id in _listed(value)}
    known = document.names
    return [(id, known[f"clause:{id}"]) for id in sorted(cited) if f"clause:{id}" in known]


def _proofs(proofs: Mapping[RefText, str]) -> list[tuple[str, int, list[tuple[str, str]]]]:
    """For each log how many proofs there are, and the files: name and address."""
    logs: dict[str, dict[str, str]] = {}
    counts: Counter[str] = Counter()
    for ref, address in proofs.items():
        log = ref.rpartition("/")[0]
        counts[log] += 1
        logs.setdefault(log, {})[address] = log if address.endswith(ARCHIVE) else ref
    return [
        (log, counts[log], [(name, quote(address)) for address, name in files.items()])
        for log, files in logs.items()
    ]


def _tells(part: Paragraph) -> bool:
    """Whether a paragraph tells one incident."""
    return bool(part.sentences) and part.sentences[0].id == "told.what"


def _listed(value: Any) -> Sequence[str]:
    return () if value is None else (value,) if isinstance(value, str) else value


class _Writer:
    """The parts of one document as the templates want them."""

    def __init__(
        self,
        document: Document,
        wording: Wording,
        explain: str | None,
        proofs: Mapping[RefText, str],
    ) -> None:
        self.document = document
        self.wording = wording
        self.explain = explain
        self.proofs = proofs
        #: The incidents of which the guarantors' words are told.
        self.told = {
            str(part.sentences[0].args["incident"])
            for section in document.sections
            for part in section.parts
            if isinstance(part, Paragraph) and _tells(part)
        }

    def section(self, section: Section) -> dict[str, Any]:
        parts = list(self._parts(section))
        return {
            "id": section.id,
            "title": self.wording.catalogue.sections[section.id],
            "parts": parts,
            # One wide table turns the paper for all of its section, so that no page stays empty.
            "across": any(part.get("wide") for part in parts),
        }

    def _parts(self, section: Section) -> Iterator[Mapping[str, Any]]:
        beside = [part for part in section.parts if isinstance(part, Table)]
        for part in section.parts:
            match part:
                case Paragraph():
                    yield self._paragraph(part)
                case Table():
                    yield self._table(part)
                case Chart():
                    yield self._chart(part, beside)
                case Map():
                    yield self._map(part)

    def _paragraph(self, part: Paragraph) -> dict[str, Any]:
        sentences = [said(message, self.wording) for message in part.sentences]
        if _tells(part):
            number = str(part.sentences[0].args["incident"])
            return {
                "look": "told",
                "id": f"told-{number}",
                "heading": number,
                "sentences": sentences,
            }
        return {"look": "paragraph", "note": part.kind == "note", "sentences": sentences}

    def _table(self, table: Table) -> dict[str, Any]:
        table = folded_days(table)
        rows = table_cells(table, self.wording)
        weeks = bool(table.columns) and table.columns[0].id == "week"
        return self._grid(
            f"table-{table.id}",
            self.wording.catalogue.tables[table.id],
            [self._head(column) for column in table.columns],
            [
                self._row(cells, table.columns, is_whole=bool(values) and values[0] == "all")
                for cells, values in zip(rows, table.rows, strict=True)
            ],
            note=self.wording.phrase("weeks-clipped") if weeks else None,
        )

    def _grid(
        self,
        id: str,
        caption: str,
        heads: Sequence[Mapping[str, Any]],
        rows: Sequence[Markup],
        note: str | None = None,
    ) -> dict[str, Any]:
        return {
            "look": "table",
            "id": id,
            "caption": caption,
            "note": note,
            "heads": heads,
            "rows": rows,
            "wide": len(heads) > _UPRIGHT_COLUMNS_MAX,
            "empty": self.wording.phrase("no-rows"),
        }

    def _head(self, column: TableColumn) -> dict[str, Any]:
        pieces = self.wording.heading(column.id, column.of, column.published_by)
        return {"text": spans(pieces), "number": column.reading == "number"}

    def _row(
        self, cells: Sequence[Cell], columns: Sequence[TableColumn], *, is_whole: bool
    ) -> Markup:
        """The cells of a row; the first names it."""
        drawn = []
        for i, (cell, column) in enumerate(zip(cells, columns, strict=True)):
            tag = 'th scope="row"' if i == 0 else "td"
            looks: list[str] = [cell.kind] if cell.kind in ("number", "time", "ref") else []
            looks += ["number"] if column.reading == "number" and not looks else []
            looks += ["digest"] if column.id in ("root", "digest") else []
            looks += ["prose"] if column.id in _PROSE and cell.kind == "text" else []
            looks += ["name"] if i == 0 and len(cell.text) <= _NAME_LETTERS_MAX else []
            looks += ["whole"] if is_whole else []
            kind = f' class="{" ".join(looks)}"' if looks else ""
            inside = self._inside(cell, column)
            drawn.append(f"<{tag}{kind}>{inside}</{tag[:2]}>")
        return Markup("".join(drawn))  # noqa: S704 - made of escaped cells

    def _inside(self, cell: Cell, column: TableColumn) -> Markup:
        if column.reading in _LINKED and cell.kind == "ref":
            return self._link(cell)
        return cell_markup(cell, lines=column.reading == "texts")

    def _link(self, cell: Cell) -> Markup:
        """A number or reference that leads to its explanation, else to what is told of it here or
        to its proof."""
        if self.explain is not None:
            return cell_markup(cell, address=self.explain + quote(cell.text))
        proof = self.proofs.get(RefText(cell.text))
        if proof is not None:
            return cell_markup(cell, address=quote(proof))
        return cell_markup(cell, address=f"#told-{cell.text}" if cell.text in self.told else None)

    def _chart(self, chart: Chart, beside: Sequence[Table]) -> dict[str, Any]:
        rows = chart_rows(chart, beside, self.wording)
        heads = [{"text": self.wording.phrase(f"label-{chart.reading}"), "number": False}]
        heads += [{"text": name, "number": True} for name in series_texts(chart, self.wording)]
        plain = TableColumn("number", "number")
        labels = [Cell((text,), "name") for text in label_texts(chart, self.wording)]
        columns = [TableColumn("label", "text"), *(plain for _ in chart.series)]
        caption = self.wording.catalogue.figures[chart.id]
        lines = [
            self._row([label, *row], columns, is_whole=False)
            for label, row in zip(labels, rows, strict=True)
        ]
        numbers = self._grid(f"numbers-{chart.id}", caption, heads, lines)
        svg = chart_svg(chart, rows, self.wording)
        says = [] if svg is None else [self.wording.phrase("panels")]
        return self._figure(chart.id, svg, [], says, numbers if rows else None)

    def _map(self, map_: Map) -> dict[str, Any]:
        wording = self.wording
        columns = (
            TableColumn("incident", "incident"),
            TableColumn("latitude", "text"),
            TableColumn("longitude", "text"),
            TableColumn("radius", "number"),
            TableColumn("scope", "word"),
            TableColumn("act", "word", empty="undetermined"),
        )
        rows = tuple(
            (p.incident, f"{p.lat_e6 / E6:.6f}", f"{p.lon_e6 / E6:.6f}", p.radius_m, p.scope, p.act)
            for p in map_.points
        )
        cells = table_cells(Table(map_.id, columns, rows), wording)
        numbers = self._grid(
            f"numbers-{map_.id}",
            wording.catalogue.figures[map_.id],
            [{"text": wording.phrase(f"map-{c.id}"), "number": False} for c in columns],
            [self._row(row, columns, is_whole=False) for row in cells],
        )
        says = [wording.phrase("disclaimer")]
        says += [wording.phrase("no-points")] if not map_.points else []
        says += [wording.phrase("no-outlines")] if not map_.outlines else []
        says += [told for told in (left_out(map_, wording), map_.attribution) if told]
        svg = map_svg(map_, wording, id=f"figure-{map_.id}")
        keys = [(Markup(key), text) for key, text in legend(map_, wording)]  # noqa: S704 - shapes
        return self._figure(map_.id, svg, keys, says, numbers if rows else None)

    def _figure(
        self,
        id: str,
        svg: str | None,
        keys: Sequence[tuple[Markup, str]],
        says: Sequence[str],
        numbers: Mapping[str, Any] | None,
    ) -> dict[str, Any]:
        return {
            "look": "figure",
            "id": f"figure-{id}",
            "caption": self.wording.catalogue.figures[id],
            "svg": None if svg is None else Markup(svg),  # noqa: S704 - its texts are escaped
            "legend": keys,
            "says": says,
            "numbers": numbers,
            "summary": self.wording.phrase("as-table"),
            "empty": self.wording.phrase("nothing-to-draw"),
        }
