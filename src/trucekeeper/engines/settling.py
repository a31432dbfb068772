"""Joining and moving within a group, compiled: what `matching.clusters` defines.

Within a group a member is known by its position in the order of ties, an incident by its least
member. `held` is the evidence for each incident."""

from __future__ import annotations

import numpy as np

from trucekeeper.engines.compiled import compiled
from trucekeeper.engines.scoring import Array
from trucekeeper.engines.sets import clash, set_score
from trucekeeper.matching.terms import FORBIDDEN

#: What a move may go to besides an incident.
_NOWHERE, _ALONE = -1, -2


@compiled
def settle_groups(
    rows: Array,
    grams: Array,
    e: Array,
    apart: Array,
    rounds: int,
    most: int,
    start: Array,
    listed: Array,
    edge_start: Array,
    edges: Array,
    one: Array,
    other: Array,
    score: Array,
    first: int,
    last: int,
    label: Array,
) -> None:
    """Settle groups first to last. start, listed: the rows of each group in the order of ties.
    edge_start, edges: the edges within each, best first. label: becomes for each row the least
    member of its incident."""
    room = 1
    for group in range(first, last):
        room = max(room, start[group + 1] - start[group])
    buffer, sums = np.empty(room + 1, np.int64), np.empty(room + 1, np.int64)
    for group in range(first, last):
        members = listed[start[group] : start[group + 1]]
        ends = local_ends(members, edges[edge_start[group] : edge_start[group + 1]], one, other)
        home = np.arange(len(members))
        held = np.zeros(len(members) + 2, np.int64)
        scores = score[edges[edge_start[group] : edge_start[group + 1]]]
        join(rows, grams, e, apart, most, members, ends, scores, home, held, buffer, sums)
        if len(members) > 2:
            move_all(rows, grams, e, apart, rounds, most, members, ends, home, held, buffer, sums)
        for m in range(len(members)):
            label[members[m]] = members[home[m]]


@compiled
def local_ends(members: Array, edges: Array, one: Array, other: Array) -> Array:
    """The positions of both ends of edges among the members of their group."""
    ends = np.zeros((len(edges), 2), np.int64)
    for n in range(len(edges)):
        for m in range(len(members)):
            if members[m] == one[edges[n]]:
                ends[n, 0] = m
            if members[m] == other[edges[n]]:
                ends[n, 1] = m
    return ends


@compiled
def join(
    rows: Array,
    grams: Array,
    e: Array,
    apart: Array,
    most: int,
    members: Array,
    ends: Array,
    scores: Array,
    home: Array,
    held: Array,
    buffer: Array,
    sums: Array,
) -> None:
    """Join the best pairs first, as long as the evidence grows."""
    for n in range(len(ends)):
        if scores[n] <= 0:
            break
        a, b = home[ends[n, 0]], home[ends[n, 1]]
        if a == b:
            continue
        k = gather(home, members, a, -1, buffer, 0)
        k = gather(home, members, b, -1, buffer, k)
        both = scored(rows, grams, e, apart, most, buffer, k, sums)
        if both > held[a] + held[b]:
            least, gone = min(a, b), max(a, b)
            held[least], held[gone] = both, 0
            for m in range(len(home)):
                if home[m] == gone:
                    home[m] = least


@compiled
def gather(home: Array, members: Array, incident: int, but: int, out: Array, k: int) -> int:
    """Append the rows of an incident, but one member, to out from k on."""
    for m in range(len(home)):
        if home[m] == incident and m != but:
            out[k] = members[m]
            k += 1
    return k


@compiled
def scored(
    rows: Array, grams: Array, e: Array, apart: Array, most: int, chosen: Array, k: int, sums: Array
) -> int:
    """The evidence of a set, FORBIDDEN if it is too large or holds rows that are bound to be
    apart."""
    if k > most:
        return FORBIDDEN
    for n in range(len(apart)):
        first, second = False, False
        for a in range(k):
            first |= chosen[a] == apart[n, 0]
            second |= chosen[a] == apart[n, 1]
        if first and second:
            return FORBIDDEN
    return set_score(rows, grams, e, chosen, k, sums)


@compiled
def move_all(
    rows: Array,
    grams: Array,
    e: Array,
    apart: Array,
    rounds: int,
    most: int,
    members: Array,
    ends: Array,
    home: Array,
    held: Array,
    buffer: Array,
    sums: Array,
) -> None:
    """Let every member move, in rounds, until none does."""
    count = len(members)
    start = np.zeros(count + 1, np.int64)
    for n in range(len(ends)):
        start[ends[n, 0] + 1] += 1
        start[ends[n, 1] + 1] += 1
    for m in range(count):
        start[m + 1] += start[m]
    near, filled = np.empty(2 * len(ends), np.int64), start[:count].copy()
    for n in range(len(ends)):
        a, b = ends[n]
        near[filled[a]], near[filled[b]] = b, a
        filled[a] += 1
        filled[b] += 1
    for _ in range(rounds):
        moved = False
        for m in range(count):
            at = near[start[m] : start[m + 1]]
            if worth_a_look(home, m, at):
                moved |= move(rows, grams, e, apart, most, m, members, at, home, held, buffer, sums)
        if not moved:
            break


@compiled
def worth_a_look(home: Array, member: int, near: Array) -> bool:
    """Whether a member has a rival, or is one of at least three: of two that were joined none gains
    by leaving."""
    for m in near:
        if home[m] != home[member]:
            return True
    together = 0
    for m in range(len(home)):
        together += home[m] == home[member]
    return together > 2


@compiled
def move(
    rows: Array,
    grams: Array,
    e: Array,
    apart: Array,
    most: int,
    member: int,
    members: Array,
    near: Array,
    home: Array,
    held: Array,
    buffer: Array,
    sums: Array,
) -> bool:
    """Move a member to its best option, if it gains."""
    own, row = home[member], members[member]
    k = gather(home, members, own, member, buffer, 0)
    rest = scored(rows, grams, e, apart, most, buffer, k, sums)
    best, goal, swap, there_best, here_best = np.int64(0), _NOWHERE, -1, np.int64(0), rest
    if k > 0 and rest > held[own]:
        best, goal = rest - held[own], _ALONE
    for m in near:
        rival = home[m]
        if rival == own or rival == goal:
            continue
        exchanged, clashes = -1, 0
        for n in range(len(home)):
            if home[n] == rival and clash(rows, members[n], row):
                exchanged = n
                clashes += 1
        if clashes > 1:
            continue
        k = gather(home, members, rival, exchanged, buffer, 0)
        buffer[k] = row
        there, here = scored(rows, grams, e, apart, most, buffer, k + 1, sums), rest
        if exchanged >= 0:
            k = gather(home, members, own, member, buffer, 0)
            buffer[k] = members[exchanged]
            here = scored(rows, grams, e, apart, most, buffer, k + 1, sums)
        if there == FORBIDDEN or here == FORBIDDEN:
            continue
        gain = there + here - held[rival] - held[own]
        if gain > best or (gain == best and goal >= 0 and rival < goal):
            best, goal, swap, there_best, here_best = gain, rival, exchanged, there, here
    if goal == _NOWHERE:
        return False
    rehome(home, held, member, goal, swap, here_best, there_best)
    return True


@compiled
def rehome(
    home: Array, held: Array, member: int, goal: int, swap: int, here: int, there: int
) -> None:
    """Carry out a move. Both incidents get new least members; until then they go under numbers of
    nobody."""
    own, count = home[member], len(home)
    for m in range(count):
        if home[m] == own:
            home[m] = count
        elif home[m] == goal:
            home[m] = count + 1
    home[member] = count + 1
    if swap >= 0:
        home[swap] = count
    held[own] = 0
    if goal >= 0:
        held[goal] = 0
    rename(home, held, count, here)
    rename(home, held, count + 1, there)


@compiled
def rename(home: Array, held: Array, incident: int, evidence: int) -> None:
    """Know an incident by its least member, and note its evidence."""
    least = -1
    for m in range(len(home)):
        if home[m] == incident:
            if least < 0:
                least = m
            home[m] = least
    if least >= 0:
        held[least] = evidence
