"""Pseudo-random whole numbers in the SQL that every engine shares: the same seed gives the same numbers everywhere.

Arithmetic modulo a prime: an affine step, a square, an affine step. The square breaks up the lattice that affine steps
alone would leave between columns; nothing exceeds 63 bits.
"""

import hashlib
import math
from collections.abc import Sequence
from itertools import accumulate

from langgraph_dba.database.data.generator.profile import Spread

PRIME = 2_147_483_647
_SMALL = 2**30  # keeps (PRIME) * (PRIME + b) below 2**63


def scatter(number: str, *salt: object) -> str:
    """Return SQL for a number in [0, PRIME) that looks random, made of the number and a salt."""
    digest = hashlib.sha256("\0".join(map(str, salt)).encode()).digest()
    a, b, c, d = (int.from_bytes(digest[start : start + 4], "big") % _SMALL + 1 for start in (0, 4, 8, 12))
    # at most 2**31 rows: the first product stays below 2**61
    step = f"((({number}) * {a} + {b}) % {PRIME})"
    return f"((({step} * ({step} + {c})) % {PRIME} * {d} + {a}) % {PRIME})"


def choose(number: str, size: int, spread: Spread, *salt: object) -> str:
    """Return SQL that chooses one of `size` places (from 0) for row `number`, spread as asked."""
    random = scatter(number, *salt)
    if spread.kind == "even":
        return f"(({number}) % {size})"
    if spread.kind == "uniform":
        return f"({random} % {size})"
    bands = _zipf_bands(size, spread.exponent) if spread.kind == "zipf" else _share_bands(size, spread.shares)
    return _banded(random, scatter(number, "within", *salt), bands)


Band = tuple[int, int, float]  # first place, number of places, share of all rows


def _zipf_bands(size: int, exponent: float) -> list[Band]:
    """Cut the places into bands that double in length; within one the places are alike (first four exact)."""
    bands: list[tuple[int, int]] = [(place, 1) for place in range(min(size, 4))]
    start, length = 4, 2
    while start < size:
        bands.append((start, min(length, size - start)))
        start, length = start + length, length * 2
    weights = [_zipf_weight(first, length, exponent) for first, length in bands]
    total = sum(weights)
    return [(first, length, weight / total) for (first, length), weight in zip(bands, weights, strict=True)]


def _zipf_weight(first: int, length: int, exponent: float) -> float:
    """Add `k ** -exponent` over a band; a long one by its ends and middle (Simpson), which is exact to a thousandth."""
    low, high = float(first + 1), float(first + length)
    if length <= 64:  # noqa: PLR2004  cheap enough to add up
        return math.fsum((low + step) ** -exponent for step in range(length))
    middle = (low + high) / 2
    return length * math.fsum((low**-exponent, 4 * middle**-exponent, high**-exponent)) / 6


def _share_bands(size: int, shares: Sequence[float]) -> list[Band]:
    given = list(shares[:size])
    rest = max(0.0, 1.0 - sum(given))
    bands = [(place, 1, share) for place, share in enumerate(given)]
    return [*bands, (len(given), size - len(given), rest)] if len(given) < size else bands


def _banded(random: str, within: str, bands: Sequence[Band]) -> str:
    """A CASE over the cumulated shares, and a second number for the place inside a band."""
    ends = list(accumulate(share for *_, share in bands))
    cases = [
        f"WHEN {random} < {int(end / ends[-1] * PRIME)} THEN {_place(within, band)}"
        for end, band in zip(ends[:-1], bands[:-1], strict=True)
    ]
    return f"CASE {' '.join(cases)} ELSE {_place(within, bands[-1])} END" if cases else _place(within, bands[-1])


def _place(within: str, band: Band) -> str:
    first, length, _ = band
    return str(first) if length == 1 else f"{first} + {within} % {length}"
