"""Pseudo-random integers in SQL that all engines share: the same seed results in the same numbers on every engine.

The numbers are computed modulo a prime: an affine step, a square, an affine step. With affine steps only, the values of
two columns would lie on a lattice; the square removes it. No intermediate result exceeds 63 bits.
"""

import hashlib
import math
from collections.abc import Sequence
from itertools import accumulate

from langgraph_dba.database.data.generator.profile import Spread

PRIME = 2_147_483_647
_SMALL = 2**30  # the largest coefficient: PRIME * (PRIME + _SMALL) is below 2**63


def scatter(number: str, *salt: object) -> str:
    """Return SQL for a pseudo-random number in [0, PRIME), computed from a number and a salt."""
    digest = hashlib.sha256("\0".join(map(str, salt)).encode()).digest()
    a, b, c, d = (int.from_bytes(digest[start : start + 4], "big") % _SMALL + 1 for start in (0, 4, 8, 12))
    # at most 2**31 rows: the first product stays below 2**61
    step = f"((({number}) * {a} + {b}) % {PRIME})"
    return f"((({step} * ({step} + {c})) % {PRIME} * {d} + {a}) % {PRIME})"


def choose(number: str, size: int, spread: Spread, *salt: object) -> str:
    """Return SQL that chooses one of `size` positions (from 0) for row `number`, distributed by `spread`."""
    random = scatter(number, *salt)
    if spread.kind == "even":
        return f"(({number}) % {size})"
    if spread.kind == "uniform":
        return f"({random} % {size})"
    bands = _zipf_bands(size, spread.exponent) if spread.kind == "zipf" else _share_bands(size, spread.shares)
    return _band_expression(random, scatter(number, "within", *salt), bands)


Band = tuple[int, int, float]  # first position, number of positions, share of all rows


def _zipf_bands(size: int, exponent: float) -> list[Band]:
    """Divide the positions into bands of doubling length; within a band all have the same share.

    A CASE with one branch per position would be as long as the table. The first four positions are exact.
    """
    bands: list[tuple[int, int]] = [(position, 1) for position in range(min(size, 4))]
    start, length = 4, 2
    while start < size:
        bands.append((start, min(length, size - start)))
        start, length = start + length, length * 2
    weights = [_zipf_weight(first, length, exponent) for first, length in bands]
    total = sum(weights)
    return [(first, length, weight / total) for (first, length), weight in zip(bands, weights, strict=True)]


def _zipf_weight(first: int, length: int, exponent: float) -> float:
    """Return the sum of `k ** -exponent` over a band; of a long one by Simpson's rule, with an error below 0.1 %."""
    low, high = float(first + 1), float(first + length)
    if length <= 64:  # noqa: PLR2004  cheap enough to add up
        return math.fsum((low + step) ** -exponent for step in range(length))
    middle = (low + high) / 2
    return length * math.fsum((low**-exponent, 4 * middle**-exponent, high**-exponent)) / 6


def _share_bands(size: int, shares: Sequence[float]) -> list[Band]:
    listed = list(shares[:size])
    rest = max(0.0, 1.0 - sum(listed))
    bands = [(position, 1, share) for position, share in enumerate(listed)]
    return [*bands, (len(listed), size - len(listed), rest)] if len(listed) < size else bands


def _band_expression(random: str, within: str, bands: Sequence[Band]) -> str:
    """Return a CASE over the cumulated shares; `within` is a second random number for the position inside a band."""
    ends = list(accumulate(share for *_, share in bands))
    cases = [
        f"WHEN {random} < {int(end / ends[-1] * PRIME)} THEN {_position(within, band)}"
        for end, band in zip(ends[:-1], bands[:-1], strict=True)
    ]
    return f"CASE {' '.join(cases)} ELSE {_position(within, bands[-1])} END" if cases else _position(within, bands[-1])


def _position(within: str, band: Band) -> str:
    first, length, _ = band
    return str(first) if length == 1 else f"{first} + {within} % {length}"
