"""Reports and the members of incidents as columns: what relations are made of where they are made
for all incidents at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from operator import attrgetter
from typing import Any

import numpy as np
import pyarrow as pa

from trucekeeper.agreement.rules import Agreement
from trucekeeper.incidents.elements import Incident
from trucekeeper.incidents.located import Located
from trucekeeper.matching.clusters import Matches, Membership
from trucekeeper.vocabulary.columns import Classes, classes, ints, starts_of
from trucekeeper.vocabulary.ids import RefText
from trucekeeper.vocabulary.places import Bools, Ints


class Reports:
    """The located reports as columns, each made when it is first looked at."""

    def __init__(self, located: Sequence[Located], agreement: Agreement) -> None:
        self.located = located
        self.agreement = agreement
        self._classes: dict[tuple[str, ...], Classes[Any]] = {}

    def by(self, *paths: str) -> Classes[Any]:
        """The reports by what one attribute says, or several together: as `report.act`."""
        if paths not in self._classes:
            self._classes[paths] = classes(map(attrgetter(*paths), self.located))
        return self._classes[paths]

    @cached_property
    def row_of(self) -> Mapping[RefText, int]:
        """Where each report stands."""
        return {report.ref: row for row, report in enumerate(self.located)}

    @cached_property
    def refs(self) -> pa.Array:
        """The reference of each."""
        return pa.array([report.ref for report in self.located], type=pa.string())

    @cached_property
    def source(self) -> Ints:
        """The place of each one's source in the agreement's order."""
        known = self.by("source")
        places: Ints = ints([self.agreement.order[source] for source in known.values])[known.of]
        return places

    @cached_property
    def spans(self) -> tuple[Ints, Ints]:
        """From when and until before when each happened."""
        known = self.by("earliest", "latest")
        table = np.array(known.values, dtype=np.int64).reshape(-1, 2)
        return table[known.of, 0], table[known.of, 1]


class Members:
    """Incident after incident, within each in the order of its members, which is that of their
    ties. row: which of the reports each member is. of: which incident it is of. start: where the
    members of each begin, one more than there are incidents."""

    def __init__(self, reports: Reports, incidents: Sequence[Incident], matches: Matches) -> None:
        self.reports = reports
        self.agreement = reports.agreement
        self.incidents = incidents
        self.matches = matches
        counts = [len(incident.members) for incident in incidents]
        row_of = reports.row_of
        self.row = ints([row_of[m.ref] for incident in incidents for m in incident.members])
        self.start = starts_of(counts)
        self.of = np.repeat(np.arange(len(incidents)), ints(counts))
        self.source: Ints = reports.source[self.row]
        earliest, latest = reports.spans
        self.earliest: Ints = earliest[self.row]
        self.latest: Ints = latest[self.row]

    def least(self, values: Ints) -> Ints:
        """Of each incident the least of its members' values."""
        found: Ints = np.minimum.reduceat(values, self.start[:-1]) if len(values) else values
        return found

    def greatest(self, values: Ints) -> Ints:
        """Of each incident the greatest of its members' values."""
        found: Ints = np.maximum.reduceat(values, self.start[:-1]) if len(values) else values
        return found

    @cached_property
    def numbers(self) -> pa.Array:
        """The number of each incident."""
        return pa.array([incident.number for incident in self.incidents], type=pa.string())

    @cached_property
    def refs(self) -> pa.Array:
        """The reference of each member."""
        return self.reports.refs.take(pa.array(self.row))

    @cached_property
    def sources(self) -> pa.Array:
        """The sources, in the agreement's order."""
        return pa.array(list(self.agreement.order), type=pa.string())

    @cached_property
    def of_cluster(self) -> Sequence[int]:
        """For each cluster of the matcher the incident that it is."""
        row_of = self.reports.row_of
        home = np.empty(len(self.row), dtype=np.int64)
        home[self.row] = self.of
        first = [row_of[RefText(cluster[0])] for cluster in self.matches.clusters]
        found: list[int] = home[first].tolist()
        return found

    @cached_property
    def memberships(self) -> list[Membership]:
        """What the matcher says of each member."""
        held, located = self.matches.memberships, self.reports.located
        return [held[located[row].ref] for row in self.row.tolist()]

    @cached_property
    def posterior(self) -> Ints:
        """How sure each membership is, thousandths."""
        return ints([held.posterior_milli for held in self.memberships])

    @cached_property
    def is_participant(self) -> Bools:
        """Which members are participants' own reports."""
        participants = self.agreement.participants
        known = np.array([source in participants for source in self.agreement.order], dtype=bool)
        result: Bools = known[self.source]
        return result

    @cached_property
    def pairs(self) -> tuple[Ints, Ints]:
        """Every two reports of one incident by different participants, the one before the other."""
        rows = np.flatnonzero(self.is_participant)
        of = self.of[rows]
        ones, others = [rows[:0]], [rows[:0]]
        for step in range(1, len(rows)):
            together = np.flatnonzero(of[step:] == of[:-step])
            if not len(together):
                break
            ones.append(rows[together])
            others.append(rows[together + step])
        one, other = np.concatenate(ones), np.concatenate(others)
        different = self.source[one] != self.source[other]
        return one[different], other[different]
