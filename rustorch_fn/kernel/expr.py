"""Scalar expressions: what one element of an array is, as a function of loop axes and loads.

Nodes are immutable and interned: inside one `table()` two equal expressions are one object, so
"is it the same?" is identity and a memo on nodes shares all common work. Every word is total:
division and remainder are guarded, shifts clamp, casts saturate, min and max keep NaN.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

FLOATS = ("f16", "bf16", "f32", "f64")
SIGNED = ("i8", "i16", "i32", "i64")
UNSIGNED = ("u8", "u16", "u32", "u64")
BITS = {"bool": 1, "bf16": 16, **{d: int(d[1:]) for d in ("f16", "f32", "f64", *SIGNED, *UNSIGNED)}}
BYTES = {d: max(1, b // 8) for d, b in BITS.items()}
INDEX = "i64"


class Axis:
    """A loop variable that runs over range(extent). Identity is its meaning."""

    __slots__ = ("extent", "name")

    def __init__(self, extent: int, name: str = "i") -> None:
        self.extent, self.name = extent, name

    def __repr__(self) -> str:
        return f"{self.name}<{self.extent}"


class Buffer:
    """A flat piece of memory that a nest reads or writes. Identity is its meaning."""

    __slots__ = ("name", "dtype", "size")

    def __init__(self, name: str, dtype: str, size: int) -> None:
        self.name, self.dtype, self.size = name, dtype, size

    def __repr__(self) -> str:
        return f"{self.name}:{self.dtype}[{self.size}]"


@dataclass(frozen=True, slots=True, eq=False)
class Monoid:
    """A fold over tuples: `init(dtypes)` are the neutral values, `combine(a, b)` merges two tuples."""

    name: str
    init: Callable[[tuple[str, ...]], tuple[Any, ...]]
    combine: Callable[[tuple[Expr, ...], tuple[Expr, ...]], tuple[Expr, ...]]

    def __repr__(self) -> str:
        return self.name


class Expr:
    """One node: a word, its operands, a static attribute, and the type of the value.

    Words: const(attr=value) param(attr=value) axis(attr=Axis) load(index[, guard]; attr=Buffer)
    add sub mul div rem neg abs fma min max sqrt floor ceil rint trunc
    and or xor not shl shr popcount clz eq ne lt le gt ge select convert bitcast
    fold(*lifted; attr=(Monoid, axes, field)) running(x[, start]; attr=(Monoid, axis, reverse)).
    A guarded load whose guard is false is zero and touches no memory.
    """

    __slots__ = ("op", "args", "attr", "dtype", "is_index", "_axes", "_linear")

    op: str
    args: tuple[Expr, ...]
    attr: Any
    dtype: str
    is_index: bool  # whether this is arithmetic on loop axes, whose numbers are the nest's own
    _axes: frozenset[Axis]
    _linear: tuple[int, dict[Expr, int]] | None

    def __repr__(self) -> str:
        return self.text(map(repr, self.args))

    def text(self, args: Iterable[str]) -> str:
        """This word on operands that are written as `args`."""
        inside = ", ".join(args)
        match self.op:
            case "const" | "param":
                return f"{self.attr}"
            case "axis":
                return str(self.attr.name)
            case "load":
                return f"{self.attr.name}[{inside}]"
            case "fold":
                monoid, axes, field = self.attr
                return f"{monoid.name}.{field}<{', '.join(map(repr, axes))}>({inside})"
            case "running":
                monoid, along, reverse = self.attr
                return f"{monoid.name}.running<{'-' if reverse else ''}{along!r}>({inside})"
            case "convert" | "bitcast":
                return f"{self.op}<{self.dtype}>({inside})"
        return f"{self.op}({inside})"

    @property
    def axes(self) -> frozenset[Axis]:
        """The free axes: those that the value varies over."""
        return self._axes

    def __add__(self, other: Any) -> Expr:
        return add(self, like(other, self))

    def __radd__(self, other: Any) -> Expr:
        return add(like(other, self), self)

    def __sub__(self, other: Any) -> Expr:
        return sub(self, like(other, self))

    def __rsub__(self, other: Any) -> Expr:
        return sub(like(other, self), self)

    def __mul__(self, other: Any) -> Expr:
        return mul(self, like(other, self))

    def __rmul__(self, other: Any) -> Expr:
        return mul(like(other, self), self)

    def __truediv__(self, other: Any) -> Expr:
        return div(self, like(other, self))

    def __rtruediv__(self, other: Any) -> Expr:
        return div(like(other, self), self)

    def __neg__(self) -> Expr:
        return neg(self)

    def __and__(self, other: Any) -> Expr:
        return and_(self, like(other, self))

    def __or__(self, other: Any) -> Expr:
        return or_(self, like(other, self))

    def __xor__(self, other: Any) -> Expr:
        return xor(self, like(other, self))

    def __invert__(self) -> Expr:
        return not_(self)

    def __lshift__(self, other: Any) -> Expr:
        return shl(self, like(other, self))

    def __rshift__(self, other: Any) -> Expr:
        return shr(self, like(other, self))

    def __lt__(self, other: Any) -> Expr:
        return compare("lt", self, like(other, self))

    def __le__(self, other: Any) -> Expr:
        return compare("le", self, like(other, self))

    def __gt__(self, other: Any) -> Expr:
        return compare("gt", self, like(other, self))

    def __ge__(self, other: Any) -> Expr:
        return compare("ge", self, like(other, self))

    # == and != stay identity, as nodes are dictionary keys: write eq(x, y) and ne(x, y)


_tables = threading.local()
_NONE: frozenset[Axis] = frozenset()
_INDEX = ("axis", "idiv", "imod")
_ARITHMETIC = ("add", "sub", "mul", "min", "max")


@contextmanager
def table() -> Iterator[None]:
    """Own the interned nodes of one compilation; leaving forgets them."""
    before = getattr(_tables, "now", None)
    _tables.now = {}
    try:
        yield
    finally:
        _tables.now = before


def node(op: str, args: Sequence[Expr], attr: Any, dtype: str) -> Expr:
    """The one node with this word, operands, attribute and type in the current table."""
    now: dict[Any, Expr] | None = getattr(_tables, "now", None)
    if now is None:
        raise RuntimeError("kernel expressions are made inside `with table():` only")
    # 0.0 == -0.0 and 1 == True, yet they are different constants
    mark = (type(attr), repr(attr)) if op in ("const", "param") else attr
    key = (op, mark, dtype, *map(id, args))
    found = now.get(key)
    if found is None:
        found = object.__new__(Expr)
        found.op, found.args, found.attr, found.dtype = op, tuple(args), attr, dtype
        free: frozenset[Axis] = _NONE.union(*(a._axes for a in args)) if op != "axis" else frozenset((attr,))
        found._axes = free.difference(attr[1]) if op == "fold" else free | {attr[1]} if op == "running" else free
        found.is_index = op in _INDEX or (op in _ARITHMETIC and dtype == INDEX and any(a.is_index for a in args))
        found._linear = None
        now[key] = found
    return found


# --- leaves ---


def const(value: Any, dtype: str) -> Expr:
    """A literal of the given type: a Python bool, int or float."""
    value = bool(value) if dtype == "bool" else float(value) if dtype in FLOATS else int(value)
    return node("const", (), value, dtype)


def param(value: Any, dtype: str) -> Expr:
    """A literal that kernels receive when they run, so that other values share their code."""
    return node("param", (), const(value, dtype).attr, dtype)


def like(value: Any, other: Expr) -> Expr:
    """`value` as an expression of other's type."""
    return value if isinstance(value, Expr) else const(value, other.dtype)


def index(value: int | Expr) -> Expr:
    """An index expression (i64)."""
    return value if isinstance(value, Expr) else const(value, INDEX)


def axis(a: Axis) -> Expr:
    """The current value of a loop variable."""
    return const(0, INDEX) if a.extent == 1 else node("axis", (), a, INDEX)


def load(buffer: Buffer, at: Expr, guard: Expr | None = None) -> Expr:
    """Element `at` of a flat buffer; zero where `guard` is given and false."""
    if guard is not None and guard.op == "const":
        return load(buffer, at) if guard.attr else const(0, buffer.dtype)
    return node("load", (at,) if guard is None else (at, guard), buffer, buffer.dtype)


# --- words; the integer ones fold constants, as index arithmetic lives on them ---


def is_const(x: Expr, value: Any = None) -> bool:
    return x.op == "const" and (value is None or x.attr == value)


def wrap(value: int, dtype: str) -> int:
    """A Python integer brought into the range of an integer type, as machines do."""
    bits = BITS[dtype]
    value &= (1 << bits) - 1
    return value - (1 << bits) if dtype in SIGNED and value >> (bits - 1) else value


def add(x: Expr, y: Expr) -> Expr:
    if x.dtype not in FLOATS:
        if x.op == y.op == "const":
            return const(wrap(x.attr + y.attr, x.dtype), x.dtype)
        if is_const(x, 0):
            return y
        if is_const(y, 0):
            return x
    return node("add", (x, y), None, x.dtype)


def sub(x: Expr, y: Expr) -> Expr:
    if x.dtype not in FLOATS:
        if y.op == "const":
            return add(x, const(wrap(-y.attr, x.dtype), x.dtype))
        if x is y:
            return const(0, x.dtype)
    return node("sub", (x, y), None, x.dtype)


def mul(x: Expr, y: Expr) -> Expr:
    if x.dtype not in FLOATS:
        if x.op == y.op == "const":
            return const(wrap(x.attr * y.attr, x.dtype), x.dtype)
        for one, other in ((x, y), (y, x)):
            if is_const(one, 1):
                return other
            if is_const(one, 0):
                return one
    return node("mul", (x, y), None, x.dtype)


def div(x: Expr, y: Expr) -> Expr:
    """x / y for floats; for integers the quotient rounded to zero, -1 where y is 0, x where it overflows."""
    if x.dtype not in FLOATS and is_const(y, 1):
        return x
    return node("div", (x, y), None, x.dtype)


def rem(x: Expr, y: Expr) -> Expr:
    """The remainder with x's sign (C's fmod and %); for integers x where y is 0, and 0 where x / y overflows."""
    return node("rem", (x, y), None, x.dtype)


def idiv(x: Expr, n: int) -> Expr:
    """x // n for an index x >= 0 and a positive constant."""
    if n == 1:
        return x
    return const(x.attr // n, INDEX) if x.op == "const" else node("idiv", (x,), n, INDEX)


def imod(x: Expr, n: int) -> Expr:
    """x % n for an index x >= 0 and a positive constant."""
    if n == 1:
        return const(0, INDEX)
    return const(x.attr % n, INDEX) if x.op == "const" else node("imod", (x,), n, INDEX)


def neg(x: Expr) -> Expr:
    return node("neg", (x,), None, x.dtype) if x.dtype in FLOATS else sub(const(0, x.dtype), x)


def fma(x: Expr, y: Expr, z: Expr) -> Expr:
    """x * y + z, rounded once where the machine can, else by an exact emulation."""
    return node("fma", (x, y, z), None, x.dtype)


def minimum(x: Expr, y: Expr) -> Expr:
    return x if x is y else node("min", (x, y), None, x.dtype)


def maximum(x: Expr, y: Expr) -> Expr:
    return x if x is y else node("max", (x, y), None, x.dtype)


def _unary(op: str) -> Callable[[Expr], Expr]:
    def word(x: Expr) -> Expr:
        return node(op, (x,), None, x.dtype)

    word.__name__ = op
    return word


abs_, sqrt, floor, ceil, rint, trunc = map(_unary, ("abs", "sqrt", "floor", "ceil", "rint", "trunc"))
popcount, clz = map(_unary, ("popcount", "clz"))


def and_(x: Expr, y: Expr) -> Expr:
    if x.dtype == "bool":
        for one, other in ((x, y), (y, x)):
            if one.op == "const":
                return other if one.attr else one
    return x if x is y else node("and", (x, y), None, x.dtype)


def or_(x: Expr, y: Expr) -> Expr:
    if x.dtype == "bool":
        for one, other in ((x, y), (y, x)):
            if one.op == "const":
                return one if one.attr else other
    return x if x is y else node("or", (x, y), None, x.dtype)


def xor(x: Expr, y: Expr) -> Expr:
    return node("xor", (x, y), None, x.dtype)


def not_(x: Expr) -> Expr:
    return const(not x.attr, "bool") if x.dtype == "bool" and x.op == "const" else node("not", (x,), None, x.dtype)


def shl(x: Expr, y: Expr) -> Expr:
    """x << y; 0 where y is at least the width (y is read as unsigned)."""
    return node("shl", (x, y), None, x.dtype)


def shr(x: Expr, y: Expr) -> Expr:
    """x >> y, keeping the sign of signed types; all sign bits where y is at least the width (y is read as unsigned)."""
    return node("shr", (x, y), None, x.dtype)


def compare(how: str, x: Expr, y: Expr) -> Expr:
    """eq ne lt le gt ge, with IEEE's rules for NaN (only ne is true)."""
    if x.op == y.op == "const" and x.dtype not in FLOATS:
        a, b = x.attr, y.attr
        return const({"eq": a == b, "ne": a != b, "lt": a < b, "le": a <= b, "gt": a > b, "ge": a >= b}[how], "bool")
    return node(how, (x, y), None, "bool")


def eq(x: Expr, y: Expr) -> Expr:
    return compare("eq", x, y)


def ne(x: Expr, y: Expr) -> Expr:
    return compare("ne", x, y)


def select(c: Expr, x: Expr, y: Expr) -> Expr:
    """x where c, else y."""
    if c.op == "const":
        return x if c.attr else y
    return x if x is y else node("select", (c, x, y), None, x.dtype)


def convert(x: Expr, dtype: str) -> Expr:
    """x's value in another type: to nearest even for floats, saturating with NaN -> 0 from float to integer,
    wrapping between integers, `x != 0` to bool."""
    if x.dtype == dtype:
        return x
    if x.op == "const" and x.dtype not in FLOATS and dtype != "bool" and dtype not in FLOATS:
        return const(wrap(int(x.attr), dtype), dtype)
    return node("convert", (x,), None, dtype)


def bitcast(x: Expr, dtype: str) -> Expr:
    """The same bits read as another type of equal width."""
    return x if x.dtype == dtype else node("bitcast", (x,), None, dtype)


def fold(monoid: Monoid, axes: Sequence[Axis], lifted: Sequence[Expr], field: int = 0) -> Expr:
    """Field `field` of the monoid's sum of `lifted` over all values of `axes`."""
    lifted = tuple(lifted)
    dtypes = tuple(x.dtype for x in lifted)
    if any(a.extent == 0 for a in axes):
        return const(monoid.init(dtypes)[field], dtypes[field])
    live = tuple(a for a in axes if a.extent != 1)
    if not live:
        return lifted[field]
    return node("fold", lifted, (monoid, live, field), dtypes[field])


def running(monoid: Monoid, along: Axis, x: Expr, start: Expr | None = None, reverse: bool = False) -> Expr:
    """The monoid's sum of `start` and of x along a loop's axis up to the current place; from there on if `reverse`.

    A nest that holds one runs along that axis in order, so it is a value of the loop and not of any one place.
    """
    if along.extent == 1:
        return x if start is None else monoid.combine((start,), (x,))[0]
    return node("running", (x,) if start is None else (x, start), (monoid, along, reverse), x.dtype)


def substitute(root: Expr, by: dict[Axis, Expr], memo: dict[Expr, Expr] | None = None) -> Expr:
    """`root` with axes replaced by index expressions; a `memo` is shared by calls with the same axes."""
    memo = {} if memo is None else memo

    def walk(e: Expr) -> Expr:
        if e.op == "axis":
            return by.get(e.attr, e)
        if not e.axes.intersection(by):
            return e
        if (done := memo.get(e)) is None:
            done = memo[e] = rebuild(e, tuple(map(walk, e.args)))
        return done

    return walk(root)


def rebuild(e: Expr, args: tuple[Expr, ...]) -> Expr:
    """The same word on other operands, simplified again."""
    match e.op:
        case "select" | "fma" if e.attr and args[0].op != "const":
            return node(e.op, args, e.attr, e.dtype)
        case "add" | "sub" | "mul" | "select" | "fma":
            return _MAKERS[e.op](*args)
        case "idiv" | "imod":
            return _MAKERS[e.op](args[0], e.attr)
        case "load":
            return load(e.attr, *args)
        case "convert" | "bitcast":
            return _MAKERS[e.op](args[0], e.dtype)
        case "eq" | "ne" | "lt" | "le" | "gt" | "ge":
            return compare(e.op, *args)
        case "and" | "or":
            return _MAKERS[e.op](*args)
    return node(e.op, args, e.attr, e.dtype)


_MAKERS: dict[str, Callable[..., Expr]] = {
    "add": add, "sub": sub, "mul": mul, "select": select, "fma": fma, "idiv": idiv, "imod": imod,
    "convert": convert, "bitcast": bitcast, "and": and_, "or": or_,
}  # fmt: skip


def linear(e: Expr) -> tuple[int, dict[Expr, int]]:
    """An index as constant + sum of coefficient * atom; atoms are axes or terms that are not affine."""
    if e._linear is None:
        e._linear = _linear(e)
    return e._linear


def _linear(e: Expr) -> tuple[int, dict[Expr, int]]:
    match e.op:
        case "const":
            return e.attr, {}
        case "add" | "sub":
            (c, terms), (d, more) = linear(e.args[0]), linear(e.args[1])
            sign = 1 if e.op == "add" else -1
            out = dict(terms)
            for atom, k in more.items():
                out[atom] = out.get(atom, 0) + sign * k
            return c + sign * d, {a: k for a, k in out.items() if k}
        case "mul" if e.args[0].op == "const" or e.args[1].op == "const":
            k, x = (e.args[0].attr, e.args[1]) if e.args[0].op == "const" else (e.args[1].attr, e.args[0])
            c, terms = linear(x)
            return c * k, {a: j * k for a, j in terms.items() if j * k}
    return 0, {e: 1}


# --- monoids ---


def lowest(dtype: str) -> Any:
    """The least value of a type."""
    return float("-inf") if dtype in FLOATS else -(1 << (BITS[dtype] - 1)) if dtype in SIGNED else 0


def highest(dtype: str) -> Any:
    """The greatest value of a type."""
    if dtype in FLOATS:
        return float("inf")
    return (1 << (BITS[dtype] - (dtype in SIGNED))) - 1


def _simple(name: str, init: Callable[[str], Any], combine: Callable[[Expr, Expr], Expr]) -> Monoid:
    return Monoid(name, lambda ds: (init(ds[0]),), lambda a, b: (combine(a[0], b[0]),))


def _best(name: str, init: Callable[[str], Any], better: str) -> Monoid:
    """(value, index): the better value wins, NaN beats all, the lower index settles ties."""

    def combine(a: tuple[Expr, ...], b: tuple[Expr, ...]) -> tuple[Expr, ...]:
        (x, i), (y, j) = a, b
        wins, ties = compare(better, x, y), eq(x, y)
        if x.dtype in FLOATS:
            nan_x, nan_y = ne(x, x), ne(y, y)
            wins = or_(wins, and_(nan_x, not_(nan_y)))
            ties = or_(ties, and_(nan_x, nan_y))
        first = or_(wins, and_(ties, compare("lt", i, j)))
        return select(first, x, y), select(first, i, j)

    return Monoid(name, lambda ds: (init(ds[0]), highest(ds[1])), combine)


ADD = _simple("add", lambda d: 0, add)
MUL = _simple("mul", lambda d: 1, mul)
MAX = _simple("max", lowest, maximum)
MIN = _simple("min", highest, minimum)
AND = _simple("and", lambda d: True if d == "bool" else wrap(-1, d), and_)
OR = _simple("or", lambda d: 0, or_)
XOR = _simple("xor", lambda d: 0, xor)
ARGMAX = _best("argmax", lowest, "gt")
ARGMIN = _best("argmin", highest, "lt")


class View:
    """Something readable at an index: a shape, a type, and a function from an index tuple to a scalar."""

    __slots__ = ("shape", "dtype", "read")

    def __init__(self, shape: tuple[int, ...], dtype: str, read: Callable[[tuple[Expr, ...]], Expr]) -> None:
        self.shape, self.dtype, self.read = shape, dtype, read

    def __getitem__(self, i: tuple[Expr, ...]) -> Expr:
        return self.read(i)
