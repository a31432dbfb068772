"""Properties of record time: one false clock, whosever it is, makes no bound untrue; who else saw an
entry only narrows its bracket; brackets follow the order of a log."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from trucekeeper.governance.brackets import Seen, Word, bracket
from trucekeeper.vocabulary.ids import LogName

LOG = LogName("a.guarantors")
OTHERS = ("b", "c", "un")
TRUE = st.integers(1_000, 2_000)
#: By how much a clock is false.
OFF = st.integers(-5_000, 5_000)


@given(
    TRUE,
    st.dictionaries(st.sampled_from(OTHERS), st.integers(0, 900), max_size=3),
    st.dictionaries(st.sampled_from(OTHERS), st.integers(0, 900), max_size=3),
    st.sampled_from(("a", *OTHERS, "nobody")),
    OFF,
)
def test_one_false_clock_makes_no_bound_untrue(
    made: int, before: dict[str, int], after: dict[str, int], false: str, off: int
) -> None:
    """before: how long after the entry others saw it; after: how long before it they said what its
    author had seen."""
    wrong = {false: off}
    seen = [Seen(LOG, 1, by, made + late + wrong.get(by, 0)) for by, late in before.items()]
    words = [Word(LOG, 0, by, made - old + wrong.get(by, 0)) for by, old in after.items()]
    found = bracket([made + wrong.get("a", 0)], seen, words)
    earliest, latest = found.after[0], found.before[0]
    assert latest is None or latest >= made
    assert earliest is None or earliest <= made


@given(st.lists(st.tuples(TRUE, OFF), min_size=1, max_size=6), st.data())
def test_more_evidence_only_narrows_and_brackets_follow_the_log(
    entries: list[tuple[int, int]], data: st.DataObject
) -> None:
    stated = [at + off for at, off in entries]
    sizes = st.integers(1, len(stated))
    evidence = data.draw(
        st.lists(st.tuples(sizes, st.sampled_from(OTHERS), st.integers(0, 9_000)), max_size=8)
    )
    seen = [Seen(LOG, size, by, at) for size, by, at in evidence]
    words = [Word(LOG, size - 1, by, at) for size, by, at in evidence]
    less = bracket(stated, seen[:-1], words[:-1])
    more = bracket(stated, seen, words)
    for before in (less, more):
        known = [at for at in before.before if at is not None]
        assert known == sorted(known)
        assert [at is None for at in before.before] == sorted(at is None for at in before.before)
    for i in range(len(stated)):
        one, other = less.before[i], more.before[i]
        assert one is None or (other is not None and other <= one)


@given(
    st.lists(st.tuples(st.sampled_from(OTHERS), TRUE), min_size=1, max_size=8),
    st.randoms(use_true_random=False),
)
def test_the_order_of_evidence_does_not_matter(
    evidence: list[tuple[str, int]], chance: random.Random
) -> None:
    seen = [Seen(LOG, 1, by, at) for by, at in evidence]
    words = [Word(LOG, 0, by, at) for by, at in evidence]
    one = bracket([1_500], seen, words)
    chance.shuffle(seen)
    chance.shuffle(words)
    other = bracket([1_500], seen, words)
    assert (one.after, one.before) == (other.after, other.before)
