"""What rests on entries that are not counted: statements that cite them or a head beyond a freeze,
themselves or through others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from trucekeeper.governance.freeze import Frozen, cited_heads
from trucekeeper.governance.record import Stated
from trucekeeper.vocabulary.ids import RefText, ref_text


def resting(frozen: Frozen, admissible: Iterable[Stated]) -> Mapping[RefText, tuple[RefText, ...]]:
    """Statement → the disputed entries on which it rests, in order. For a head, the last entry that
    it commits to."""
    if not frozen.freezes:
        return {}
    cites: dict[RefText, set[RefText]] = {}
    cited_by: dict[RefText, set[RefText]] = defaultdict(set)
    for stated in admissible:
        direct: set[RefText] = set()
        heads = cited_heads(stated)
        direct |= {ref_text(log, size - 1) for log, size in heads if frozen.beyond(log, size)}
        for r in () if stated.envelope is None else stated.envelope.references:
            if frozen.beyond(r.log, r.index + 1):
                direct.add(ref_text(r.log, r.index))
            else:
                cited_by[ref_text(r.log, r.index)].add(stated.ref)
        if direct:
            cites[stated.ref] = direct
    found: dict[RefText, set[RefText]] = defaultdict(set)
    waiting = list(cites.items())
    while waiting:
        ref, disputed = waiting.pop()
        more = disputed - found[ref]
        if more:
            found[ref] |= more
            waiting += [(other, more) for other in cited_by.get(ref, ())]
    return {ref: tuple(sorted(refs)) for ref, refs in found.items()}
