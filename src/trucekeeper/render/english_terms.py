"""English: what the terms of matching compare. Short for a sentence or the bar of a picture, longer
for a table; nothing here says that anything happened."""

from __future__ import annotations

from trucekeeper.render.catalogue import TermWords

_LABELS = {
    "place": "Place",
    "time": "Time",
    "act": "Act",
    "weapon": "Weapon",
    "author": "Alleged author",
    "target": "Target",
    "killed": "Killed",
    "name": "Named place",
    "text": "Text",
    "surroundings": "Reports around",
    "prior": "Any two reports",
}

#: Fields whose values are words of a list or of the reports, and how these are read.
_WORDS = {
    "act": ("act", "act", "acts"),
    "weapon": ("weapon", "weapon", "weapons"),
    "author": ("alleged author", "stated-groups", "each-stated-groups"),
    "target": ("target", "stated-groups", "each-stated-groups"),
    "killed": ("number killed", "range", "ranges"),
    "name": ("named place", "text", "texts"),
}
_SHORT = {
    "same": "same {0}",
    "broader": "{0} in broader words",
    "sibling": "related {0}",
    "other": "other {0}",
    "mixed": "same {0} as {{alike:number}} of {{all:number}}",
}
_LONG = {
    "same": "the same: {0}",
    "broader": "one holds the other: {0} here, {1} there",
    "sibling": "two kinds of one thing: {0} here, {1} there",
    "other": "not the same: {0} here, {1} there",
    "mixed": "the same as {{alike:number}} of {{all:number}} that state it: {0} here, {1} there",
}

_IN_SHORT = {
    f"{field}.{how}": text.format(noun)
    for field, (noun, _, _) in _WORDS.items()
    for how, text in _SHORT.items()
} | {
    "place.same-point": "same point",
    "place.within": "same place within {within_m:distance}",
    "place.apart": "{distance_m:distance} apart",
    "time.overlap": "same time within {span_s:duration}",
    "time.adjoining": "one right after the other",
    "time.apart": "{gap_s:duration} between them",
    "author.broader": "alleged authors shared in part",
    "target.broader": "targets shared in part",
    "killed.overlap": "numbers killed agree",
    "killed.both_zero": "nobody killed",
    "killed.near": "numbers killed close",
    "killed.far": "numbers killed far apart",
    "killed.mixed": "numbers killed agree with {alike:number} of {all:number}",
    "name.similar": "named place alike in sound",
    "text.alike": "texts alike to {likeness_milli:share}",
    "surroundings.counted": "{around:count|no other report|1 other report|# other reports} around",
    "prior.given": "any two reports",
}

_COMPARED = {
    f"{field}.{how}": text.format(f"{{own:{one}}}", f"{{others:{several}}}")
    for field, (_, one, several) in _WORDS.items()
    for how, text in _LONG.items()
} | {
    "place.same-point": "the same point, stated to within {own_radius_m:distance} here and "
    "{others_radius_m:distance} there",
    "place.within": "{count:form||at most }{distance_m:distance} apart, stated to within "
    "{own_radius_m:distance} here and {others_radius_m:distance} there",
    "place.apart": "{count:form||at most }{distance_m:distance} apart, stated to within "
    "{own_radius_m:distance} here and {others_radius_m:distance} there",
    "time.overlap": "{count:form||at least }{shared_s:duration} in common, of periods of "
    "{own_s:duration} here and {others_s:duration} there",
    "time.adjoining": "no time between periods of {own_s:duration} here and {others_s:duration} "
    "there",
    "time.apart": "{count:form||at most }{gap_s:duration} between periods of {own_s:duration} here "
    "and {others_s:duration} there",
    "author.broader": "some are the same: {own:stated-groups} here, {others:each-stated-groups} "
    "there",
    "target.broader": "some are the same: {own:stated-groups} here, {others:each-stated-groups} "
    "there",
    "killed.overlap": "the numbers agree: {own:range} here, {others:ranges} there",
    "killed.both_zero": "nobody was killed, here and there",
    "killed.near": "the numbers are close: {own:range} here, {others:ranges} there",
    "killed.far": "the numbers are far apart: {own:range} here, {others:ranges} there",
    "killed.mixed": "the number agrees with {alike:number} of {all:number} that state one: "
    "{own:range} here, {others:ranges} there",
    "name.similar": "alike in sound: {own} here, {others:texts} there",
    "text.alike": "alike to {likeness_milli:share}",
    "surroundings.counted": "{around:count|no other report lies|1 other report lies|# other "
    "reports lie} within {radius_m:distance} and {gap_s:duration}; the more do, the less it says "
    "to be near",
    "prior.given": "what the settings give to any two reports that can be compared",
    "not-stated": "nothing to compare: not stated here, or not there",
}

_SENTENCES = {
    "term": "{short} ({points:points})",
    "bound": "{report} is bound to {others:texts} by {total:points}: {terms}.",
    "pair": "{report} and {others:texts}, {total:points} for one event: {terms}.",
    "alone": "{report} stands alone: no other report gains by being joined to it.",
    "unmatched": "{report} stands for itself: it is too vague to be matched, or outside the "
    "agreement's time.",
    "repeated": "{report} repeats {repeat_of}, or is bound to be the same; they are weighed as "
    "one. ",
    "posterior": " How sure, against its rivals and against standing alone: {posterior:share}.",
    "rival": " Next best: {rival}, {total:points}: {terms}.",
    "no-rival": " No other incident comes into question.",
    "outside": "{one} and {other} are not compared: one lies outside the agreement's time.",
    "vague": "{one} and {other} are not compared: one has no point, or too wide a place or time.",
    "crowded": "{one} and {other} are not compared: around one lie too many reports.",
    "same-source": "{one} and {other} are not compared: both are of one source, which does not "
    "repeat itself.",
    "far": "{one} and {other} are not compared: they lie too far apart in place or time.",
    "or-more": "{low} or more",
    "sum": "Sum",
    "title": "What speaks for one event, and what against",
    "axis": "points: right of 0 for one event, left of it against",
    "chart": "{title}. {summary} Bars run from the sum so far to the sum with the term.",
    "term-heading": "Term",
    "compared-heading": "What was compared",
    "points-heading": "Points",
    "milli-heading": "Exactly (milli-nats)",
}


def distance(metres: int) -> str:
    """80 m; 1.4 km; 25 km. From 100 m on to tens, from 1 km on to tenths."""
    if metres < 995:
        return f"{metres if metres < 100 else (metres + 5) // 10 * 10} m"
    tenths = (metres + 50) // 100
    return f"{tenths // 10} km" if tenths % 10 == 0 else f"{tenths / 10} km"


def duration(seconds: int) -> str:
    """30 min; 3 h 20 min; 36 h; 2 days; 4 days 6 h."""
    minutes = (seconds + 30) // 60
    if minutes < 60:
        return f"{minutes} min"
    hours, rest = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} h" if rest == 0 else f"{hours} h {rest} min"
    days, rest = divmod((minutes + 30) // 60, 24)
    return f"{days} days" if rest == 0 else f"{days} days {rest} h"


def share(milli: int) -> str:
    """98.7 %, from thousandths."""
    return f"{milli / 10:.0f} %" if milli % 10 == 0 else f"{milli / 10} %"


def points(milli: int) -> str:
    """+3.1; −0.9; 0.0. Half a tenth goes away from zero."""
    tenths = (abs(milli) + 50) // 100
    sign = "" if tenths == 0 else "+" if milli > 0 else "\N{MINUS SIGN}"
    return f"{sign}{tenths // 10}.{tenths % 10}"


TERMS = TermWords(
    labels=_LABELS,
    in_short=_IN_SHORT,
    compared=_COMPARED,
    sentences=_SENTENCES,
    distance=distance,
    duration=duration,
    share=share,
    points=points,
)
