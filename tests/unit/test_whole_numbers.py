"""Distances, insides and instants in whole numbers, against slower or longer definitions."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trucekeeper.vocabulary.places import Polygon, inside, point_squared_m, squared_m
from trucekeeper.vocabulary.times import FIRST_INSTANT, LAST_INSTANT, instant_text, parse_instant

LATS = st.integers(-90_000_000, 90_000_000)
LONS = st.integers(-180_000_000, 180_000_000)


@given(LATS, LONS, LATS, LONS)
def test_one_distance_is_that_of_many(lat: int, lon: int, other_lat: int, other_lon: int) -> None:
    many = squared_m(*(np.array([value]) for value in (lat, lon, other_lat, other_lon)))
    assert point_squared_m(lat, lon, other_lat, other_lon) == int(many[0])
    assert point_squared_m(other_lat, other_lon, lat, lon) == int(many[0])


@given(
    st.integers(-60_000_000, 60_000_000),
    LONS,
    st.integers(-200_000, 200_000),
    st.integers(-200_000, 200_000),
)
def test_near_distances_are_those_of_the_sphere(lat: int, lon: int, north: int, east: int) -> None:
    """Within 20 km and 60 degrees, to one part in a hundred and two metres."""
    found = math.isqrt(point_squared_m(lat, lon, lat + north, lon + east))
    metres = 40_007_863 / 360_000_000
    middle = math.radians((lat + north / 2) / 1_000_000)
    true = math.hypot(north * metres, east * metres * math.cos(middle))
    assert abs(found - true) <= true / 100 + 2


CORNERS = st.tuples(st.integers(0, 40), st.integers(0, 40))


@given(st.lists(CORNERS, min_size=3, max_size=7), st.integers(0, 40), st.integers(0, 40))
def test_inside_is_an_odd_number_of_crossings(
    corners: list[tuple[int, int]], lon: int, lat: int
) -> None:
    # Corners lie on even numbers, points between them, so that no point is on an edge by a corner.
    ring = tuple((2 * x, 2 * y) for x, y in [*corners, corners[0]])
    x, y = 2 * lon + 1, 2 * lat + 1
    crossings = 0
    on_an_edge = False
    for (ax, ay), (bx, by) in pairwise(ring):
        if (ay > y) != (by > y):
            at = ax + Fraction((y - ay) * (bx - ax), by - ay)
            on_an_edge |= at == x
            crossings += at > x
    if not on_an_edge:
        found = inside(Polygon((ring,)), np.array([y]), np.array([x]))
        assert bool(found[0]) == (crossings % 2 == 1)


@given(st.integers(FIRST_INSTANT, LAST_INSTANT))
def test_an_instant_is_read_as_it_is_written(seconds: int) -> None:
    assert parse_instant(instant_text(seconds)) == seconds


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2031-03-01",
        "2031-02-30T00:00:00Z",
        "2031-03-01T00:00:00",
        "31-03-01T00:00:00Z",
        "2031-03-01T24:00:01Z",
    ],
)
def test_what_is_no_instant(text: str) -> None:
    assert parse_instant(text) is None
