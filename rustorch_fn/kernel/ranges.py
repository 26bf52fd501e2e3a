"""Least and greatest values of index expressions, and what division becomes once they are known."""

from __future__ import annotations

from collections.abc import Mapping
from math import gcd

from .expr import BITS, INDEX, SIGNED, UNSIGNED, Expr, add, const, highest, idiv, index, linear, lowest, mul

Range = tuple[int, int]
_UNKNOWN: Range = (-(1 << 63), (1 << 63) - 1)


class Ranges:
    """Least and greatest values of index expressions, and what division becomes once they are known."""

    def __init__(self) -> None:
        self.known: dict[Expr, Range] = {}
        self.rank: dict[Expr, int] = {}

    def of(self, e: Expr) -> Range:
        if e not in self.known:
            self.known[e] = self._of(e)
        return self.known[e]

    def _of(self, e: Expr) -> Range:
        match e.op:
            case "axis":
                return 0, e.attr.extent - 1
            case "idiv":
                low, high = self.of(e.args[0])
                return max(low, 0) // e.attr, max(high, 0) // e.attr
            case "imod":
                return 0, e.attr - 1
            case "convert" if e.args[0].dtype in ("bool", *SIGNED, *UNSIGNED) and BITS[e.args[0].dtype] < 64:
                return (0, 1) if e.args[0].dtype == "bool" else (lowest(e.args[0].dtype), highest(e.args[0].dtype))
            case "min" | "max" if e.dtype == INDEX:
                (a, b), (c, d) = map(self.of, e.args)
                return (min(a, c), min(b, d)) if e.op == "min" else (max(a, c), max(b, d))
        constant, terms = linear(e)
        return _UNKNOWN if terms == {e: 1} else self.sum(constant, terms)

    def sum(self, constant: int, terms: Mapping[Expr, int]) -> Range:
        low = high = constant
        for atom, k in terms.items():
            a, b = self.of(atom)
            low, high = low + min(k * a, k * b), high + max(k * a, k * b)
        return low, high

    def affine(self, constant: int, terms: Mapping[Expr, int]) -> Expr:
        """One expression for each affine form, however it came about."""
        for atom in terms:
            self.rank.setdefault(atom, len(self.rank))
        total = index(0)
        for atom in sorted(terms, key=self.rank.__getitem__):
            total = add(total, mul(atom, const(terms[atom], INDEX)))
        return add(total, index(constant))

    def divide(self, x: Expr, n: int) -> Expr:
        """x // n for x >= 0: what n divides leaves the division, what is too small for n vanishes."""
        constant, terms = linear(x)
        out = {a: k // n for a, k in terms.items() if k % n == 0}
        rest = {a: k for a, k in terms.items() if k % n}
        low, high = self.sum(constant % n, rest)
        if low <= _UNKNOWN[0] // 2:
            return idiv(self.affine(constant, terms), n)
        # a rest that may be negative is brought above 0 by a multiple of n
        lift = max(0, -(low // n))
        whole = self.affine(constant // n - lift, out)
        return whole if high + lift * n < n else add(whole, self._quotient(constant % n + lift * n, rest, n))

    def _quotient(self, constant: int, terms: dict[Expr, int], n: int) -> Expr:
        # (g*y + s) // n is y // (n/g) where g divides n and 0 <= s < g
        g, small = n, dict(terms)
        for atom in sorted(terms, key=lambda a: -abs(terms[a])):
            g = gcd(g, small.pop(atom))
            if g == 1:
                break
            low, high = self.sum(constant % g, small)
            if 0 <= low and high < g:
                large = {a: k // g for a, k in terms.items() if a not in small}
                return self.divide(self.affine(constant // g, large), n // g)
        x = self.affine(constant, terms)
        return idiv(x.args[0], x.attr * n) if x.op == "idiv" else idiv(x, n)

    def remainder(self, x: Expr, n: int) -> Expr:
        """x % n for x >= 0, said by division so that n * (x // n) + x % n becomes x."""
        constant, terms = linear(x)
        rest = {a: k for a, k in terms.items() if k % n}
        low, high = self.sum(constant % n, rest)
        if 0 <= low and high < n:
            return self.affine(constant % n, rest)
        constant, rest = (constant % n, rest) if low > _UNKNOWN[0] // 2 else (constant, terms)
        c, t = linear(self.divide(self.affine(constant, rest), n))
        total = dict(rest)
        for atom, k in t.items():
            total[atom] = total.get(atom, 0) - n * k
        return self.affine(constant - n * c, {a: k for a, k in total.items() if k})
