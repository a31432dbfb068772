"""The evidence that a set of reports speaks of one event, term by term, in plain Python: the
definition.

A set of reports is scored as one event with one place, one time and one value of each field behind
them all:

    score = priors − ln(surroundings) + place + time + act + weapon + author + target + killed
            + name + text

Reports enter in the order of their precision. Each is compared with the place and period that those
before it fix together: *place* = ln(πR² / 2πσ²) + the term of d²/σ², where σ² is the variance of
the distance of two points each somewhere in its own disc and R the radius of the surroundings; a
report that is vague gains little from lying close. *Time* likewise: ln(T · overlap / lengths), or
the term of the gap. Of each field, that member's value stands which the others support best. Two
reports are the smallest set."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple, dataclass

from trucekeeper.matching.reports import MatchReport, Unit, squared_between
from trucekeeper.matching.scale import ln_milli
from trucekeeper.matching.settings import Settings, Tables, WordTerms
from trucekeeper.matching.texts import likeness_milli, skeleton
from trucekeeper.vocabulary.categories import ACTS, WEAPONS, Likeness, act_likeness, weapon_likeness
from trucekeeper.vocabulary.places import offset_metres
from trucekeeper.vocabulary.text import name_key

#: Below this no set is an incident: of one source twice, or of reports bound to be apart.
FORBIDDEN = -(10**9)
LN_2_MILLI = 693
QUARTER_S = 900
#: Weights of points are parts of this over their variance.
PRECISION = 10**11


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of one score, in milli-nats."""

    prior: int = 0
    surroundings: int = 0
    place: int = 0
    time: int = 0
    act: int = 0
    weapon: int = 0
    author: int = 0
    target: int = 0
    killed: int = 0
    name: int = 0
    text: int = 0

    @property
    def total(self) -> int:
        return sum(astuple(self))


NO_TERMS = Terms()


def is_candidate(a: MatchReport, b: MatchReport, settings: Settings) -> bool:
    """Whether two reports lie so close, for their precision, that they are compared at all."""
    squared = squared_between(a, b)
    return (
        squared <= settings.reach_m_max**2
        and 16 * squared
        <= settings.place_edges[-1] * (variance_m2(a, settings) + variance_m2(b, settings))
        and max(a.earliest, b.earliest) - min(a.latest, b.latest) <= settings.gap_edges_s[-1]
    )


def set_score(units: Sequence[Unit], settings: Settings) -> int:
    """The evidence for one event behind all units; 0 of one, FORBIDDEN where a source speaks
    twice."""
    if sum(len(unit.sources) for unit in units) > len({s for unit in units for s in unit.sources}):
        return FORBIDDEN
    return set_terms(units, settings).total


def set_terms(units: Sequence[Unit], settings: Settings) -> Terms:
    """The terms of the evidence for one event behind all units, each with a face."""
    if len(units) < 2:
        return NO_TERMS
    ordered = sorted(units, key=lambda u: (variance_m2(_face(u), settings), u.tie))
    faces = [_face(unit) for unit in ordered]
    first, others = faces[0], faces[1:]
    near = sum(ln_milli(unit.around) for unit in ordered)
    return Terms(
        prior=sum(_tables(first, other, settings).prior_milli for other in others),
        surroundings=-(len(others) * near // len(faces)),
        place=_place(faces, settings),
        time=_time(faces, settings),
        act=_best(faces, settings, act_term),
        weapon=_best(faces, settings, weapon_term),
        author=_best(faces, settings, author_term),
        target=_best(faces, settings, target_term),
        killed=_best(faces, settings, killed_term),
        name=_best(faces, settings, name_term),
        text=_best(faces, settings, text_term),
    )


def variance_m2(report: MatchReport, settings: Settings) -> int:
    """The variance of one coordinate of a point that is somewhere in the stated disc, square
    metres."""
    assert report.radius_m is not None
    return (report.radius_m**2 // 2 + settings.place_floor_m**2) // 2 + 1


def _place(faces: Sequence[MatchReport], settings: Settings) -> int:
    """Each report against the point at which those before it put the event: their mean, weighted by
    precision, in metres from the most precise."""
    first = faces[0]
    variance = variance_m2(first, settings)
    weights, east_sum, north_sum = PRECISION // variance, 0, 0
    total = 0
    for n, face in enumerate(faces[1:]):
        own = variance_m2(face, settings)
        assert first.lat_e6 is not None and first.lon_e6 is not None
        assert face.lat_e6 is not None and face.lon_e6 is not None
        east, north = offset_metres(face.lat_e6, face.lon_e6, first.lat_e6, first.lon_e6)
        mid_east, mid_north = (east_sum // weights, north_sum // weights) if n else (0, 0)
        squared = (east - mid_east) ** 2 + (north - mid_north) ** 2
        total += place_term(squared, variance + own, _tables(first, face, settings), settings)
        weight = PRECISION // own
        east_sum, north_sum = east_sum + weight * east, north_sum + weight * north
        weights += weight
        variance = PRECISION // weights
    return total


def place_term(squared_m: int, variance_m2: int, tables: Tables, settings: Settings) -> int:
    """The term of a squared distance whose variance is known."""
    if squared_m == 0 and tables.same_point_milli is not None:
        return tables.same_point_milli
    place_bin = bisect_left(settings.place_edges, 16 * squared_m // variance_m2)
    if place_bin == len(settings.place_edges):
        return settings.beyond_milli
    spread = 2 * ln_milli(settings.density_radius_m) - LN_2_MILLI - ln_milli(variance_m2)
    return spread + tables.place_milli[place_bin]


def _time(faces: Sequence[MatchReport], settings: Settings) -> int:
    """Each report against the time that the periods before it have in common."""
    first = faces[0]
    lo, hi = first.earliest, first.latest
    total = 0
    for face in faces[1:]:
        tables = _tables(first, face, settings)
        total += time_term((lo, hi), (face.earliest, face.latest), tables, settings)
        if max(lo, face.earliest) < min(hi, face.latest):
            lo, hi = max(lo, face.earliest), min(hi, face.latest)
    return total


def time_term(
    one: tuple[int, int], other: tuple[int, int], tables: Tables, settings: Settings
) -> int:
    """The term of two periods."""
    start, end = max(one[0], other[0]), min(one[1], other[1])
    if start >= end:
        gap_bin = bisect_left(settings.gap_edges_s, start - end)
        if gap_bin == len(settings.gap_edges_s):
            return settings.beyond_milli
        return tables.time_milli[1 + gap_bin]

    def quarters(length_s: int) -> int:
        return ln_milli(max(length_s, settings.time_floor_s) // QUARTER_S)

    whole = ln_milli(max(2 * settings.density_gap_s // QUARTER_S, 1))
    lengths = quarters(one[1] - one[0]) + quarters(other[1] - other[0])
    return whole + quarters(end - start) - lengths + tables.time_milli[0]


Term = Callable[[MatchReport, MatchReport, Tables, Settings], int | None]


def _best(faces: Sequence[MatchReport], settings: Settings, term: Term) -> int:
    """The sum of a field's terms against that member whose value the others support best; 0 where
    nobody states the field."""
    sums = []
    for n, centre in enumerate(faces):
        if term(centre, centre, settings.tables, settings) is None:
            continue
        against = (
            term(centre, other, _tables(centre, other, settings), settings)
            for other in (*faces[:n], *faces[n + 1 :])
        )
        sums.append(sum(value or 0 for value in against))
    return max(sums, default=0)


def act_term(a: MatchReport, b: MatchReport, tables: Tables, settings: Settings) -> int | None:
    """The term of two acts; None where either says nothing, here and below."""
    return _word(a.act, b.act, act_tree, tables.act, settings.frequencies.act)


def weapon_term(a: MatchReport, b: MatchReport, tables: Tables, settings: Settings) -> int | None:
    """The term of two weapons."""
    return _word(a.weapon, b.weapon, weapon_tree, tables.weapon, settings.frequencies.weapon)


def author_term(a: MatchReport, b: MatchReport, tables: Tables, settings: Settings) -> int | None:
    """The term of the authors alleged."""
    return _sides(a.authors, b.authors, tables.author, settings.frequencies.author)


def target_term(a: MatchReport, b: MatchReport, tables: Tables, settings: Settings) -> int | None:
    """The term of the targets."""
    return _sides(a.targets, b.targets, tables.target, settings.frequencies.target)


def killed_term(a: MatchReport, b: MatchReport, tables: Tables, settings: Settings) -> int | None:
    """The term of the numbers killed."""
    likeness = killed_likeness(a, b, settings.killed_near_max)
    if likeness is None:
        return None
    term: int = getattr(tables.killed, likeness)
    low, other_low, rare = killed_range(a)[0], killed_range(b)[0], settings.frequencies.killed
    if likeness == "overlap" and low == other_low:
        term += rare[min(low, len(rare) - 1)]
    return term


def killed_likeness(a: MatchReport, b: MatchReport, near_max: int) -> str | None:
    """How two numbers killed compare, as a field of `NumberTerms`. A missing bound is read as open,
    a range with no bound says nothing."""
    if (a.killed_min, a.killed_max) == (None, None) or (b.killed_min, b.killed_max) == (None, None):
        return None
    (low_a, high_a), (low_b, high_b) = killed_range(a), killed_range(b)
    apart = max(low_a, low_b) - min(high_a, high_b)
    if apart > 0:
        return "near" if apart <= near_max else "far"
    return "both_zero" if high_a == high_b == 0 else "overlap"


#: What stands for an open upper bound.
MANY = 10**9


def killed_range(report: MatchReport) -> tuple[int, int]:
    """The range of those killed, open bounds closed."""
    return report.killed_min or 0, MANY if report.killed_max is None else report.killed_max


def name_term(a: MatchReport, b: MatchReport, tables: Tables, settings: Settings) -> int | None:
    """The term of two names or codes of places."""
    likeness = name_likeness(a, b)
    if likeness is None or a.name is None:
        return None
    rare = settings.frequencies.name.get(name_key(a.name), 0) if likeness == "same" else 0
    term: int = getattr(tables.name, likeness)
    return term + rare


def name_likeness(a: MatchReport, b: MatchReport) -> str | None:
    """How two names compare, as a field of `NameTerms`."""
    if a.name is None or b.name is None:
        return None
    one, other = name_key(a.name), name_key(b.name)
    if one == other:
        return "same"
    return "similar" if skeleton(one) == skeleton(other) else "other"


def text_term(a: MatchReport, b: MatchReport, tables: Tables, settings: Settings) -> int | None:
    """The term of two texts."""
    if a.text is None or b.text is None:
        return None
    return tables.text_milli[bisect_left(settings.text_edges, likeness_milli(a.text, b.text))]


def _word(
    one: str | None,
    other: str | None,
    likeness: Callable[[str, str], Likeness],
    terms: WordTerms,
    frequencies: Mapping[str, int],
) -> int | None:
    if one is None or other is None:
        return None
    return terms.of(likeness(one, other)) + (frequencies.get(one, 0) if one == other else 0)


def act_tree(one: str, other: str) -> Likeness:
    """How two acts compare; words outside the tree only with themselves."""
    if one in ACTS and other in ACTS:
        return act_likeness(one, other)
    return Likeness.SAME if one == other else Likeness.OTHER


def weapon_tree(one: str, other: str) -> Likeness:
    """How two weapons compare; words outside the tree only with themselves."""
    if one in WEAPONS and other in WEAPONS:
        return weapon_likeness(one, other)
    return Likeness.SAME if one == other else Likeness.OTHER


def _sides(
    one: frozenset[str], other: frozenset[str], terms: WordTerms, frequencies: Mapping[str, int]
) -> int | None:
    if not one or not other:
        return None
    often = frequencies.get(joined(one) or "", 0) if one == other else 0
    return terms.of(sides_likeness(one, other)) + often


def sides_likeness(one: frozenset[str], other: frozenset[str]) -> Likeness:
    """How two sets of alternatives compare."""
    if one == other:
        return Likeness.SAME
    return Likeness.BROADER if one & other else Likeness.OTHER


_BETWEEN = " | "


def joined(alternatives: frozenset[str]) -> str | None:
    """Several alternatives as one value; None of none."""
    return _BETWEEN.join(sorted(alternatives)) if alternatives else None


def _tables(a: MatchReport, b: MatchReport, settings: Settings) -> Tables:
    tables = settings.between(a.source, b.source)
    assert tables is not None, "only what may be one event is compared"
    return tables


def _face(unit: Unit) -> MatchReport:
    assert unit.face is not None, "only what can be compared is compared"
    return unit.face
