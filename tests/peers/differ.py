"""Ours beside JAX's: one name, called with drawn arguments, compared in values, dtypes, weak types and shapes.

JAX is asked with x64 off where every argument has at most 32 bits, with x64 on where one has 64. What it says of all
cases of a name is compiled as one program, without optimisation: the programs are small, and compiling them is what
costs. (Ops one by one cost twice as much, under `jax.disable_jit()` three times, though they are shared.)
"""

from __future__ import annotations

import inspect
import os
import warnings
from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

os.environ.setdefault("XLA_FLAGS", "--xla_backend_optimization_level=0 --xla_llvm_disable_expensive_passes=true")

import jax
import jax.extend
import jax.numpy as jnp
from compare import FLOATS, agree, widened
from peers.draw import Case, Draw, Key, Number, Of, class_of
from peers.rows import NEWER, STEADY, Row

import rustorch_fn as rt

jax.config.update("jax_threefry_partitionable", True)
MANY = 40  # as nox asks for: then everything is looked at under jit and vmap too
PATIENCE = 6  # so many times the cases asked for are drawn, until all that is accepted has come up
WIDE = frozenset(("float64", "complex128", "int64", "uint64"))


@dataclass
class Report:
    """What was found about one name."""

    name: str
    cases: int = 0
    rejected: int = 0
    kinds: set[str] = field(default_factory=set)
    classes: set[str] = field(default_factory=set)
    checks: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)
    differences: Counter[str] = field(default_factory=Counter)


# --- cases ---


def leaves_of(case: Case) -> list[Any]:
    """What is traced under jit: arrays, numbers, keys."""
    return [x for x in jax.tree.leaves((case.args, case.kwargs), is_leaf=is_leaf) if is_operand(x)]


def is_operand(x: Any) -> bool:
    return isinstance(x, np.ndarray | Number | Key)


def is_leaf(x: Any) -> bool:
    return x is None or isinstance(x, Number | Key | Of)


def bound(row: Row, case: Case, lib: Any, f: Any) -> Any:
    """The case as a function of its operands alone."""
    leaves, tree = jax.tree.flatten((case.args, case.kwargs), is_leaf=is_leaf)
    fixed = [x.make(lib) if isinstance(x, Of) else x for x in leaves]
    places = [k for k, x in enumerate(leaves) if is_operand(x)]

    def call(*operands: Any) -> Any:
        full = list(fixed)
        for k, x in zip(places, operands, strict=True):
            full[k] = x
        args, kwargs = jax.tree.unflatten(tree, full)
        return row.call(lib, f, *args, **kwargs) if row.call else f(*args, **kwargs)

    return call


def ours_of(x: Any) -> Any:
    """An operand as ours."""
    if isinstance(x, Number):
        return x.value
    if isinstance(x, Key):
        key = rt.random.key(x.seed)
        return rt.random.split(key, x.shape) if x.shape else key
    return rt.numpy.asarray(x, dtype=x.dtype)


def theirs_of(x: Any) -> Any:
    """An operand as JAX's."""
    if isinstance(x, Number):
        return x.value
    if isinstance(x, Key):
        key = jax.random.key(x.seed)
        return jax.random.split(key, x.shape) if x.shape else key
    return jnp.asarray(x)


def is_wide(case: Case) -> bool:
    """Whether an argument has 64 bits."""
    return bool(words_of(case) & WIDE)


def words_of(case: Case) -> set[str]:
    """The dtypes of arrays, and what else is said by a word."""
    words = {x.dtype.name for x in leaves_of(case) if isinstance(x, np.ndarray)}
    return words | {x for x in jax.tree.leaves((case.args, case.kwargs), is_leaf=is_leaf) if isinstance(x, str)}


def narrowed(x: Any) -> Any:
    """An operand with at most 32 bits."""
    narrow = {"float64": "float32", "complex128": "complex64", "int64": "int32", "uint64": "uint32"}
    return x.astype(narrow[x.dtype.name]) if isinstance(x, np.ndarray) and x.dtype.name in narrow else x


# --- derivatives, said once for both libraries ---


def slopes(lib: Any, f: Any, operands: list[Any], order: int) -> list[Any]:
    """The derivatives of a weighted sum of the results by each float64 operand, up to an order."""
    np_ = lib.numpy
    wide = [getattr(x, "dtype", None) in (np.float64, np.complex128) for x in operands]
    places = [k for k, x in enumerate(operands) if wide[k] and not getattr(x, "weak_type", False)]

    def weighted(leaves: list[Any]) -> Any:
        total = 0.0
        for x in leaves:
            if np.dtype(x.dtype) in FLOATS:
                w = np_.asarray(np.cos(np.arange(x.size) + 1.0).reshape(x.shape), dtype=np.float64)
                total += np_.sum(np_.real(x) * w)
                if np.dtype(x.dtype).kind == "c":
                    total += np_.sum(np_.imag(x) * w[..., ::-1] if x.ndim else np_.imag(x))
        return total

    def scalar(*xs: Any) -> Any:
        full = list(operands)
        for k, x in zip(places, xs, strict=True):
            full[k] = x
        return weighted(jax.tree.leaves(f(*full), is_leaf=lambda x: isinstance(x, rt.Array)))

    every, found = tuple(range(len(places))), []
    g = scalar
    for _ in range(order):
        slope = lib.grad(g, argnums=every)
        found.append(slope(*(operands[k] for k in places)))
        g = partial(lambda slope, *xs: weighted(list(slope(*xs))), slope)
    return found


# --- JAX's answers ---


@dataclass
class Answer:
    """What JAX says of a case: leaves as NumPy, and which are weak; or why it says nothing."""

    leaves: list[Any] = field(default_factory=list)
    weak: list[bool] = field(default_factory=list)
    slopes: list[Any] | None = None
    error: Exception | None = None


def ask(row: Row, cases: list[tuple[Case, int]], f: Any) -> list[Answer]:
    """JAX's answers, with derivatives up to the order of each case."""
    answers = [Answer() for _ in cases]
    for wide in (False, True):
        with jax.enable_x64(wide):
            group = [k for k, (case, _) in enumerate(cases) if is_wide(case) == wide]
            one_by_one(row, [cases[k] for k in group], [answers[k] for k in group], f)
    return answers


def shapes_of(row: Row, case: Case, f: Any) -> tuple[Any, Exception | None]:
    """What JAX gives, as shapes and dtypes at least, or why it does not."""
    with jax.enable_x64(is_wide(case)), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            g, xs = bound(row, case, jax, f), [theirs_of(x) for x in leaves_of(case)]
            return (g(*xs) if row.host else jax.eval_shape(g, *xs)), None
        except Exception as error:
            return None, error


def one_by_one(row: Row, cases: list[tuple[Case, int]], answers: list[Answer], f: Any) -> None:
    """Fill the answers: what can be traced by one program, the rest as it comes."""
    programs, operands, filled = [], [], []
    for (case, order), answer in zip(cases, answers, strict=True):
        g, xs = bound(row, case, jax, f), [theirs_of(x) for x in leaves_of(case)]
        said, answer.error = shapes_of(row, case, f)
        if answer.error is not None:
            continue
        shown = jax.tree.leaves(said)
        answer.weak = [bool(getattr(x, "weak_type", False)) for x in shown]
        if row.host:
            answer.leaves = [plain(x) for x in shown]
        order = order if any(getattr(x, "dtype", None) in FLOATS for x in shown) else 0
        while order:
            try:
                jax.eval_shape(lambda *xs, g=g, order=order: slopes(jax, g, list(xs), order), *xs)
            except Exception:
                order -= 1
                continue
            break
        if row.host and order:
            answer.slopes = jax.tree.map(np.asarray, slopes(jax, g, xs, order))
        if not row.host:
            programs.append((g, order))
            operands.append(xs)
            filled.append(answer)

    def program(operands: Any) -> Any:
        return [(g(*xs), slopes(jax, g, xs, k) if k else None) for (g, k), xs in zip(programs, operands, strict=True)]

    if programs:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for answer, (said, slope) in zip(filled, jax.jit(program)(operands), strict=True):
                answer.leaves = [plain(x) for x in jax.tree.leaves(said)]
                answer.slopes = slope and jax.tree.map(np.asarray, slope)


def plain(x: Any) -> Any:
    """A leaf of a result as NumPy has it; what is no array as it is."""
    if hasattr(x, "dtype") and str(x.dtype).startswith("key<"):
        lib = rt if isinstance(x, rt.Array) else jax
        return np.asarray(lib.random.key_data(x))
    return np.asarray(x) if hasattr(x, "shape") and hasattr(x, "dtype") else x


# --- comparison ---


def compared(row: Row, case: Case, ours: Any, answer: Answer, f: Any) -> list[str]:
    """What differs between our result and JAX's, each as "what: how"."""
    mine = rt.tree.leaves(ours)
    if len(mine) != len(answer.leaves):
        return [f"shape: ours has {len(mine)} leaves, JAX's {len(answer.leaves)}"]
    found = []
    truth: list[Any] | None = None
    for k, (a, b) in enumerate(zip(mine, answer.leaves, strict=True)):
        weak, a = bool(getattr(a, "weak_type", False)), plain(a)
        if not isinstance(b, np.ndarray) or not isinstance(a, np.ndarray):
            same = type(a) is type(b) or str(a) == str(b)
            if not (same and (a == b or str(a) == str(b) or a != a)):
                found.append(f"values: ours is {a!r}, JAX's {b!r}")
            continue
        if a.shape != b.shape:
            found.append(f"shape: ours is {list(a.shape)}, JAX's {list(b.shape)}")
            continue
        if a.dtype != b.dtype:
            b = by_default(row, case, k, a, b, f)
        if a.dtype != b.dtype:
            found.append(f"dtype: ours is {a.dtype}, JAX's {b.dtype}")
            if not known(row, case, "dtype"):
                continue
            b = b.astype(a.dtype)
        if weak != answer.weak[k] and a.dtype != np.bool_:
            found.append(f"weak: ours is {'' if weak else 'not '}weak")
        if near(a, b):
            continue
        if a.dtype in FLOATS and truth is None:
            truth = exact(row, case, f)
        t = truth[k] if truth is not None else None
        try:
            agree(a, b, t if isinstance(t, np.ndarray) and t.shape == b.shape else b, flushes=True)
        except AssertionError as error:
            found.append(f"values: {error}")
    return found


def near(a: np.ndarray, b: np.ndarray) -> bool:
    """Whether the rule of compare.py holds whatever the truth is: ours lies within half of it around the peer's."""
    if a.dtype not in FLOATS or np.dtype(a.dtype) in (np.float64, np.complex128):
        return False
    a, b = (x.astype(np.complex128 if x.dtype.kind == "c" else np.float64) for x in (a, b))
    if not np.isfinite(a).all() or not np.isfinite(b).all():
        return False
    return not a.size or bool(np.max(abs(a - b)) <= 4e-6 * np.max(abs(b)))


def by_default(row: Row, case: Case, k: int, a: np.ndarray, b: np.ndarray, f: Any) -> np.ndarray:
    """JAX's leaf as ours has to be where JAX's 64 bits are its default alone: narrowed."""
    if b.dtype.name not in WIDE or narrowed(b).dtype != a.dtype:
        return b
    if b.dtype.kind in "fc":
        return b if {"float64", "complex128"} & words_of(case) else narrowed(b)
    g = bound(row, case, jax, f)
    xs = [narrowed(x) if isinstance(x, np.ndarray) else x for x in leaves_of(case)]
    try:
        with jax.enable_x64(True), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            xs = [theirs_of(x) for x in xs]
            said = g(*xs) if row.host else jax.eval_shape(g, *xs)
    except Exception:
        return b
    return narrowed(b) if jax.tree.leaves(said)[k].dtype == b.dtype else b


def exact(row: Row, case: Case, f: Any) -> list[Any]:
    """What JAX gives in float64. A draw in float64 is another draw, and no truth."""
    if any(isinstance(x, Key) for x in leaves_of(case)):
        return [None] * 99
    g = bound(row, case, jax, f)
    with jax.enable_x64(True), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        xs = [theirs_of(widened(x) if isinstance(x, np.ndarray) else x) for x in leaves_of(case)]
        try:
            return [plain(x) for x in jax.tree.leaves(g(*xs) if row.host else jax.jit(g)(*xs))]
        except Exception:
            return [None] * 99


# --- faults ---


def planted(fault: str, result: Any) -> Any:
    """The result with one element off by 1 %, or with another dtype."""
    leaves, tree = rt.tree.flatten(result)
    full = [k for k, x in enumerate(leaves) if not hasattr(x, "size") or x.size]
    if not leaves:
        return 0.0
    if full:
        k = full[-1]
        leaves[k] = other(fault, plain(leaves[k]))
    return rt.tree.unflatten(tree, leaves)


def other(fault: str, x: Any) -> Any:
    """What a name with a fault gives in the place of x."""
    if isinstance(x, np.ndarray):
        return off(x) if fault == "value" else x.astype(np.int16 if x.dtype != np.int16 else np.float32)
    if isinstance(x, np.dtype):
        return np.dtype(np.int16 if x != np.int16 else np.float32)
    if fault == "value" and isinstance(x, bool | int | float):
        return x * 1.01 + (x == 0) if np.isfinite(x) else 0.0
    return "another"


def off(x: np.ndarray) -> np.ndarray:
    """The array with its largest element off by 1 %; half types, which may be off by that, by 3 %; 8 bits by half."""
    x = np.array(x)
    if x.dtype == np.bool_:
        x.flat[0] ^= True
    elif x.dtype.kind in "iu":
        x.flat[0] += 1 + abs(x.flat[0]) // 100
    else:
        wide = np.where(np.isfinite(x), abs(x.astype(np.complex128)), -1)
        at, share = int(np.argmax(wide)), {1: 1.5, 2: 1.03}.get(x.dtype.itemsize, 1.01)
        x.flat[at] = x.flat[at] * share if wide.flat[at] > 0 else 0.01
    return x


# --- one name ---


def find(lib: Any, name: str) -> Any:
    """What a library has under a dotted name."""
    if lib is jax and name.partition(".")[0] in ("scipy", "nn", "image", "ops", "dlpack", "flatten_util", "test_util"):
        import importlib

        importlib.import_module(f"jax.{name.rpartition('.')[0]}")
    for part in name.split("."):
        lib = getattr(lib, part)
    return lib


def examine(row: Row, cases: int = 4, fault: str = "", seed: int = 0) -> Report:
    """Compare ours with JAX's, at least so many times."""
    report = Report(row.name)
    f, theirs = find(rt, row.name), find(jax, row.name)
    whole = cases >= MANY or not row.dear
    cases = cases if whole else 2
    drawn, draws = draw_cases(row, cases, seed, theirs, report, derivatives=whole and not fault)
    kinds, classes = draws
    answers = ask(row, drawn, theirs)
    accepted = []
    for (case, order), answer in zip(drawn, answers, strict=True):
        report.cases += 1
        if answer.error is not None:
            report.rejected += 1
            report.problems += [f"rejected: {brief(answer.error)} {said(case)}"] if order else []
            continue
        accepted.append((case, order, answer))
        report.kinds |= kinds_of(case)
        report.classes |= {class_of(x.dtype) for x in leaves_of(case) if isinstance(x, np.ndarray)}
        try_ours(row, case, answer, f, theirs, report, fault, order)
    if fault:
        return report
    around(row, accepted, f, theirs, report, len(accepted) if cases >= MANY else 2 * whole)
    if report.rejected * 2 > report.cases:
        why = next(a.error for a in answers if a.error is not None)
        report.problems.append(f"{report.rejected} of {report.cases} cases are rejected: {brief(why)}")
    report.problems += [f"coverage: no case on {k} shapes" for k in sorted(kinds - report.kinds)]
    report.problems += [f"coverage: no case of class {c}" for c in sorted(classes - report.classes)]
    report.problems += steady(row, [case for case, _, _ in accepted], theirs, f)
    if cases >= MANY:
        report.problems += [f"stale: {what} no longer differs" for what in row.differs if not report.differences[what]]
    return report


def draw_cases(row: Row, cases: int, seed: int, theirs: Any, report: Report, derivatives: bool) -> Any:
    """At least so many cases, until each kind and class has come up; then those for derivatives."""
    d = Draw(row.name, seed, frozenset(row.lacks.split()))
    drawn: list[tuple[Case, int]] = []
    kinds: set[str] = set()
    classes: set[str] = set()
    while len(drawn) < cases or (len(drawn) < PATIENCE * cases and (d.kinds - kinds or d.wanted - classes)):
        case = once(row, d)
        drawn.append((case, 0))
        if shapes_of(row, case, theirs)[1] is not None:
            continue
        kinds |= kinds_of(case)
        classes |= {class_of(x.dtype) for x in leaves_of(case) if isinstance(x, np.ndarray)}
    if derivatives and row.order and "double" in d.wanted:
        d.slopes = True
        drawn += [(once(row, d), row.order) for _ in range(max(1, cases // 4))]
    return drawn, (d.kinds, d.wanted)


def once(row: Row, d: Draw) -> Case:
    """One case, with another of the same choices."""
    d.taken, d.script = [], None
    case = row.draw(d)
    d.script = list(d.taken)
    case.again = row.draw(d)
    d.script = None
    return case


def kinds_of(case: Case) -> set[str]:
    """Which kinds of shapes a case has."""
    shapes = [getattr(x, "shape", ()) for x in leaves_of(case)]
    found = {"scalar"} if () in shapes else set()
    found |= {"empty"} if any(0 in s for s in shapes) else set()
    found |= {"deep"} if any(len(s) >= 3 for s in shapes) else set()
    return found | ({"broadcast"} if len(set(shapes)) > 1 else set())


def steady(row: Row, cases: list[Case], theirs: Any, ours: Any) -> list[str]:
    """Arguments that had one value only; newer ones of a JAX after 0.10 are not among them."""
    if row.call or not callable(theirs):
        return []
    try:
        signature = inspect.signature(theirs)
        known = inspect.signature(ours).parameters if NEWER else signature.parameters
    except (TypeError, ValueError):
        return []
    seen: dict[str, set[str]] = {}
    for case in cases:
        try:
            given = signature.bind(*case.args, **case.kwargs)
        except TypeError:
            continue
        given.apply_defaults()
        for name, value in given.arguments.items():
            operand = [x for x in jax.tree.leaves(value, is_leaf=is_leaf) if isinstance(x, np.ndarray | Number | Key)]
            seen.setdefault(name, set()).update({"an operand", "another"} if operand else {repr(value)})
    # JAX's ufuncs have where=, and refuse it
    fixed = {*STEADY, *row.steady, *(("where",) if isinstance(theirs, jnp.ufunc) else ())}
    left = [n for n, values in seen.items() if len(values) < 2 and n not in fixed and n in known]
    return [f"coverage: {name} has one value only: {next(iter(seen[name]))}" for name in left]


def brief(error: BaseException) -> str:
    return f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"[:200]


def said(case: Case) -> str:
    """The arguments, shortly."""

    def show(x: Any) -> str:
        return f"{x.dtype}{list(x.shape)}" if isinstance(x, np.ndarray) else repr(getattr(x, "value", x))

    args = jax.tree.map(show, case.args, is_leaf=is_leaf)
    kwargs = {k: jax.tree.map(show, v, is_leaf=is_leaf) for k, v in case.kwargs.items()}
    return f"of {args} {kwargs}".replace("'", "")


def known(row: Row, case: Case, *what: str) -> str:
    """The entry of `differs` that speaks of this case, if one does."""
    classes = {class_of(x.dtype) for x in leaves_of(case) if isinstance(x, np.ndarray)}
    for key in row.differs:
        first, *only = key.split(maxsplit=1)
        if first in what and (not only or classes & set(only[0].split())):
            return key
    return ""


def note(row: Row, report: Report, found: list[str], where: str, case: Case) -> None:
    """Write down what was found, apart from what is known to differ."""
    report.checks[where] += 1
    for problem in found:
        key = known(row, case, where, problem.partition(":")[0])
        if key:
            report.differences[key] += 1
        else:
            report.problems.append(f"{where}: {problem} {said(case)}")


def called(f: Any, *args: Any) -> tuple[Any, str]:
    """What a function of ours gives, or what it raises; warnings are errors."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            return f(*args), ""
        except Exception as error:
            return None, f"raises {brief(error)}"


def try_ours(row: Row, case: Case, answer: Answer, f: Any, theirs: Any, report: Report, fault: str, order: int) -> None:
    """Eager values, and derivatives."""
    g = bound(row, case, rt, f)
    result, problem = called(lambda: g(*(ours_of(x) for x in leaves_of(case))))
    if fault and not problem:
        result = planted(fault, result)
    found = [f"values: {problem}"] if problem else compared(row, case, result, answer, theirs)
    note(row, report, found, "eager", case)
    if problem or answer.slopes is None:
        return
    for k, want in enumerate(answer.slopes):
        where = ("grad", "second")[k]
        got, problem = called(lambda k=k: slopes(rt, g, [ours_of(x) for x in leaves_of(case)], k + 1)[k])
        if not problem:
            try:
                agree([plain(x) for x in got], list(want), list(want))
            except AssertionError as error:
                problem = "" if beside(got, want) else str(error)
        note(row, report, [f"values: {problem}"] if problem else [], where, case)


def beside(ours: Any, theirs: Any) -> bool:
    """Whether derivatives differ by what rounding leaves of numbers near 1 that cancel."""
    pairs = [(plain(a), b) for a, b in zip(ours, theirs, strict=True)]
    return all(a.dtype == b.dtype and a.shape == b.shape and np.all(abs(a - b) < 1e-11) for a, b in pairs)


def around(row: Row, accepted: list[Any], f: Any, theirs: Any, report: Report, most: int) -> None:
    """The same under jit and vmap, for some of the cases: the last ones, which are those with most axes."""
    if row.host:
        return
    ranked = sorted(accepted, key=lambda a: max([np.ndim(x) for x in leaves_of(a[0])] or [0]), reverse=True)
    chosen = [a for a in ranked if leaves_of(a[0])][:most]
    for case, _, answer in chosen:
        xs = [ours_of(x) for x in leaves_of(case)]
        # beside 64 bits a traced Python number has 32, where JAX's has 64: there it stays a constant
        static = [k for k, x in enumerate(leaves_of(case)) if isinstance(x, Number) and is_wide(case)]
        result, problem = called(
            lambda case=case, xs=xs, static=static: rt.jit(bound(row, case, rt, f), static_argnums=static)(*xs)
        )
        found = [f"values: {problem}"] if problem else compared(row, case, result, answer, theirs)
        note(row, report, found, "jit", case)
    if row.vmap:
        batched(row, [a for a in chosen if any(is_mapped(x) for x in leaves_of(a[0]))], f, theirs, report)


def is_mapped(x: Any) -> bool:
    """Whether vmap may map over an operand."""
    return isinstance(x, np.ndarray | Key)


def stacked(x: Any, y: Any) -> Any:
    """Two operands as one of ours, along a new first axis."""
    if isinstance(x, Key):
        return rt.random.wrap_key_data(np.stack([np.asarray(rt.random.key_data(ours_of(k))) for k in (x, y)]))
    return ours_of(np.stack([x, y]))


def batched(row: Row, chosen: list[Any], f: Any, theirs: Any, report: Report) -> None:
    """Two cases of the same choices at once; every second time only the first array is mapped."""
    pairs = []
    for turn, (case, _, answer) in enumerate(chosen):
        arrays = [k for k, x in enumerate(leaves_of(case)) if is_mapped(x)]
        mapped = arrays[:1] if turn % 2 and len(arrays) > 1 else arrays
        first, second = leaves_of(case), leaves_of(case.again)
        if [getattr(x, "shape", ()) for x in first] != [getattr(x, "shape", ()) for x in second]:
            continue
        other = replaced(case, {k: second[k] for k in mapped})
        pairs.append((case, other, mapped, answer))
    answers = ask(row, [(other, 0) for _, other, _, _ in pairs], theirs)
    for (case, other, mapped, one), two in zip(pairs, answers, strict=True):
        if two.error is not None:
            continue
        xs, ys = leaves_of(case), leaves_of(other)
        both = enumerate(zip(xs, ys, strict=True))
        operands = [stacked(x, y) if k in mapped else ours_of(x) for k, (x, y) in both]
        g = bound(row, case, rt, f)
        result, problem = called(lambda g=g, operands=operands, mapped=mapped: over_first(g, operands, mapped))
        found = [f"values: {problem}"] if problem else []
        for turn, (each, answer) in enumerate(() if problem else ((case, one), (other, two))):
            slice_ = rt.tree.map(lambda x, turn=turn: x[turn], result)
            found += compared(row, each, slice_, answer, theirs)
        note(row, report, found, "vmap", case)


def over_first(g: Any, operands: list[Any], mapped: list[int]) -> Any:
    """vmap over the first axis of some operands; the others are constants."""

    def call(*rows: Any) -> Any:
        full = list(operands)
        for k, x in zip(mapped, rows, strict=True):
            full[k] = x
        return g(*full)

    return rt.vmap(call)(*(operands[k] for k in mapped))


def replaced(case: Case, operands: dict[int, Any]) -> Case:
    """The case with other operands at some places."""
    leaves, tree = jax.tree.flatten((case.args, case.kwargs), is_leaf=is_leaf)
    places = [k for k, x in enumerate(leaves) if is_operand(x)]
    for k, x in operands.items():
        leaves[places[k]] = x
    args, kwargs = jax.tree.unflatten(tree, leaves)
    return Case(args, kwargs, case.kind)
