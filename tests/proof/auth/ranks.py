"""ranks - do two series of times differ?

p of Wilcoxon's signed-rank test for differences within pairs, and of Mann and Whitney's for two series;
both two-sided, by the normal approximation, from 30 values on.
"""
import itertools
import math

LEAST = 30


def _ranked(values):
    """(value, rank) in order; equal values share the mean of their ranks."""
    rank = 0
    for value, group in itertools.groupby(sorted(values)):
        n = len(list(group))
        for _ in range(n):
            yield value, rank + (n + 1) / 2
        rank += n


def _two_sided(z):
    return math.erfc(abs(z) / math.sqrt(2))


def signed_rank_p(differences):
    values = [d for d in differences if d != 0]
    n = len(values)
    if n < LEAST:
        raise ValueError(f"at least {LEAST} differences")
    ranks = dict(_ranked(abs(d) for d in values))
    plus = sum(ranks[d] for d in values if d > 0)
    return _two_sided((plus - n * (n + 1) / 4) / math.sqrt(n * (n + 1) * (2 * n + 1) / 24))


def mann_whitney_p(a, b):
    if min(len(a), len(b)) < LEAST:
        raise ValueError(f"at least {LEAST} times each")
    ranks = dict(_ranked([*a, *b]))
    n, m = len(a), len(b)
    u = sum(ranks[value] for value in a) - n * (n + 1) / 2
    return _two_sided((u - n * m / 2) / math.sqrt(n * m * (n + m + 1) / 12))
