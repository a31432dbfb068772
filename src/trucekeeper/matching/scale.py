"""Logarithms and exponentials in whole numbers, the same on every machine.

Scores are milli-nats (thousandths of a natural-log unit). Built by integer arithmetic alone, never
by a floating-point library whose last digit may differ."""

from __future__ import annotations

_LN2_MICRO = 693_147
_STEPS = 256
_E12 = 10**12


def _ln_steps_milli() -> tuple[int, ...]:
    """1000 × ln(1 + k/256), rounded, for k = 0 to 255: ln(x) = 2 artanh((x − 1) / (x + 1))."""
    found = []
    for k in range(_STEPS):
        ratio = k * _E12 // (2 * _STEPS + k)
        total, power = 0, ratio
        for n in range(1, 40, 2):
            total += power // n
            power = power * ratio // _E12 * ratio // _E12
        found.append((2 * total + _E12 // 2000) // (_E12 // 1000))
    return tuple(found)


LN_STEPS_MILLI = _ln_steps_milli()

#: One step of the exponential table, in milli-nats, and exp(0.05) in billionths.
STEP_MILLI = 50
_EXP_STEP_E9 = 1_051_271_096
SCORE_LIMIT_MILLI = 15_000


def ln_milli(n: int) -> int:
    """1000 × ln(n) of a whole number from 1, within 5 (the mantissa is cut to 1/256)."""
    assert n >= 1
    exponent = n.bit_length() - 1
    step = (n << 8 >> exponent) - _STEPS
    return exponent * _LN2_MICRO // 1000 + LN_STEPS_MILLI[step]


def _exponentials() -> tuple[int, ...]:
    """exp(x) × 10^9 for x = −15 to 15 nats in steps of 0.05, by repeated multiplication."""
    steps = SCORE_LIMIT_MILLI // STEP_MILLI
    one = 10**18
    rising = [one]
    for _ in range(steps):
        rising.append(rising[-1] * _EXP_STEP_E9 // 10**9)
    falling = [one * one // value for value in rising[:0:-1]]
    return tuple(value // 10**9 for value in falling + rising)


WEIGHTS_E9 = _exponentials()


def weight(score_milli: int) -> int:
    """10^9 × exp(score), from the table; scores beyond ±15 nats count as that."""
    bounded = max(-SCORE_LIMIT_MILLI, min(SCORE_LIMIT_MILLI, score_milli))
    return WEIGHTS_E9[(bounded + SCORE_LIMIT_MILLI) // STEP_MILLI]
