"""The terms that are shown add up to the score that decides, exactly, and every one has its words."""

from __future__ import annotations

from itertools import combinations, pairwise

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.properties.match_strategies import match_reports
from trucekeeper.engines.values import match_on_columns
from trucekeeper.matching.explain import not_compared, weigh_membership, weigh_pair
from trucekeeper.matching.reports import Constraints, MatchReport, Unit
from trucekeeper.matching.settings import DEFAULT, Settings, SourcePair
from trucekeeper.matching.terms import set_terms
from trucekeeper.render.catalogue import Wording
from trucekeeper.render.english import ENGLISH
from trucekeeper.render.weighing import in_short, table_rows, waterfall_steps

WORDING = Wording(ENGLISH)
#: As given, and with sources that repeat themselves and two that agree less.
SETTINGS = (
    DEFAULT,
    replace(
        DEFAULT,
        repeats=DEFAULT.tables,
        pairs=(
            SourcePair(one="s0", other="s1", tables=replace(DEFAULT.tables, prior_milli=1_000)),
        ),
    ),
)


@given(match_reports(), st.sampled_from(SETTINGS), st.data())
def test_the_terms_of_a_membership_add_up_to_what_binds_it(
    reports: list[MatchReport], settings: Settings, data: st.DataObject
) -> None:
    ids = st.sampled_from([r.id for r in reports] or ["r0"])
    pairs = st.lists(st.tuples(ids, ids), max_size=3)
    same, apart = (tuple((a, b) for a, b in data.draw(pairs) if a != b) for _ in range(2))
    matches = match_on_columns(reports, Constraints(same, apart), settings)
    by_id = {r.id: r for r in reports}
    for report, member in matches.memberships.items():
        held = weigh_membership(report, by_id, matches)
        total = 0 if held.weighing is None else held.weighing.total_milli
        assert total == member.score_milli
        if member.rivals:
            assert held.rival is not None
            assert (held.rival[0], held.rival[1].total_milli) == member.rivals[0]
        else:
            assert held.rival is None


@given(match_reports(most=16), st.sampled_from(SETTINGS))
def test_the_terms_of_a_pair_add_up_to_its_score_and_have_words(
    reports: list[MatchReport], settings: Settings
) -> None:
    around = match_on_columns(reports, Constraints(), settings).around
    for a, b in combinations(reports, 2):
        if not_compared(a, b, around, settings) is not None:
            continue
        weighing = weigh_pair(a, b, around, settings)
        units = [Unit((r,), frozenset({r.source}), r, around[r.id]) for r in (a, b)]
        assert weighing.total_milli == set_terms(units, settings).total
        rows = table_rows(weighing, WORDING)
        assert sum(row[2] for row in rows[:-1]) == rows[-1][2] == weighing.total_milli
        assert all(in_short(term, WORDING) for term in weighing.terms)
        steps = waterfall_steps(weighing, WORDING)
        assert steps[0]["from"] == 0 == steps[-1]["from"]
        assert all(one["to"] == other["from"] for one, other in pairwise(steps[:-1]))
        assert steps[-2]["to"] == steps[-1]["to"] == weighing.total_milli / 1000
