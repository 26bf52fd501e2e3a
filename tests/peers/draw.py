"""Arguments for the differential suite: drawn so that every kind of shape, class of dtype and choice comes up soon.

A draw prefers what it has given least often, and its other choices hang on the name and a seed alone. Shapes come from
a small fixed set, so that what JAX has compiled serves again.
"""

from __future__ import annotations

import math
import zlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import ml_dtypes
import numpy as np

CLASSES: dict[str, tuple[Any, ...]] = {
    "bool": (np.bool_,),
    "int": (np.int32, np.int8, np.int16),
    "uint": (np.uint8, np.uint32, np.uint16),
    "half": (ml_dtypes.bfloat16, np.float16),
    "float": (np.float32,),
    "long": (np.int64, np.uint64),
    "double": (np.float64,),
    "complex": (np.complex64,),
    "wide complex": (np.complex128,),
}
FLOAT = ("float", "double", "half")
INT = ("int", "uint", "long")
BITS = (*INT, "bool")
REAL = (*FLOAT, *BITS)
COMPLEX = ("complex", "wide complex")
INEXACT = (*FLOAT, *COMPLEX)
ANY = (*REAL, *COMPLEX)

KINDS = ("scalar", "empty", "broadcast", "deep")
SHAPES: dict[str, tuple[tuple[int, ...], ...]] = {
    "scalar": ((),),
    "empty": ((0, 3), (2, 0, 3), (0,)),
    "flat": ((4,), (3, 4)),
    "deep": ((2, 3, 4), (2, 1, 3, 2, 1)),
}
TOGETHER: tuple[tuple[tuple[int, ...], ...], ...] = (
    ((2, 1, 3), (4, 1), (3,)),
    ((3,), (2, 3), ()),
    ((), (4, 3), (1, 3)),
)


def class_of(dtype: Any) -> str:
    """The class that a dtype belongs to."""
    return next(name for name, members in CLASSES.items() if dtype in [np.dtype(m) for m in members])


@dataclass(frozen=True)
class Number:
    """A Python number that is an operand: weakly typed, and traced under jit."""

    value: Any


@dataclass(frozen=True)
class Key:
    """A random key, or an array of keys."""

    seed: int
    shape: tuple[int, ...] = ()


@dataclass(frozen=True)
class Of:
    """An argument that is made of the library under test: a function, a namedtuple."""

    make: Callable[[Any], Any]
    said: str = "made of the library"

    def __repr__(self) -> str:
        return self.said


@dataclass
class Case:
    """What a name is called with: arrays are NumPy's, and tracers under jit."""

    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    kind: str = ""
    again: Case | None = None


@dataclass
class Draw:
    """Where a row takes the arguments of one case from."""

    name: str
    seed: int = 0
    lacks: frozenset[str] = frozenset()
    slopes: bool = False  # float64 wherever a class may be chosen, and no infinities
    seen: Counter[Any] = field(default_factory=Counter)
    wanted: set[str] = field(default_factory=set)
    kinds: set[str] = field(default_factory=set)
    script: list[Any] | None = None

    def __post_init__(self) -> None:
        self.random = np.random.default_rng([zlib.crc32(self.name.encode()), self.seed])
        self.taken: list[Any] = []
        self.kind = ""

    def case(self, *args: Any, **kwargs: Any) -> Case:
        """The call f(*args, **kwargs)."""
        return Case(args, kwargs, self.kind)

    def least(self, what: str, options: Sequence[Any]) -> Any:
        """One of the options, of those that came up least often."""
        if self.script:
            return self.script.pop(0)
        counts = [self.seen[what, str(k)] for k in range(len(options))]
        few = [k for k, count in enumerate(counts) if count == min(counts)]
        at = few[int(self.random.integers(len(few)))]
        self.seen[what, str(at)] += 1
        self.taken.append(options[at])
        return options[at]

    def pick(self, what: str, *options: Any) -> Any:
        """A value of the argument `what`."""
        if self.slopes and None in [x for x in options if x is None] and "float32" in map(str, options):
            return None  # derivatives are compared in float64
        return self.least(what, options)

    def axis(self, shape: Sequence[int], *others: Any, what: str = "axis") -> Any:
        """An axis of the shape, from its front or its back, or one of the others."""
        if not shape:
            return self.least(f"{what} of a scalar", others or (0,))
        end = self.least(what, (*others, "first", "last", "middle"))
        named = {"first": 0, "last": -1, "middle": len(shape) // 2}
        return named[end] if isinstance(end, str) and end in named else end

    def shape(self, least: int = 0, most: int = 5) -> tuple[int, ...]:
        """One shape of at least so many axes."""
        kinds = [k for k in ("scalar", "empty", "flat", "deep") if k not in self.lacks]
        fit = {k: [s for s in SHAPES[k] if least <= len(s) <= most] for k in kinds}
        fit = {k: shapes for k, shapes in fit.items() if shapes}
        if self.slopes:
            fit = {k: shapes for k, shapes in fit.items() if k in ("flat", "deep")} or fit
        self.kinds |= set(fit) & set(KINDS)
        self.kind = self.least("kind", sorted(fit))
        return self.least(self.kind, fit[self.kind])

    def shapes(self, n: int) -> list[tuple[int, ...]]:
        """Shapes of n arrays that go together."""
        kinds = [k for k in KINDS if k not in self.lacks]
        self.kinds |= set(kinds)
        if self.slopes:
            kinds = [k for k in ("broadcast", "deep") if k in kinds] or kinds
        self.kind = self.least("kind", kinds)
        if self.kind == "broadcast":
            return list(self.least("together", TOGETHER)[:n])
        return [self.least(self.kind, SHAPES[self.kind])] * n

    def dtype(self, classes: Sequence[str], what: str = "class") -> np.dtype:
        """A dtype of one of the classes."""
        self.wanted |= set(classes)
        if self.slopes and "double" in classes:
            return np.dtype(np.float64)
        chosen = self.least(what, classes)
        return np.dtype(self.least(chosen, CLASSES[chosen]))

    def array(self, dtype: Any, shape: Sequence[int], low: float = -3, high: float = 3, special: bool = False) -> Any:
        """An array of values between low and high; of `special` ones some are infinite, nan or zero.

        Complex ones are not: at infinities ours are NumPy's and C's, and JAX's are what its compiler makes of them.
        """
        dtype, shape = np.dtype(dtype), tuple(shape)
        if dtype == np.bool_:
            return np.asarray(self.random.random(shape) < 0.5)
        if dtype.kind in "iu":
            info = np.iinfo(dtype)
            low, high = max(math.ceil(low), info.min), min(math.floor(high), info.max)
            return np.asarray(self.random.integers(low, high, shape, endpoint=True)).astype(dtype)
        values: Any = self.random.uniform(low, high, shape)
        if dtype.kind == "c":
            values = values + 1j * self.random.uniform(low, high, shape)
        values = np.array(values)
        special = special and values.dtype.kind != "c" and values.size > 3
        if special and not self.slopes and self.least("special", (True, False)):
            odd = np.array([np.inf, -np.inf, np.nan, 0.0, -0.0])
            values.flat[self.random.permutation(values.size)[: min(5, values.size // 2)]] = odd[: values.size // 2]
        return np.asarray(values.astype(dtype))

    def operand(self, dtype: Any, shape: Sequence[int], low: float = -3, high: float = 3, special: bool = False) -> Any:
        """An array, or now and then a Python number where the shape is a scalar's."""
        x = self.array(dtype, shape, low, high, special)
        plain = np.dtype(dtype) in (np.bool_, np.int32, np.float32, np.complex64)
        if shape == () and plain and self.least("python", (True, False)):
            return Number(x.item())
        return x

    def operands(self, classes: Sequence[str], n: int, low: float = -3, high: float = 3, special: bool = False) -> Any:
        """Arrays that broadcast, of one dtype or of several."""
        shapes, dtype = self.shapes(n), self.dtype(classes)
        mixed = len(classes) > 1 and not self.slopes and self.least("mixed", (False, False, True))
        dtypes = [dtype, *(self.dtype(classes, "another class") if mixed else dtype for _ in range(n - 1))]
        return [self.operand(t, s, low, high, special) for t, s in zip(dtypes, shapes, strict=True)]

    def where(self, shape: Sequence[int]) -> Any:
        """No mask, or one of the shape."""
        return np.asarray(self.random.random(tuple(shape)) < 0.6) if self.least("where", (False, True)) else None
