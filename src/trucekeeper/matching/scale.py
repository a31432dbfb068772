"""Logarithms and exponentials in whole numbers, the same on every machine.

Scores are milli-nats (thousandths of a natural-log unit). Built by integer arithmetic alone, never
by a floating-point library whose last digit may differ."""

from __future__ import annotations

import numpy as np

from trucekeeper.vocabulary.places import Ints

#: 1000 × ln(1 + k/16), rounded, for k = 0 to 15.
_LN_SIXTEENTHS = (0, 61, 118, 172, 223, 272, 318, 363, 405, 446, 486, 523, 560, 595, 629, 661)
_LN2_MICRO = 693_147
_LN_TABLE = np.array(_LN_SIXTEENTHS, dtype=np.int64)

#: One step of the exponential table, in milli-nats, and exp(0.05) in billionths.
STEP_MILLI = 50
_EXP_STEP_E9 = 1_051_271_096
SCORE_LIMIT_MILLI = 15_000


def ln_milli(n: int) -> int:
    """1000 × ln(n) of a whole number from 1, within 61 (the mantissa is cut to sixteenths)."""
    assert n >= 1
    exponent = n.bit_length() - 1
    sixteenth = (n << 4 >> exponent) - 16
    return exponent * _LN2_MICRO // 1000 + _LN_SIXTEENTHS[sixteenth]


def ln_milli_array(n: Ints) -> Ints:
    """`ln_milli` of each number. Numbers are below 2^53."""
    exponent = np.frexp(n.astype(np.float64))[1].astype(np.int64) - 1
    sixteenth = (
        np.where(exponent >= 4, n >> np.maximum(exponent - 4, 0), n << np.maximum(4 - exponent, 0))
        - 16
    )
    result: Ints = exponent * _LN2_MICRO // 1000 + _LN_TABLE[sixteenth]
    return result


def _exponentials() -> tuple[int, ...]:
    """exp(x) × 10^9 for x = −15 to 15 nats in steps of 0.05, by repeated multiplication."""
    steps = SCORE_LIMIT_MILLI // STEP_MILLI
    one = 10**18
    rising = [one]
    for _ in range(steps):
        rising.append(rising[-1] * _EXP_STEP_E9 // 10**9)
    falling = [one * one // value for value in rising[:0:-1]]
    return tuple(value // 10**9 for value in falling + rising)


_EXP_E9 = _exponentials()


def weight(score_milli: int) -> int:
    """10^9 × exp(score), from the table; scores beyond ±15 nats count as that."""
    bounded = max(-SCORE_LIMIT_MILLI, min(SCORE_LIMIT_MILLI, score_milli))
    return _EXP_E9[(bounded + SCORE_LIMIT_MILLI) // STEP_MILLI]
