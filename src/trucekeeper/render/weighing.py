"""The terms of a membership or of a pair as people read them: a sentence, a table, a waterfall.

A waterfall starts at nothing and shows each term as a step up or down from the sum before it; the
last bar is the sum. What speaks for one event is filled, what speaks against it is hollow, so that
it reads without colour. Points are nats to one decimal; the exact thousandths stand beside."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Any

import msgspec

from trucekeeper.matching.explain import WeighedMembership, WeighedTerm, Weighing
from trucekeeper.render.catalogue import Wording
from trucekeeper.render.charts import BAR, CONFIG, INK, inline

#: Columns of the table.
Row = tuple[str, str, int, str]
COLUMNS = ("term", "points", "milli", "compared")
_WIDTH, _STEP, _LABEL_WIDTH, _BAR_HEIGHT = 420, 26, 260, 15
_NOT_STATED = "not-stated"


@dataclass(frozen=True)
class Weighed:
    """Why a report is in its incident, or what two reports have in common. subject: what was asked.
    words: it in a few sentences. rows: the terms as a table (term, points, thousandths of a nat,
    what was compared), what nobody states left out; their last is the sum. total_milli: that
    sum, the score. posterior_milli: how sure the membership is; None of a pair.

    Where there is nothing to compare, rows is empty and total_milli None."""

    subject: str
    words: str
    rows: tuple[Row, ...]
    total_milli: int | None
    posterior_milli: int | None
    _drawn: tuple[Weighing, Wording] | None = None

    def __str__(self) -> str:
        return "\n".join([self.words, *([self.table()] if self.rows else [])])

    def table(self) -> str:
        """The rows as text."""
        width = max((len(row[0]) for row in self.rows), default=0)
        return "\n".join(
            f"  {term:{width}} {points:>6}  {milli:>7}  {compared}".rstrip()
            for term, points, milli, compared in self.rows
        )

    def svg(self, *, inside_page: bool = False) -> str | None:
        """The terms as a waterfall; None where there is nothing to compare. inside_page: as part of
        a page of HTML, else as a file of its own."""
        if self._drawn is None:
            return None
        return waterfall_svg(*self._drawn, summary=self.words, inside_page=inside_page)

    def as_row(self) -> dict[str, Any]:
        """Plain values, for `--json`."""
        return {
            "subject": self.subject,
            "words": self.words,
            "total_milli": self.total_milli,
            "posterior_milli": self.posterior_milli,
            "terms": [dict(zip(COLUMNS, row, strict=True)) for row in self.rows],
        }


def weighed_pair(weighing: Weighing, wording: Wording) -> Weighed:
    """The terms of a pair."""
    words = _filled(wording, "pair", **_of(weighing, wording))
    subject = f"{weighing.report} and {weighing.others[0]}"
    rows = table_rows(weighing, wording)
    return Weighed(subject, words, rows, weighing.total_milli, None, (weighing, wording))


def unweighed_pair(one: str, other: str, why: str, wording: Wording) -> Weighed:
    """Why two reports are not compared."""
    words = _filled(wording, why, one=one, other=other)
    return Weighed(f"{one} and {other}", words, (), None, None)


def weighed_membership(held: WeighedMembership, rival: str | None, wording: Wording) -> Weighed:
    """The terms of a membership. rival: the number of the best rival."""
    words = ""
    if held.repeat_of is not None:
        words += _filled(wording, "repeated", report=held.report, repeat_of=held.repeat_of)
    if not held.matched:
        words += _filled(wording, "unmatched", report=held.report)
        return Weighed(held.report, words, (), None, None)
    if held.weighing is None:
        words += _filled(wording, "alone", report=held.report)
    else:
        words += _filled(wording, "bound", **_of(held.weighing, wording))
    words += _filled(wording, "posterior", posterior=held.posterior_milli)
    if held.rival is None:
        words += _filled(wording, "no-rival")
    else:
        words += _filled(wording, "rival", **{**_of(held.rival[1], wording), "rival": rival})
    if held.weighing is None:
        return Weighed(held.report, words, (), None, held.posterior_milli)
    rows = table_rows(held.weighing, wording)
    total = held.weighing.total_milli
    drawn = held.weighing, wording
    return Weighed(held.report, words, rows, total, held.posterior_milli, drawn)


def _of(weighing: Weighing, wording: Wording) -> dict[str, Any]:
    """The arguments that a weighing gives to a sentence."""
    return {
        "report": weighing.report,
        "others": weighing.others,
        "total": weighing.total_milli,
        "terms": terms_in_words(weighing, wording),
    }


def terms_in_words(weighing: Weighing, wording: Wording) -> str:
    """The terms in one line: same place within 2 km (+3.1), other weapon (−0.9)."""
    template = wording.catalogue.terms.sentences["term"]
    return ", ".join(
        wording.text(template, {"short": in_short(term, wording), "points": term.milli})
        for term in stated(weighing)
    )


def stated(weighing: Weighing) -> list[WeighedTerm]:
    """The terms of which there is something to say."""
    return [term for term in weighing.terms if term.how != _NOT_STATED or term.milli]


def in_short(term: WeighedTerm, wording: Wording) -> str:
    """How a term's values compare, in a few words."""
    if term.how == _NOT_STATED:
        return wording.catalogue.terms.labels[term.field]
    return wording.text(wording.catalogue.terms.in_short[f"{term.field}.{term.how}"], term.facts)


def compared(term: WeighedTerm, wording: Wording) -> str:
    """What a term compared, with the values."""
    templates = wording.catalogue.terms.compared
    key = term.how if term.how == _NOT_STATED else f"{term.field}.{term.how}"
    return wording.text(templates[key], term.facts)


def table_rows(weighing: Weighing, wording: Wording) -> tuple[Row, ...]:
    """The terms, and their sum as the last row."""
    words = wording.catalogue.terms
    rows = [
        (words.labels[t.field], words.points(t.milli), t.milli, compared(t, wording))
        for t in stated(weighing)
    ]
    total = weighing.total_milli
    return (*rows, (words.sentences["sum"], words.points(total), total, ""))


def _filled(wording: Wording, sentence: str, **args: Any) -> str:
    return wording.text(wording.catalogue.terms.sentences[sentence], args)


def waterfall_svg(
    weighing: Weighing, wording: Wording, *, summary: str, inside_page: bool = False
) -> str:
    """The terms as steps from nothing to the sum."""
    import vl_convert  # noqa: PLC0415 - a large library that only figures need

    spec = waterfall_spec(weighing, wording)
    svg: str = vl_convert.vegalite_to_svg(spec, allowed_base_urls=[])
    title = wording.catalogue.terms.sentences["title"]
    label = _filled(wording, "chart", title=title, summary=summary)
    if inside_page:
        return inline(svg, label)
    return svg.replace("<svg", f'<svg role="img" aria-label="{escape(label)}"', 1)


def waterfall_spec(weighing: Weighing, wording: Wording) -> dict[str, Any]:
    """The waterfall as Vega-Lite."""
    steps = waterfall_steps(weighing, wording)
    order = [step["key"] for step in steps]
    ends = [step[end] for step in steps for end in ("from", "to")]
    room = 0.12 * (max(ends) - min(ends))
    scale = {"domain": [min(ends) - room, max(ends) + room], "nice": False}
    title = wording.catalogue.terms.sentences["axis"]
    names = {step["key"]: step["label"] for step in steps}
    y = {
        "field": "key",
        "type": "ordinal",
        "sort": order,
        "axis": {
            "title": None,
            "ticks": False,
            "domain": False,
            "labelPadding": 8,
            "labelLimit": _LABEL_WIDTH,
            "labelExpr": f"{msgspec.json.encode(names).decode()}[datum.value]",
        },
    }
    x = {
        "field": "from",
        "type": "quantitative",
        "scale": scale,
        "axis": {"title": title, "titleFontWeight": "normal", "titleFontSize": 11, "tickCount": 6},
    }
    zero = {
        "data": {"values": [{"at": 0}]},
        "mark": {"type": "rule", "color": INK},
        "encoding": {"x": {"field": "at", "type": "quantitative"}},
    }
    bar = {
        "mark": {"type": "bar", "height": _BAR_HEIGHT, "strokeWidth": 1.2},
        "encoding": {
            "y": y,
            "x": x,
            "x2": {"field": "to"},
            "fill": {"field": "fill", "type": "nominal", "scale": None},
            "stroke": {"value": INK},
        },
    }
    told = {
        "mark": {"type": "text", "align": {"expr": "datum.align"}, "dx": {"expr": "datum.dx"}},
        "encoding": {"y": y, "x": {**x, "field": "told"}, "text": {"field": "points"}},
    }
    return {
        "data": {"values": steps},
        "width": _WIDTH,
        "height": {"step": _STEP},
        "layer": [zero, _connectors(order, steps), bar, told],
        # A reader's own font may be wider than the one that was measured.
        "padding": {"left": 28, "right": 14, "top": 5, "bottom": 5},
        "config": {**CONFIG, "background": "#ffffff"},
    }


def _connectors(order: list[str], steps: list[dict[str, Any]]) -> dict[str, Any]:
    """Thin lines from where a bar ends to where the next begins."""
    lines = [
        {"at": step["to"], "key": key, "next": following}
        for step, key, following in zip(steps, order, order[1:], strict=False)
    ]
    return {
        "data": {"values": lines},
        "mark": {"type": "rule", "color": BAR, "strokeDash": [2, 2]},
        "encoding": {
            "x": {"field": "at", "type": "quantitative"},
            "y": {"field": "key", "type": "ordinal", "sort": order},
            "y2": {"field": "next"},
        },
    }


def waterfall_steps(weighing: Weighing, wording: Wording) -> list[dict[str, Any]]:
    """Each bar: from and to (nats), its label and number, and how it is drawn."""
    words = wording.catalogue.terms
    bars = []
    reached = 0
    for n, term in enumerate(stated(weighing)):
        before, reached = reached, reached + term.milli
        fill = BAR if term.milli >= 0 else "#ffffff"
        bars.append((f"{n:02d}", in_short(term, wording), before, reached, term.milli, fill))
    sum_ = words.sentences["sum"]
    bars.append(("sum", sum_, 0, weighing.total_milli, weighing.total_milli, INK))
    return [
        {
            "key": key,
            "label": label[:1].upper() + label[1:],
            "from": before / 1000,
            "to": after / 1000,
            "points": words.points(milli),
            "fill": fill,
            # The number stands beyond the end of the bar, on the side to which it leads.
            "told": after / 1000,
            "align": "left" if milli >= 0 else "right",
            "dx": 5 if milli >= 0 else -5,
        }
        for key, label, before, after, milli, fill in bars
    ]
