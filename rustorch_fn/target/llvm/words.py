"""LLVM's vocabulary: how each scalar word is said for one value or for a vector of lanes.

Registers hold bool as i1 and f16, bf16 as f32 (rounded after every inexact word); memory holds
bool as i8, f16 as half and bf16 as i16. `lanes` is 0 for a scalar.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from functools import partial
from typing import Any

from rustorch_fn.kernel.expr import BITS, FLOATS, SIGNED, highest, lowest

REGISTER = {
    "bool": "i1", "f16": "float", "bf16": "float", "f32": "float", "f64": "double",
    **{f"{s}{n}": f"i{n}" for s in "iu" for n in (8, 16, 32, 64)},
}  # fmt: skip
MEMORY = {**REGISTER, "bool": "i8", "f16": "half", "bf16": "i16"}
LOW = ("f16", "bf16")
_SUFFIX = {"float": "f32", "double": "f64", "half": "f16"}


def many(kind: str, lanes: int) -> str:
    """The type of `lanes` values of an LLVM type."""
    return f"<{lanes} x {kind}>" if lanes else kind


def register(dtype: str, lanes: int) -> str:
    return many(REGISTER[dtype], lanes)


def mangle(kind: str, lanes: int) -> str:
    """An LLVM type as it is spelled inside the name of an intrinsic."""
    name = _SUFFIX.get(kind, kind)
    return f"v{lanes}{name}" if lanes else name


def literal(value: Any, dtype: str, lanes: int = 0) -> str:
    """A constant as an operand."""
    if dtype in FLOATS:
        if dtype != "f64":
            value = round_to(value, dtype)
        text = f"0x{struct.unpack('>Q', struct.pack('>d', value))[0]:016X}"
    elif dtype == "bool":
        text = "true" if value else "false"
    else:
        text = str(int(value))
    return f"splat ({REGISTER[dtype]} {text})" if lanes else text


def round_to(value: float, dtype: str) -> float:
    """A Python float rounded to a narrower float type, to nearest even."""
    if value != value or value in (float("inf"), float("-inf")):
        return value
    try:
        if dtype == "f16":
            return float(struct.unpack("e", struct.pack("e", value))[0])
        narrow = struct.unpack("I", struct.pack("f", value))[0]
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")
    if dtype == "bf16":
        narrow = (narrow + 0x7FFF + (narrow >> 16 & 1)) & 0xFFFF0000
    return float(struct.unpack("f", struct.pack("I", narrow))[0])


class Module:
    """What the whole text shares: fresh names, the intrinsics that it declares, the functions that it defines.

    `half`: the machine converts f16 itself.
    """

    def __init__(self, half: bool = True) -> None:
        self.count, self.half = 0, half
        self.declared: dict[str, str] = {}
        self.defined: dict[str, str] = {}

    def name(self) -> str:
        self.count += 1
        return f"%v{self.count}"


class Block:
    """A growing run of instructions. `label` is the basic block that its end lies in."""

    def __init__(self, module: Module, label: str) -> None:
        self.module, self.label = module, label
        self.lines: list[str] = []

    def put(self, text: str) -> None:
        self.lines.append(text)

    def let(self, text: str) -> str:
        name = self.module.name()
        self.lines.append(f"{name} = {text}")
        return name

    def op(self, name: str, kind: str, x: str, y: str) -> str:
        return self.let(f"{name} {kind} {x}, {y}")

    def cast(self, name: str, old: str, x: str, new: str) -> str:
        return self.let(f"{name} {old} {x} to {new}")

    def start(self, label: str) -> None:
        self.lines.append(f"{label}:")
        self.label = label

    def call(self, function: str, result: str, *args: tuple[str, str]) -> str:
        """Call an intrinsic, declaring it once; args are (type, operand)."""
        if function not in self.module.declared:
            kinds = ", ".join(kind.split(" align ")[0] for kind, _ in args)
            self.module.declared[function] = f"declare {result} @{function}({kinds})"
        text = f"call {result} @{function}({', '.join(f'{kind} {x}' for kind, x in args)})"
        if result == "void":
            self.put(text)
            return ""
        return self.let(text)

    def same(self, function: str, kind: str, lanes: int, *args: str) -> str:
        """An intrinsic whose operands and result are all of one type."""
        whole = many(kind, lanes)
        return self.call(f"llvm.{function}.{mangle(kind, lanes)}", whole, *((whole, a) for a in args))

    def splat(self, x: str, kind: str, lanes: int) -> str:
        one = self.let(f"insertelement {many(kind, lanes)} poison, {kind} {x}, i64 0")
        return self.let(
            f"shufflevector {many(kind, lanes)} {one}, {many(kind, lanes)} poison, <{lanes} x i32> zeroinitializer"
        )

    def select(self, c: str, x: str, y: str, kind: str, lanes: int, of: int | None = None) -> str:
        """x where c, else y; `of` is the number of lanes of c where it differs."""
        whole = many(kind, lanes)
        return self.let(f"select {many('i1', lanes if of is None else of)} {c}, {whole} {x}, {whole} {y}")


def woven(b: Block, xs: Sequence[str], start: int, kind: str, lanes: int) -> str:
    """A vector of the elements from `start` on of x0[0], x1[0], …, x0[1], x1[1], …"""
    n, whole, out = len(xs), many(kind, lanes), xs[0]
    for k in range(1, n):
        which = []
        for i in range(lanes):
            j, source = divmod(start + i, n)
            # lanes of earlier vectors are where they belong once the second has been woven in
            which.append(lanes + j if source == k else i if k > 1 and source < k else j if source < k else 0)
        picked = ", ".join(f"i32 {i}" for i in which)
        out = b.let(f"shufflevector {whole} {out}, {whole} {xs[k]}, <{lanes} x i32> <{picked}>")
    return out


def number(value: int, kind: str, lanes: int) -> str:
    return f"splat ({kind} {value})" if lanes else str(value)


# --- arithmetic ---

_FLOAT = {"add": "fadd", "sub": "fsub", "mul": "fmul", "div": "fdiv"}
_ROUND = {"sqrt", "floor", "ceil", "rint", "trunc"}


def say(b: Block, op: str, dtype: str, args: Sequence[str], lanes: int, fma: bool = True) -> str:
    """One word whose operands have type `dtype` (for select: the type of both branches)."""
    whole = register(dtype, lanes)
    if op in _COMPARE:
        return b.let(f"{_predicate(op, dtype)} {whole} {args[0]}, {args[1]}")
    if op == "select":
        raise ValueError("select is said by Block.select")
    out = _float(b, op, dtype, args, lanes, fma) if dtype in FLOATS else _integer(b, op, dtype, args, lanes)
    return narrow(b, out, dtype, lanes) if dtype in LOW and op in _INEXACT else out


_COMPARE = ("eq", "ne", "lt", "le", "gt", "ge")
_INEXACT = ("add", "sub", "mul", "div", "fma", "sqrt")


def _predicate(op: str, dtype: str) -> str:
    if dtype in FLOATS:
        return "fcmp une" if op == "ne" else f"fcmp o{op}"
    return f"icmp {op}" if op in ("eq", "ne") else f"icmp {'s' if dtype in SIGNED else 'u'}{op}"


def _float(b: Block, op: str, dtype: str, args: Sequence[str], lanes: int, fma: bool) -> str:
    kind = REGISTER[dtype]
    whole = many(kind, lanes)
    if op in _FLOAT:
        return b.let(f"{_FLOAT[op]} {whole} {args[0]}, {args[1]}")
    if op == "neg":
        return b.let(f"fneg {whole} {args[0]}")
    if op == "abs":
        return b.same("fabs", kind, lanes, args[0])
    if op in _ROUND:
        return b.same(op, kind, lanes, args[0])
    if op in ("min", "max"):
        x, y = args
        better = b.let(f"fcmp o{'lt' if op == 'min' else 'gt'} {whole} {x}, {y}")
        best = b.select(better, x, y, kind, lanes)
        return b.select(b.let(f"fcmp uno {whole} {x}, {x}"), x, best, kind, lanes)
    if op == "fma":
        if dtype in LOW or (kind == "float" and not fma):
            return _fma_by_double(b, args, dtype, lanes)
        return b.same("fma", kind, lanes, *args) if fma else _fma_double(b, args, lanes)
    raise ValueError(f"LLVM has no word {op!r} for {dtype}")


def _integer(b: Block, op: str, dtype: str, args: Sequence[str], lanes: int) -> str:
    kind, signed = REGISTER[dtype], dtype in SIGNED
    whole = many(kind, lanes)
    match op:
        case "add" | "sub" | "mul" | "and" | "or" | "xor":
            return b.let(f"{op} {whole} {args[0]}, {args[1]}")
        case "neg":
            return b.let(f"sub {whole} {number(0, kind, lanes)}, {args[0]}")
        case "not":
            ones = "true" if kind == "i1" else "-1"
            return b.let(f"xor {whole} {args[0]}, {f'splat ({kind} {ones})' if lanes else ones}")
        case "abs":
            if not signed:
                return args[0]
            return b.call(f"llvm.abs.{mangle(kind, lanes)}", whole, (whole, args[0]), ("i1", "false"))
        case "min" | "max":
            how = ("s" if signed else "u") + ("lt" if op == "min" else "gt")
            return b.select(b.let(f"icmp {how} {whole} {args[0]}, {args[1]}"), args[0], args[1], kind, lanes)
        case "div" | "rem":
            return _divide(b, op, args, kind, signed, lanes)
        case "shl" | "shr":
            return _shift(b, op, args, kind, signed, BITS[dtype], lanes)
        case "popcount":
            return b.same("ctpop", kind, lanes, args[0])
        case "clz":
            return b.call(f"llvm.ctlz.{mangle(kind, lanes)}", whole, (whole, args[0]), ("i1", "false"))
        case "floor" | "ceil" | "rint" | "trunc":
            return args[0]
    raise ValueError(f"LLVM has no word {op!r} for {dtype}")


def _divide(b: Block, op: str, args: Sequence[str], kind: str, signed: bool, lanes: int) -> str:
    """Division that cannot trap: an impossible divisor becomes 1 first."""
    (x, y), whole, bit = args, many(kind, lanes), many("i1", lanes)
    zero, one, minus = (number(v, kind, lanes) for v in (0, 1, -1))
    none = bad = b.op("icmp eq", whole, y, zero)
    if signed:
        least = b.op("icmp eq", whole, x, number(-(1 << (int(kind[1:]) - 1)), kind, lanes))
        bad = b.op("or", bit, none, b.op("and", bit, least, b.op("icmp eq", whole, y, minus)))
    out = b.op(f"{'s' if signed else 'u'}{op}", whole, x, b.select(bad, one, y, kind, lanes))
    return b.select(none, minus if op == "div" else x, out, kind, lanes)


def _shift(b: Block, op: str, args: Sequence[str], kind: str, signed: bool, bits: int, lanes: int) -> str:
    (x, y), whole = args, many(kind, lanes)
    how = "shl" if op == "shl" else "ashr" if signed else "lshr"
    if (known := _known(y)) is not None and 0 <= known < bits:
        return b.op(how, whole, x, y)
    fits = b.op("icmp ult", whole, y, number(bits, kind, lanes))
    if how == "ashr":
        return b.op("ashr", whole, x, b.select(fits, y, number(bits - 1, kind, lanes), kind, lanes))
    # a shift by too much is poison, which select does not let through
    return b.select(fits, b.op(how, whole, x, y), number(0, kind, lanes), kind, lanes)


def _known(operand: str) -> int | None:
    """The value of an integer literal operand."""
    text = operand.rsplit(" ", 1)[-1].rstrip(")")
    return int(text) if text.lstrip("-").isdigit() else None


# --- conversions ---


def convert(b: Block, x: str, source: str, target: str, lanes: int) -> str:
    """x's value in another type, with the meaning of expr.convert."""
    kind, to = REGISTER[source], REGISTER[target]
    old, new = many(kind, lanes), many(to, lanes)
    if source in FLOATS and target in FLOATS:
        return _refloat(b, x, source, target, lanes)
    if source in FLOATS:
        if target == "bool":
            return b.op("fcmp une", old, x, literal(0.0, source, lanes))
        return _saturate(b, x, source, target, lanes)
    if target in FLOATS:
        out = b.cast("sitofp" if source in SIGNED else "uitofp", old, x, new)
        return narrow(b, out, target, lanes) if target in LOW else out
    if target == "bool":
        return b.op("icmp ne", old, x, number(0, kind, lanes))
    if BITS[source] == BITS[target]:
        return x
    return b.cast("trunc" if BITS[target] < BITS[source] else "sext" if source in SIGNED else "zext", old, x, new)


def _saturate(b: Block, x: str, source: str, target: str, lanes: int) -> str:
    """Float to integer: the nearest value towards zero that the type has, 0 for NaN."""
    # LLVM's own fptosi.sat takes vectors apart
    low, high = lowest(target), highest(target)
    whole, bit, wide = register(source, lanes), many("i1", lanes), "i32" if BITS[target] < 32 else REGISTER[target]
    above = b.op("fcmp oge", whole, x, literal(float(high + 1), source, lanes))
    below = b.op("fcmp olt", whole, x, literal(float(low), source, lanes))
    known = b.op("fcmp ord", whole, x, x)
    inside = b.op("and", bit, known, b.op("xor", bit, b.op("or", bit, above, below), number(-1, "i1", lanes)))
    safe = b.select(inside, x, literal(0.0, source, lanes), REGISTER[source], lanes)
    signed = target in SIGNED or BITS[target] < 32
    out = b.cast("fptosi" if signed else "fptoui", whole, safe, many(wide, lanes))
    if wide != REGISTER[target]:
        out = b.cast("trunc", many(wide, lanes), out, register(target, lanes))
    # numbers of unsigned types are written as LLVM reads them: modulo their width
    out = b.select(above, number(high, REGISTER[target], lanes), out, REGISTER[target], lanes)
    return b.select(below, number(low, REGISTER[target], lanes), out, REGISTER[target], lanes)


def _refloat(b: Block, x: str, source: str, target: str, lanes: int) -> str:
    single, double = many("float", lanes), many("double", lanes)
    if source == "f64" and target != "f64":
        x = _odd(b, x, lanes) if target in LOW else b.cast("fptrunc", double, x, single)
    elif target == "f64":
        return b.cast("fpext", single, x, double)
    return narrow(b, x, target, lanes) if target in LOW else x


def _odd(b: Block, x: str, lanes: int) -> str:
    """f64 to f32 rounded to odd, so that rounding once more to fewer bits is exact."""
    double, single, word, bit = (many(k, lanes) for k in ("double", "float", "i32", "i1"))
    near = b.cast("fptrunc", double, x, single)
    back = b.cast("fpext", single, near, double)
    inexact = b.op("fcmp one", double, back, x)
    far = b.op("fcmp ogt", double, b.same("fabs", "double", lanes, back), b.same("fabs", "double", lanes, x))
    bits = b.op("sub", word, b.cast("bitcast", single, near, word), b.cast("zext", bit, far, word))
    return b.cast("bitcast", word, b.op("or", word, bits, b.cast("zext", bit, inexact, word)), single)


def narrow(b: Block, x: str, dtype: str, lanes: int) -> str:
    """An f32 register rounded to the values of f16 or bf16."""
    return widen(b, pack(b, x, dtype, lanes), dtype, lanes)


def pack(b: Block, x: str, dtype: str, lanes: int) -> str:
    """A register as memory holds it."""
    if dtype == "bool":
        return b.cast("zext", many("i1", lanes), x, many("i8", lanes))
    single, word, short = many("float", lanes), many("i32", lanes), many("i16", lanes)
    if dtype == "f16":
        return b.cast("fptrunc", single, x, many("half", lanes)) if b.module.half else _to_half(b, x, lanes)
    if dtype != "bf16":
        return x
    bits = b.cast("bitcast", single, x, word)
    sixteen = number(16, "i32", lanes)
    last = b.op("and", word, b.op("lshr", word, bits, sixteen), number(1, "i32", lanes))
    near = b.op("add", word, b.op("add", word, bits, number(0x7FFF, "i32", lanes)), last)
    quiet = b.op("or", word, bits, number(0x400000, "i32", lanes))
    out = b.select(b.op("fcmp uno", single, x, x), quiet, near, "i32", lanes)
    return b.cast("trunc", word, b.op("lshr", word, out, sixteen), short)


def widen(b: Block, x: str, dtype: str, lanes: int) -> str:
    """What memory holds as a register."""
    if dtype == "bool":
        return b.op("icmp ne", many("i8", lanes), x, number(0, "i8", lanes))
    if dtype == "f16":
        return b.cast("fpext", many("half", lanes), x, many("float", lanes)) if b.module.half else _of_half(b, x, lanes)
    if dtype != "bf16":
        return x
    word = many("i32", lanes)
    high = b.op("shl", word, b.cast("zext", many("i16", lanes), x, word), number(16, "i32", lanes))
    return b.cast("bitcast", word, high, many("float", lanes))


def _of_half(b: Block, x: str, lanes: int) -> str:
    """f16 to f32 by its bits: the exponent moves by a product, which also scales denormals."""
    single, word, short = many("float", lanes), many("i32", lanes), many("i16", lanes)
    n = partial(number, kind="i32", lanes=lanes)
    bits = b.cast("zext", short, b.cast("bitcast", many("half", lanes), x, short), word)
    size = b.op("and", word, bits, n(0x7FFF))
    near = b.op(
        "fmul", single, b.cast("bitcast", word, b.op("shl", word, size, n(13)), single), literal(2.0**112, "f32", lanes)
    )
    moved = b.cast("bitcast", single, near, word)
    ends = b.op("icmp uge", word, size, n(0x7C00))
    moved = b.select(ends, b.op("or", word, moved, n(0x7F800000)), moved, "i32", lanes)
    sign = b.op("shl", word, b.op("and", word, bits, n(0x8000)), n(16))
    return b.cast("bitcast", word, b.op("or", word, moved, sign), single)


def _to_half(b: Block, x: str, lanes: int) -> str:
    """f32 to f16 by its bits, to nearest even; adding one half rounds what becomes denormal."""
    single, word, short = many("float", lanes), many("i32", lanes), many("i16", lanes)
    n = partial(number, kind="i32", lanes=lanes)
    bits = b.cast("bitcast", single, x, word)
    size = b.op("and", word, bits, n(0x7FFFFFFF))
    odd = b.op("and", word, b.op("lshr", word, size, n(13)), n(1))
    normal = b.op("lshr", word, b.op("add", word, b.op("add", word, size, n(0xFFF - (112 << 23))), odd), n(13))
    half = b.op("fadd", single, b.cast("bitcast", word, size, single), literal(0.5, "f32", lanes))
    small = b.op("sub", word, b.cast("bitcast", single, half, word), n(126 << 23))
    out = b.select(b.op("icmp ult", word, size, n(113 << 23)), small, normal, "i32", lanes)
    ends = b.select(b.op("icmp ugt", word, size, n(0x7F800000)), n(0x7E00), n(0x7C00), "i32", lanes)
    out = b.select(b.op("icmp uge", word, size, n(0x47800000)), ends, out, "i32", lanes)
    out = b.op("or", word, out, b.op("lshr", word, b.op("and", word, bits, n(0x80000000)), n(16)))
    return b.cast("bitcast", short, b.cast("trunc", word, out, short), many("half", lanes))


def bitcast(b: Block, x: str, source: str, target: str, lanes: int) -> str:
    """The same bits as another type of equal width."""
    if source in LOW:
        x = pack(b, x, source, lanes)
    old, new = (MEMORY[d] if d in LOW else REGISTER[d] for d in (source, target))
    if old != new:
        x = b.cast("bitcast", many(old, lanes), x, many(new, lanes))
    return widen(b, x, target, lanes) if target in LOW else x


# --- fma where the machine has none, and for halves ---


def _two_sum(b: Block, kind: str, x: str, y: str) -> tuple[str, str]:
    """x + y as a rounded sum and the exact rest."""
    s = b.op("fadd", kind, x, y)
    t = b.op("fsub", kind, s, x)
    left = b.op("fsub", kind, x, b.op("fsub", kind, s, t))
    return s, b.op("fadd", kind, left, b.op("fsub", kind, y, t))


def _sum_odd(b: Block, x: str, y: str, lanes: int) -> str:
    """x + y in f64 rounded to odd."""
    double, word, bit = (many(k, lanes) for k in ("double", "i64", "i1"))
    s, rest = _two_sum(b, double, x, y)
    zero, one = number(0, "i64", lanes), number(1, "i64", lanes)
    bits = b.cast("bitcast", double, s, word)
    # only a finite rest that is not zero moves an even sum by one, towards the rest
    inexact = b.op("fcmp one", double, rest, literal(0.0, "f64", lanes))
    even = b.op("icmp eq", word, b.op("and", word, bits, one), zero)
    inward = b.op("icmp slt", word, b.op("xor", word, bits, b.cast("bitcast", double, rest, word)), zero)
    step = b.select(inward, number(-1, "i64", lanes), one, "i64", lanes)
    move = b.select(b.op("and", bit, inexact, even), step, zero, "i64", lanes)
    return b.cast("bitcast", word, b.op("add", word, bits, move), double)


def _fma_by_double(b: Block, args: Sequence[str], dtype: str, lanes: int) -> str:
    """Products of f32 are exact in f64, and a sum rounded to odd may be rounded once more."""
    single, double = many("float", lanes), many("double", lanes)
    x, y, z = (b.cast("fpext", single, a, double) for a in args)
    total = _sum_odd(b, b.op("fmul", double, x, y), z, lanes)
    return _odd(b, total, lanes) if dtype in LOW else b.cast("fptrunc", double, total, single)


def _fma_double(b: Block, args: Sequence[str], lanes: int) -> str:
    """Dekker's product, then the sum of three by Boldo and Melquiond; the plain sum where that is not finite, or is
    zero, whose sign it has right."""
    kind = many("double", lanes)
    x, y, z = args
    product = b.op("fmul", kind, x, y)

    def halves(v: str) -> tuple[str, str]:
        t = b.op("fmul", kind, v, literal(134217729.0, "f64", lanes))
        high = b.op("fsub", kind, t, b.op("fsub", kind, t, v))
        return high, b.op("fsub", kind, v, high)

    (xh, xl), (yh, yl) = halves(x), halves(y)
    rest = b.op("fsub", kind, b.op("fmul", kind, xh, yh), product)
    for p, q in ((xh, yl), (xl, yh), (xl, yl)):
        rest = b.op("fadd", kind, rest, b.op("fmul", kind, p, q))
    uh, ul = _two_sum(b, kind, z, rest)
    vh, vl = _two_sum(b, kind, product, uh)
    exact = b.op("fadd", kind, vh, _sum_odd(b, vl, ul, lanes))
    ordinary = b.op("fcmp one", kind, exact, literal(0.0, "f64", lanes))
    return b.select(ordinary, exact, b.op("fadd", kind, product, z), "double", lanes)
