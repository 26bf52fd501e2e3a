"""Scheduled and compiled nests equal the slow truth, on every machine that this processor can play."""

from __future__ import annotations

import dataclasses
import os

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rustorch_fn.kernel import expr as k
from rustorch_fn.kernel.expr import Axis, Buffer, axis, const, fold, load, table
from rustorch_fn.kernel.interp import DTYPES, run_nest
from rustorch_fn.kernel.machine import Machine
from rustorch_fn.kernel.math import exp
from rustorch_fn.kernel.nest import Nest, Store, check
from rustorch_fn.target.llvm.check import host, run

MACHINES = [
    host(),
    dataclasses.replace(host(), name="plain", width_bytes=min(32, host().width_bytes), masks=False),
    Machine("least"),
]
EXTENTS = [1, 2, 3, 4, 5, 7, 8, 16, 17, 31, 33, 64, 70]
FLOATS = ("f32", "f64", "f16", "bf16")
INTS = ("i8", "u8", "i16", "u16", "i32", "u32", "i64", "u64")
EXAMPLES = int(os.environ.get("EXAMPLES", "8"))
quick = settings(derandomize=True, deadline=None, max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))


def values(rng: np.random.Generator, size: int, dtype: str) -> np.ndarray:
    """Numbers with the difficult ones among them."""
    if dtype == "bool":
        return rng.random(size) < 0.5
    if dtype in FLOATS:
        x = rng.standard_normal(size) * 4
        odd = rng.random(size)
        x[odd < 0.05] = rng.choice([np.inf, -np.inf, np.nan, 0.0, -0.0, 1e30], (odd < 0.05).sum())
        with np.errstate(all="ignore"):
            return x.astype(DTYPES[dtype])
    info = np.iinfo(DTYPES[dtype])
    x = rng.integers(max(info.min, -9), 9, size).astype(DTYPES[dtype])
    odd = rng.random(size) < 0.1
    x[odd] = rng.choice(np.array([info.min, info.max, 0], DTYPES[dtype]), odd.sum())
    return x


def agree(nest: Nest, arrays: dict[Buffer, np.ndarray], exact: bool, parts: int = 1) -> None:
    """Every machine's kernel gives what the interpreter gives, and touches nothing else."""
    check(nest)
    want = {b: a.copy() for b, a in arrays.items()}
    run_nest(nest, want)
    for machine in MACHINES:
        got = {b: np.concatenate([a, np.full(64, 77).astype(a.dtype)]) for b, a in arrays.items()}
        run(nest, got, machine, parts)
        for b, w in want.items():
            g, edge = got[b][: w.size], got[b][w.size :]
            same(g, w, exact, f"{machine.name}: {b}\n{nest}")
            assert (edge == np.full(64, 77).astype(w.dtype)).all(), f"{machine.name} wrote past {b}\n{nest}"


def same(got: np.ndarray, want: np.ndarray, exact: bool, where: str) -> None:
    if want.dtype.kind in "biu":
        np.testing.assert_array_equal(got, want, where)
        return
    wide = np.float64
    tolerance = 0.0 if exact else {8: 1e-12, 4: 2e-5, 2: 2e-2}[want.dtype.itemsize]
    np.testing.assert_allclose(got.astype(wide), want.astype(wide), rtol=tolerance, atol=tolerance, err_msg=where)


class Maker:
    """Draws random nests."""

    def __init__(self, draw, dtype: str) -> None:
        self.draw, self.dtype = draw, dtype
        self.rng = np.random.default_rng(draw(st.integers(0, 1 << 30)))
        self.arrays: dict[Buffer, np.ndarray] = {}
        self.folded = False

    def pick(self, *choices):
        return choices[self.draw(st.integers(0, len(choices) - 1))]

    def axes(self, most: int) -> list[Axis]:
        out, total = [], 1
        for _ in range(self.draw(st.integers(1, most))):
            extent = self.pick(*EXTENTS)
            if total * extent > 2000:
                extent = 3
            total *= extent
            out.append(Axis(extent, "abcdef"[len(out)]))
        return out

    def buffer(self, size: int, dtype: str) -> Buffer:
        b = Buffer(f"x{len(self.arrays)}", dtype, size)
        self.arrays[b] = values(self.rng, size, dtype)
        return b

    def read(self, axes: list[Axis], dtype: str):
        """A load whose index is some function of axes."""
        how = self.pick("strided", "strided", "reshape", "gather", "pad", "broadcast")
        if how == "reshape":
            flat, size = const(0, "i64"), 1
            for a in axes:
                flat, size = flat * a.extent + axis(a), size * a.extent
            n = self.pick(*(d for d in range(1, size + 1) if size % d == 0))
            i, j = k.idiv(flat, n), k.imod(flat, n)
            return load(self.buffer(size, dtype), j * (size // n) + i if self.pick(True, False) else i * n + j)
        if how == "gather":
            n = self.pick(1, 5, 40)
            which = self.buffer(max(a.extent for a in axes), "i32")
            self.arrays[which] = self.rng.integers(0, n, which.size).astype(np.int32)
            return load(self.buffer(n, dtype), k.convert(load(which, axis(self.pick(*axes))), "i64"))
        index, size, shift = const(0, "i64"), self.pick(1, 1, 1, 2, 3, 4), 0
        for a in sorted(axes, key=lambda _: self.rng.random()):
            if how == "broadcast" and self.pick(True, False):
                continue
            step = size * self.pick(1, 1, 1, 2, -1)
            index = index + axis(a) * step
            shift += -step * (a.extent - 1) if step < 0 else 0
            size = (a.extent - 1) * abs(step) + size
        if how == "pad":
            a, low, high = self.pick(*axes), self.draw(st.integers(0, 3)), self.draw(st.integers(0, 40))
            inside = k.and_(axis(a) >= low, axis(a) < high)
            return load(self.buffer(size, dtype), index + shift, inside)
        return load(self.buffer(size + 3, dtype), index + (shift + self.pick(0, 3)))

    def value(self, axes: list[Axis], depth: int, dtype: str, folds: int = 2):
        """A random expression of a type over axes."""
        if depth == 0:
            kind = self.pick("read", "read", "read", "iota", "const", "cast")
            if kind == "iota" and dtype not in ("bool", "i8", "u8"):
                return k.convert(axis(self.pick(*axes)) * 3 + 1, dtype)
            if kind == "const":
                return self.pick(const, k.param)(1 if dtype == "bool" else self.pick(0, 1, 3, 7), dtype)
            if kind == "cast" and dtype != "bool":
                return k.convert(self.read(axes, self.pick("f32", "i32", "bool", "u8", "i16", "f64")), dtype)
            return self.read(axes, dtype)
        less = lambda d=dtype, f=folds: self.value(axes, depth - 1, d, f)  # noqa: E731
        if folds and self.pick(True, False, False):
            return self.reduce(axes, depth, dtype, folds - 1)
        if dtype == "bool":
            how = self.pick("eq", "ne", "lt", "le", "gt", "ge", "and", "not")
            if how == "and":
                return k.and_(less(), less())
            if how == "not":
                return k.not_(less())
            other = self.pick("f32", "i32", "u8")
            return k.compare(how, less(other), less(other))
        words = [k.add, k.sub, k.mul, k.minimum, k.maximum, k.div, k.abs_, k.neg, "select"]
        whole = [k.rem, k.xor, k.and_, k.shl, k.shr, k.popcount]
        words += [k.floor, k.sqrt, k.rint, k.fma] if dtype in FLOATS else whole
        how = self.pick(*words)
        if how == "select":
            return k.select(less("bool"), less(), less())
        if how in (k.abs_, k.neg, k.floor, k.sqrt, k.rint, k.popcount):
            return how(less())
        return k.fma(less(), less(), less()) if how is k.fma else how(less(), less())

    def reduce(self, axes: list[Axis], depth: int, dtype: str, folds: int):
        over = [Axis(self.pick(1, 3, 5, 16, 33), "k") for _ in range(self.draw(st.integers(1, 2)))]
        outer = [a for a in axes if self.pick(True, True, False)]
        inner = self.value([*outer, *over], depth - 1, dtype, folds)
        if dtype == "bool":
            return fold(self.pick(k.AND, k.OR), over, (inner,))
        monoid = self.pick(k.ADD, k.MAX, k.MIN, k.ARGMAX, k.ARGMIN)
        if monoid in (k.ARGMAX, k.ARGMIN):
            at = k.convert(axis(over[-1]) * 5 + 2, "i32")
            best = [fold(monoid, over, (inner, at), f) for f in (0, 1)]
            return best[0] if self.pick(True, False) else k.convert(best[1], dtype)
        self.folded |= monoid is k.ADD
        return fold(monoid, over, (inner,))

    def nest(self, depth: int, folds: int) -> Nest:
        axes = self.axes(3)
        index, size = const(0, "i64"), 1
        for a in sorted(axes, key=lambda _: self.rng.random()):
            index, size = index + axis(a) * size, size * a.extent
        stores = []
        for _ in range(self.pick(1, 1, 2)):
            out = Buffer(f"y{len(stores)}", self.dtype, size)
            guard = axis(axes[0]) < 11 if self.pick(True, False, False, False) else None
            stores.append(Store(out, index, self.value(axes, depth, self.dtype, folds), guard))
            self.arrays[out] = values(self.rng, size, self.dtype)
        return Nest(tuple(axes), tuple(stores))


@pytest.mark.parametrize("dtype", [*FLOATS, *INTS, "bool"])
@quick
@given(st.data())
def test_maps(dtype: str, data) -> None:
    with table():
        make = Maker(data.draw, dtype)
        nest = make.nest(data.draw(st.integers(0, 3)), 0)
        agree(nest, make.arrays, True, data.draw(st.integers(1, 3)))


@pytest.mark.parametrize("dtype", ["f32", "f64", "i32", "u8", "bool"])
@quick
@given(st.data())
def test_folds(dtype: str, data) -> None:
    with table(), np.errstate(all="ignore"):
        make = Maker(data.draw, dtype)
        nest = make.nest(data.draw(st.integers(1, 2)), 2)
        agree(nest, make.arrays, not make.folded, data.draw(st.integers(1, 3)))


@pytest.mark.parametrize("dtype", ["f32", "f64", "bf16", "u8", "bool"])
@pytest.mark.parametrize("shape", [(1, 16, 16), (3, 17, 70), (1, 64, 33), (2, 31, 100)])
def test_transposes(shape: tuple[int, int, int], dtype: str) -> None:
    """Blocks that are turned in registers, with edges, beside reads that need no turning."""
    with table():
        n, r, c = axes = [Axis(e, x) for e, x in zip(shape, "nrc", strict=True)]
        x, y, z = (Buffer(name, dtype, n.extent * r.extent * c.extent) for name in "xyz")
        at = lambda a, b: (axis(n) * a.extent + axis(a)) * b.extent + axis(b)  # noqa: E731
        turned = k.maximum(load(x, at(c, r)), load(y, at(r, c)))
        arrays = {b: values(np.random.default_rng(i), b.size, dtype) for i, b in enumerate((x, y, z))}
        agree(Nest(tuple(axes), (Store(z, at(r, c), turned),)), arrays, True, 3)


@pytest.mark.parametrize("shape", [(70_000,), (3, 40_001), (4099, 33), (300, 7, 64)])
@pytest.mark.parametrize("monoid", [k.ADD, k.MAX, k.ARGMIN])
def test_large_folds(shape: tuple[int, ...], monoid) -> None:
    """Sums of many elements are cut into parts, whatever axis stays."""
    with table():
        axes = [Axis(n) for n in shape]
        x, flat = Buffer("x", "f32", int(np.prod(shape))), const(0, "i64")
        for a in axes:
            flat = flat * a.extent + axis(a)
        rng = np.random.default_rng(0)
        small = rng.integers(-3, 4, x.size).astype(np.float32)
        arrays = {x: small if monoid is k.ADD else values(rng, x.size, "f32")}
        for stays in ([], axes[:1], axes[-1:]):
            over = [a for a in axes if a not in stays]
            if over:
                lifted = (load(x, flat), k.convert(flat, "i32"))[: 1 + (monoid is k.ARGMIN)]
                out = Buffer("y", lifted[-1].dtype, stays[0].extent if stays else 1)
                at = axis(stays[0]) if stays else const(0, "i64")
                store = Store(out, at, fold(monoid, over, lifted, len(lifted) - 1))
                agree(Nest(tuple(stays), (store,)), {**arrays, out: np.zeros(out.size, DTYPES[out.dtype])}, True, 3)


def test_variance_of_all() -> None:
    """A fold that needs another large fold, and a map that needs both."""
    with table():
        n = 100_003
        i, j, m = Axis(n, "i"), Axis(n, "j"), Axis(n, "m")
        x, y, z = Buffer("x", "f64", n), Buffer("y", "f64", n), Buffer("z", "f64", 1)
        mean = fold(k.ADD, (j,), (load(x, axis(j)),)) * (1 / n)
        centred = load(x, axis(m)) - mean
        variance = fold(k.ADD, (m,), (centred * centred,)) * (1 / n)
        stores = (
            Store(y, axis(i), (load(x, axis(i)) - mean) / k.sqrt(variance)),
            Store(z, const(0, "i64"), variance),
        )
        arrays = {b: np.random.default_rng(1).standard_normal(b.size) for b in (x, y, z)}
        agree(Nest((i,), stores), arrays, False, 3)


@pytest.mark.parametrize("dtype", ["f32", "f64", "bf16"])
@pytest.mark.parametrize("n", [2, 10, 16, 33, 129, 1000, 5000])
def test_softmax(n: int, dtype: str) -> None:
    """A row that two folds and a map read; what the second fold computed is kept for the map where it fits."""
    with table():
        r, c, a, b = Axis(7, "r"), Axis(n, "c"), Axis(n, "a"), Axis(n, "b")
        x, y, z = Buffer("x", dtype, 7 * n), Buffer("y", dtype, 7 * n), Buffer("z", "f32", 7)
        at = lambda j: k.convert(load(x, axis(r) * n + axis(j)), "f64" if dtype == "f64" else "f32")  # noqa: E731
        most = fold(k.MAX, (a,), (at(a),))
        part = lambda j: exp(at(j) - most)  # noqa: E731
        whole = fold(k.ADD, (b,), (part(b),))
        stores = (
            Store(y, axis(r) * n + axis(c), k.convert(part(c) / whole, dtype)),
            Store(z, axis(r), k.convert(whole, "f32")),
        )
        arrays = {m: np.random.default_rng(3).standard_normal(m.size).astype(DTYPES[m.dtype]) for m in (x, y, z)}
        agree(Nest((r, c), stores), arrays, False, 2)


def test_a_fold_of_values_that_are_used_twice() -> None:
    """What a fold computes is a graph: as many steps as nodes, though there are 2 to the power of 60 paths."""
    with table():
        n = 17
        c, a = Axis(n, "c"), Axis(n, "a")
        x, y = Buffer("x", "f32", n), Buffer("y", "f32", n)
        deep = load(x, axis(a))
        for _ in range(60):
            deep = (deep + 1.0) * (deep - 0.5) * 0.25
        store = Store(y, axis(c), load(x, axis(c)) + fold(k.ADD, (a,), (deep,)))
        agree(Nest((c,), (store,)), {x: np.linspace(-1, 1, n, dtype="f"), y: np.zeros(n, "f")}, False, 2)


def test_division_of_large_indices() -> None:
    """A reshape that no split of axes explains, with products that leave 32 bits."""
    with table():
        i, j = Axis(401, "i"), Axis(420, "j")
        flat, n = axis(i) * 420 + axis(j), 11
        rows = 401 * 420 // n + 1
        x, y = Buffer("x", "f32", rows * n), Buffer("y", "f32", 401 * 420)
        store = Store(y, flat, load(x, k.imod(flat, n) * rows + k.idiv(flat, n)))
        agree(Nest((i, j), (store,)), {x: np.arange(x.size, dtype="f"), y: np.zeros(y.size, "f")}, True)


@pytest.mark.parametrize("n", [3, 16, 40, 130])
def test_reads_that_a_select_protects(n: int) -> None:
    """Indices clamped for safety under a select: a pad, two arrays side by side, a dilated window."""
    with table():
        i, j, p = Axis(9, "i"), Axis(2 * n, "j"), Axis(3, "p")
        x, y, z = Buffer("x", "f32", 9 * n), Buffer("y", "f32", 9 * n), Buffer("z", "f32", 9 * 2 * n)
        clamp = lambda e, m: k.maximum(const(0, "i64"), k.minimum(e, const(m - 1, "i64")))  # noqa: E731
        row = lambda b, e: load(b, axis(i) * n + clamp(e, n))  # noqa: E731
        inside = lambda e, m: k.and_(e >= 0, e < m)  # noqa: E731
        at = axis(j)
        both = k.select(at < n, row(x, at) + 1.0, row(y, at - n) * row(y, at - n))
        pad = k.select(inside(at - 2, n), row(x, at - 2), const(7.0, "f32"))
        q = at + axis(p) - 1
        hit = k.and_(inside(q, 2 * n - 1), k.eq(k.imod(q, 2), const(0, "i64")))
        apart = k.select(hit, load(x, axis(i) * n + k.idiv(clamp(q, 2 * n - 1), 2)), const(0, "f32"))
        window = fold(k.ADD, (p,), (apart,))
        arrays = {b: np.random.default_rng(5).integers(-9, 9, b.size).astype("f") for b in (x, y, z)}
        for value in (both, pad, window):
            agree(Nest((i, j), (Store(z, axis(i) * (2 * n) + at, value),)), arrays, True, 2)


@pytest.mark.parametrize("dtype", ["f32", "bf16", "u8", "f64"])
@pytest.mark.parametrize("n", [2, 3, 4])
@pytest.mark.parametrize("size", [16, 33, 70])
def test_woven_stores(size: int, n: int, dtype: str) -> None:
    """Stores whose neighbours come from a short axis: planes into pixels, and each element several times."""
    with table():
        r, i, c = Axis(3, "r"), Axis(size, "i"), Axis(n, "c")
        x, y, z = Buffer("x", dtype, 3 * n * size), Buffer("y", dtype, 3 * n * size), Buffer("z", dtype, 3 * n * size)
        planes = load(x, (axis(r) * n + axis(c)) * size + axis(i))
        again = load(x, axis(r) * size + axis(i))
        at = (axis(r) * size + axis(i)) * n + axis(c)
        arrays = {b: values(np.random.default_rng(9), b.size, dtype) for b in (x, y, z)}
        agree(Nest((r, i, c), (Store(y, at, planes), Store(z, at, k.maximum(again, planes)))), arrays, True, 2)


@pytest.mark.parametrize("n", [5, 16, 100, 1000])
def test_large_bodies(n: int) -> None:
    """A body that is printed once, all of it under a mask, in a map and in a fold."""
    with table():
        i, j = Axis(n, "i"), Axis(n, "j")
        x, y, z = Buffer("x", "f32", n), Buffer("y", "f32", n), Buffer("z", "f32", n)

        def long(a: Axis):
            value = load(x, axis(a))
            for step in range(40):
                value = k.maximum(value, load(y, axis(a))) * 0.5 + float(step)
            return value

        arrays = {b: np.random.default_rng(4).integers(-9, 9, b.size).astype("f") for b in (x, y, z)}
        agree(Nest((i,), (Store(z, axis(i), long(i) - fold(k.MAX, (j,), (long(j),))),)), arrays, True, 3)
