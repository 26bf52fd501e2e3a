"""Eager calls by a short way: for Forms that were met before, NumPy's functions in a row, or one kernel if large.

A public function of arrays promotes, broadcasts and asks which interpreter is the current one, at ten times the cost
of the arithmetic. What comes of it depends on the Forms of its operands alone, so at the second call with equal Forms
the function is traced, and what it applies is written out as one Python function of NumPy's. Large arrays go through
the compiled program instead, whose kernels do not depend on shapes.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np

from rustorch_fn import dtypes, errors
from rustorch_fn.core import silence
from rustorch_fn.core.array import Array, form
from rustorch_fn.core.aval import Aval
from rustorch_fn.core.ir import Atom, Equation, Func, Literal, Var
from rustorch_fn.core.primitive import Primitive
from rustorch_fn.core.roles import roles
from rustorch_fn.core.trace import PLAIN, context, literal, trace
from rustorch_fn.lax.families import Elementwise, Programmed
from rustorch_fn.lax.lift import asarray
from rustorch_fn.transform.tidy import tidy

F = TypeVar("F", bound=Callable[..., Any])

# elements from which a kernel beats NumPy
LARGE = 1 << 17
# Forms that one function remembers, and the longest row of NumPy's functions
MOST, LONGEST = 1024, 32
# Python ints of 16 bits fit every type that they may meet here
SMALL = 1 << 15
_FITTING = frozenset(dtypes.SHORT) - {dtypes.int64, dtypes.uint64, dtypes.key}
_NUMBERS = {float: Aval((), dtypes.float32, True), int: Aval((), dtypes.int32, True)}
# a static argument of one of these types is told apart from equal ones by its type
_STATIC = frozenset((int, float, bool, str, type(None), type))


def shorten(module: dict[str, Any], names: Sequence[str], way: Callable[[Any], Any]) -> None:
    """Let functions of a module go by a short way, under all the names that they have there."""
    for name in names:
        function = module[name]
        short = way(function)
        module.update({other: short for other, value in module.items() if value is function})


def one(function: F) -> F:
    """A function of one operand, by the short way."""
    known: dict[Any, Any] = {}

    def short(x: Any, /) -> Any:
        key = x.form if type(x) is Array else kind(x)
        plan = known.get(key)
        if plan is not None and context() is PLAIN:
            return plan(x)
        return learned(known, key, function, (x,), (key,))

    return functools.update_wrapper(short, function)  # type: ignore[return-value]


def two(function: F) -> F:
    """A function of two operands, by the short way."""
    known: dict[Any, Any] = {}

    def short(x: Any, y: Any, /) -> Any:
        key = (x.form if type(x) is Array else kind(x), y.form if type(y) is Array else kind(y))
        plan = known.get(key)
        if plan is not None and context() is PLAIN:
            return plan(x, y)
        return learned(known, key, function, (x, y), key)

    return functools.update_wrapper(short, function)  # type: ignore[return-value]


def some(function: F) -> F:
    """A function of any number of operands, by the short way."""
    known: dict[Any, Any] = {}

    def short(*args: Any, **how: Any) -> Any:
        if how:
            return function(*args, **how)
        key = tuple([x.form if type(x) is Array else kind(x) for x in args])
        plan = known.get(key)
        if plan is not None and context() is PLAIN:
            return plan(*args)
        return learned(known, key, function, args, key)

    return functools.update_wrapper(short, function)  # type: ignore[return-value]


def first(function: F) -> F:
    """A function of one operand and of arguments that say how, by the short way."""
    known: dict[Any, Any] = {}

    def short(*args: Any, **how: Any) -> Any:
        if not args or type(args[0]) is not Array:
            return function(*args, **how)
        x = args[0]
        key: Any = x.form
        if how or len(args) > 1:
            said = (*args[1:], *how.values())
            kinds = tuple([type(v) if type(v) is not tuple else (*map(type, v),) for v in said])
            if not all(k in _STATIC if type(k) is not tuple else _STATIC.issuperset(k) for k in kinds):
                return function(*args, **how)
            key = (key, said, kinds, *how)
        plan = known.get(key)
        if plan is not None and context() is PLAIN:
            return plan(x)
        rest = args[1:]
        return learned(known, key, lambda x: function(x, *rest, **how), (x,), (x.form,))

    return functools.update_wrapper(short, function)  # type: ignore[return-value]


def kind(x: Any) -> Any:
    """What decides the way of an operand that is no Array: the type of a Python number, dtype and shape of NumPy's."""
    t = type(x)
    if t is float:
        return t
    if t is int:
        return t if -SMALL <= x < SMALL else None
    if t is np.ndarray or isinstance(x, np.generic):
        return (x.dtype, x.shape) if x.dtype in _FITTING else None
    return None


def _aval(kind: Any) -> Aval:
    """The type of an operand of a kind."""
    if type(kind) is tuple:
        return Aval(kind[1], dtypes.narrow(kind[0]))
    aval: Aval = _NUMBERS[kind] if kind in _NUMBERS else kind.aval
    return aval


def learned(known: dict[Any, Any], key: Any, function: Callable[..., Any], args: Any, kinds: Sequence[Any]) -> Any:
    """The call by the long way; at the second one with this key, the short way is prepared."""
    out = function(*args)
    if context() is not PLAIN or None in kinds:
        return out
    if key in known:
        known[key] = planned(function, kinds) or function
    elif type(out) is Array:
        if len(known) >= MOST:
            known.clear()
        known[key] = None
    return out


def planned(function: Callable[..., Any], kinds: Sequence[Any]) -> Callable[..., Any] | None:
    """The short way for operands of these kinds, Forms or types of Python numbers; None where there is none."""
    avals = [_aval(kind) for kind in kinds]
    if any(a.dtype in dtypes.WIDE for a in avals) and any(type(kind) is tuple for kind in kinds):
        return None  # beside 64 bits NumPy's keep theirs
    try:
        func, captured = trace(lambda *xs: [function(*xs)], avals)
    except errors.ConcretizationError:
        return None
    if captured:
        return None
    func = tidy(func)
    results = set(func.outputs)
    if not func.equations or not all(isinstance(v, Var) for v in results) or results & set(func.inputs):
        return None
    if not all(_simple(e) for e in func.equations):
        return None
    sizes = [a.aval.size for e in func.equations for a in (*e.inputs, *e.outputs)]
    if max(sizes) >= LARGE:
        return _programmed(func)
    return Writer(func, kinds).written() if len(func.equations) <= LONGEST else None


def _simple(e: Equation) -> bool:
    """Whether an equation says all there is to it: no effects, no control, nothing of its own when it runs now."""
    eager = type(e.op).eager
    return not (e.op.effects or e.op.multiple or any(e.funcs())) and eager in (Primitive.eager, Programmed.eager)


def _programmed(func: Func) -> Callable[..., Any]:
    """The compiled program of a Func, for arguments of which some are Python numbers."""

    def run(*args: Any) -> Any:
        return roles.run(func, [x if type(x) is Array else asarray(x) for x in args])[0]

    return run


class Writer:
    """A Func as the source of one Python function, which calls NumPy on the views of its arguments."""

    def __init__(self, func: Func, kinds: Sequence[Any]) -> None:
        self.func = func
        self.scope: dict[str, Any] = {"array": np.array, "asarray": np.asarray, "Array": Array, "new": object.__new__}
        self.scope |= {"off": silence.off, "back": silence.back}
        self.names: dict[Var, str] = {}
        self.uses: dict[Var, list[Equation]] = {}
        for e in func.equations:
            for a in e.inputs:
                if isinstance(a, Var):
                    self.uses.setdefault(a, []).append(e)
        self.kinds = dict(zip(func.inputs, kinds, strict=True))

    def put(self, stem: str, value: Any) -> str:
        """A name for a value that the function knows."""
        name = f"{stem}{len(self.scope)}"
        self.scope[name] = value
        return name

    def written(self) -> Callable[..., Any] | None:
        """The function; None where it would give an argument back."""
        lines = [line for k, v in enumerate(self.func.inputs) for line in self.opened(k, v)]
        lines += ["    token = off()", "    try:"]
        lines += [f"        {line}" for e in self.func.equations for line in self.step(e)]
        lines += ["    finally:", "        back(token)"]
        (out,) = self.func.outputs
        if not isinstance(out, Var) or self.names[out] in [self.names[v] for v in self.func.inputs]:
            return None
        result = self.put("form", form(out.aval))
        lines += [
            "    out = new(Array)",
            f"    out.form, out.buffer, out._ptr, out._view = {result}, None, None, {self.names[out]}",
            "    return out",
        ]
        arguments = ", ".join(f"x{k}" for k in range(len(self.func.inputs)))
        exec("\n".join([f"def plan({arguments}):", *lines]), self.scope)
        return self.scope["plan"]

    def opened(self, k: int, v: Var) -> list[str]:
        """The lines that take argument k to NumPy: a view, or a Python number in the type that it is needed in."""
        name = self.names[v] = f"v{k}"
        kind = self.kinds[v]
        if type(kind) is tuple:
            narrow = dtypes.narrow(kind[0])
            return [
                f"    {name} = x{k}" if narrow == kind[0] else f"    {name} = x{k}.astype({self.put('dtype', narrow)})"
            ]
        if kind not in _NUMBERS:
            return [f"    {name} = x{k}._view", f"    if {name} is None: {name} = x{k}.view"]
        uses = self.uses.get(v, [])
        dtype = v.aval.dtype
        if len(uses) == 1 and uses[0].op.name == "convert":
            dtype = uses[0].attrs["dtype"]
            self.names[uses[0].outputs[0]] = name
        return [f"    {name} = array(x{k}, {self.put('dtype', dtypes.physical(dtype))})"]

    def step(self, e: Equation) -> list[str]:
        """The line of one equation; none where NumPy does it by itself."""
        (out,) = e.outputs
        if out in self.names:
            return []
        if self.left_to_numpy(e) or (e.op.name == "convert" and e.inputs[0].aval.dtype == out.aval.dtype):
            self.names[out] = self.said(e.inputs[0])
            return []
        call, sure = self.called(e)
        words = f"{call}({', '.join(map(self.said, e.inputs))})"
        name = self.names[out] = f"v{len(self.names)}"
        if not sure or not out.aval.shape:  # of arrays without axes NumPy makes its scalars
            words = f"asarray({words}, {self.put('dtype', dtypes.physical(out.aval.dtype))})"
        return [f"{name} = {words}"]

    def called(self, e: Equation) -> tuple[str, bool]:
        """The name of what an equation calls, and whether it gives arrays of the right type."""
        ufunc = _ufunc(e)
        if ufunc is not None:
            return self.put("ufunc", ufunc), True
        return self.put("ref", functools.partial(e.op.ref, **e.attrs) if e.attrs else e.op.ref), False

    def said(self, a: Atom) -> str:
        """How a value is named."""
        return self.put("literal", literal(a).view) if isinstance(a, Literal) else self.names[a]

    def left_to_numpy(self, e: Equation) -> bool:
        """Whether all who read a broadcast value broadcast by themselves, beside something of the whole shape."""
        if e.op.name != "broadcast":
            return False
        (out,), shape, dims = e.outputs, e.attrs["shape"], e.attrs["dims"]
        if out in self.func.outputs or tuple(dims) != tuple(range(len(shape) - len(dims), len(shape))):
            return False
        return all(
            _ufunc(u) is not None and any(a is not out and not self.broadcast(a) for a in u.inputs)
            for u in self.uses.get(out, ())
        )

    def broadcast(self, a: Atom) -> bool:
        """Whether a value comes of a broadcast."""
        return any(a in e.outputs and e.op.name == "broadcast" for e in self.func.equations)


def _ufunc(e: Equation) -> np.ufunc | None:
    """The ufunc that is an equation's whole meaning, for types in which NumPy computes as we do."""
    ref = getattr(e.op.ref, "__wrapped__", None) if isinstance(e.op, Elementwise) else None
    other = any(a.aval.dtype in dtypes.LOW or a.aval.dtype in dtypes.COMPLEX for a in e.inputs)
    return ref if isinstance(ref, np.ufunc) and not other and not e.attrs else None
