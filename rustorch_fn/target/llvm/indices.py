"""Index arithmetic: each part of an address is computed in the loop in which it changes."""

from __future__ import annotations

from rustorch_fn.kernel.expr import INDEX, Buffer, Expr, linear
from rustorch_fn.kernel.machine import Machine
from rustorch_fn.kernel.ranges import Ranges
from rustorch_fn.kernel.schedule import Schedule

from . import words
from .regions import Loops, Region, iota
from .words import many

LIMIT = 1 << 30  # numbers below it add up within 32 bits
FAR = 1 << 61  # numbers below it do not wrap around when they are added
NEAR = 1 << 20  # how far the lanes of a comparison may lie apart


class Indices(Loops):
    """Index expressions as numbers, vectors and pointers."""

    def __init__(self, plan: Schedule, machine: Machine) -> None:
        super().__init__(plan, machine)
        self.ranges = Ranges()

    def value(self, e: Expr) -> str:
        """The name of e's value."""
        raise NotImplementedError

    def operand(self, e: Expr, lanes: int) -> str:
        """e's value as a vector of `lanes` (a scalar for 0)."""
        raise NotImplementedError

    def spread(self, home: Region, x: str, kind: str, lanes: int) -> str:
        """A scalar in every lane, once for each scalar."""
        if not x.startswith("%"):
            return f"splat ({kind} {x})"
        key = ("splat", x, lanes)
        name = home.memo.get(key)
        if name is None:
            name = home.memo[key] = home.splat(x, kind, lanes)
        return name

    def bound(self, e: Expr, lanes: int) -> str:
        """An operand of index arithmetic: its constants come from the context."""
        if e.op != "const":
            return self.operand(e, lanes)
        x = self.number(e.attr)
        return self.spread(self.root, x, "i64", lanes) if lanes else x

    def bound_number(self, value: int, lanes: int) -> str:
        x = self.number(value)
        return self.spread(self.root, x, "i64", lanes) if lanes else x

    def position(self, e: Expr, home: Region, lanes: int, kind: str = "i64") -> str:
        """An index expression as a value (of a narrower integer kind in vectors)."""
        if e.op in ("idiv", "imod"):
            return self.resize(home, self.divide(e, home, lanes), kind, lanes)
        constant, terms = linear(e)
        if terms == {e: 1} and e.op != "axis":
            x, y = e.args
            out = words.say(home, e.op, INDEX, [self.bound(x, lanes), self.bound(y, lanes)], lanes)
            return self.resize(home, out, kind, lanes)
        if not lanes:
            return self.offset(constant, terms)
        base = self.resize(home, self.offset(constant, self.starts(terms)), kind, 0)
        vector = self.steps(terms, home, lanes, kind)
        return home.op("add", many(kind, lanes), self.spread(home, base, kind, lanes), vector)

    def relation(self, e: Expr, home: Region, lanes: int) -> str | None:
        """A comparison of indices that move evenly from lane to lane, in 32 bits; None for others."""
        (a, more), (b, less) = linear(e.args[0]), linear(e.args[1])
        if any(abs(end) > FAR for sides in ((a, more), (b, less)) for end in self.ranges.sum(*sides)):
            return None
        terms = {x: more.get(x, 0) - less.get(x, 0) for x in {**more, **less}}
        moving = {x: k for x, k in terms.items() if k and self.lanes(x)}
        if len(moving) != 1 or any(x.op != "axis" or abs(k) * lanes >= NEAR for x, k in moving.items()):
            return None
        # lane * k + start ? 0 as lane * k ? -start
        start = {x: -k for x, k in terms.items() if k}
        low, high = self.ranges.sum(b - a, start)
        limit = self.offset(b - a, start)
        if low <= -LIMIT or high >= LIMIT:
            for how, most in (("slt", LIMIT), ("sgt", -LIMIT)):
                limit = home.select(home.op(f"icmp {how}", "i64", limit, str(most)), limit, str(most), "i64", 0)
        limit = self.spread(home, self.resize(home, limit, "i32", 0), "i32", lanes)
        how = e.op if e.op in ("eq", "ne") else f"s{e.op}"
        return home.op(f"icmp {how}", many("i32", lanes), self.steps(moving, home, lanes, "i32"), limit)

    def divide(self, e: Expr, home: Region, lanes: int) -> str:
        """x // n as a product with a number that the host finds, where x is small; else a division."""
        x, whole = self.operand(e.args[0], lanes), many("i64", lanes)
        low, high = self.ranges.of(e.args[0])
        # what is below 0 belongs to lanes that a guard leaves out
        if e.op == "imod" or low <= -(1 << 31) or high >= 1 << 31 or e.attr >= 1 << 31:
            return home.op("udiv" if e.op == "idiv" else "urem", whole, x, self.bound_number(e.attr, lanes))
        # exact for 31 bits: see Granlund and Montgomery, Division by invariant integers using multiplication
        shift = 31 + (e.attr - 1).bit_length()
        factor = self.slot(("factor of", e.attr), -(-(1 << shift) // e.attr), "i64")
        places = self.slot(("shift of", e.attr), shift, "i64")
        if lanes:
            factor, places = (self.spread(self.root, v, "i64", lanes) for v in (factor, places))
        # both are of 32 bits, which vector units multiply faster
        x, factor = (home.op("and", whole, v, words.number(0xFFFFFFFF, "i64", lanes)) for v in (x, factor))
        return home.op("lshr", whole, home.op("mul", whole, x, factor), places)

    def resize(self, home: Region, x: str, kind: str, lanes: int) -> str:
        if kind == "i64" or x.lstrip("-").isdigit():
            return x
        return home.cast("trunc", many("i64", lanes), x, many(kind, lanes))

    def starts(self, terms: dict[Expr, int]) -> dict[Expr, int]:
        """The terms that are one number for all lanes: scalars, and a vector axis by its first value."""
        return {a: k for a, k in terms.items() if a.op == "axis" or not self.lanes(a)}

    def steps(self, terms: dict[Expr, int], home: Region, lanes: int, kind: str) -> str:
        """What the terms add lane by lane to their start."""
        whole, parts = many(kind, lanes), []
        for atom, k in terms.items():
            region = self.vector(atom)
            if region is None:
                continue
            x = iota(kind, lanes) if atom.op == "axis" else self.resize(home, self.value(atom), kind, lanes)
            if k != 1:
                # the product of a constant with the lanes does not vary over the loop
                key, place = ("steps", k, lanes, kind), self.root if atom.op == "axis" else home
                if atom.op != "axis":
                    x = place.op("mul", whole, x, self.factor(k, kind, lanes))
                else:
                    if key not in place.memo:
                        place.memo[key] = place.op("mul", whole, x, self.factor(k, kind, lanes))
                    x = place.memo[key]
            parts.append(x)
        total = parts[0] if parts else "zeroinitializer"
        for x in parts[1:]:
            total = home.op("add", whole, total, x)
        return total

    def factor(self, k: int, kind: str, lanes: int) -> str:
        key = ("factor", k, kind)
        if key not in self.root.memo:
            self.root.memo[key] = self.resize(self.root, self.number(k), kind, 0)
        return self.spread(self.root, self.root.memo[key], kind, lanes)

    def offset(self, constant: int, terms: dict[Expr, int]) -> str:
        """constant + sum of k * atom as a scalar, each part in the loop where it changes."""
        if not terms:
            return self.number(constant)
        home = max((self.home(a) for a in terms), key=self.stack.index)
        key = ("offset", constant, frozenset(terms.items()))
        name = home.memo.get(key)
        if name is None:
            inner = {a: k for a, k in terms.items() if self.home(a) is home}
            outer = self.offset(constant, {a: k for a, k in terms.items() if a not in inner})
            name = home.memo[key] = self.total(home, outer, inner)
        return name

    def total(self, home: Region, start: str, terms: dict[Expr, int]) -> str:
        total = start
        for atom, k in terms.items():
            x = home.at if atom.op == "axis" else self.value(atom)
            if k != 1:
                x = home.op("mul", "i64", x, self.number(k))
            total = x if total == "0" else home.op("add", "i64", total, x)
        return total

    def pointer(self, buffer: Buffer, constant: int, terms: dict[Expr, int]) -> str:
        """The address of an element: a row pointer from outside plus what changes in the innermost loop."""
        if not terms:
            return self.shift(self.root, buffer, self.base(buffer), self.number(constant))
        home = max((self.home(a) for a in terms), key=self.stack.index)
        inner = {a: k for a, k in terms.items() if self.home(a) is home}
        row = self.pointer(buffer, constant, {a: k for a, k in terms.items() if a not in inner})
        return self.shift(home, buffer, row, self.offset(0, inner))

    def shift(self, home: Region, buffer: Buffer, pointer: str, offset: str) -> str:
        if offset == "0":
            return pointer
        key = ("pointer", words.MEMORY[buffer.dtype], pointer, offset)
        name = home.memo.get(key)
        if name is None:
            name = home.let(f"getelementptr {words.MEMORY[buffer.dtype]}, ptr {pointer}, i64 {offset}")
            home.memo[key] = name
        return name
