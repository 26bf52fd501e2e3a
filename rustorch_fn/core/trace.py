"""Tracing by context: the current interpreter decides what applying an op means.

An interpreter treats values that are not its own as constants and does its own work in its parent.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from typing import Any, ClassVar, NamedTuple

import numpy as np

from rustorch_fn import dtypes, errors, flags
from rustorch_fn.core.array import Array, Form, Value, form
from rustorch_fn.core.aval import Aval
from rustorch_fn.core.ir import Atom, Equation, Func, Literal, Var, check


class Settings(NamedTuple):
    """All that changes what a trace gives, besides its inputs."""

    precision: str | None = None
    check_nans: bool = False
    check_bounds: bool = False
    check_keys: bool = False


class Interpreter:
    """What an op means now. `parent` does this interpreter's own work."""

    __slots__ = ("parent", "live")
    # what users call it, in messages
    title: ClassVar[str] = "a transform"

    parent: Interpreter | None
    live: bool

    def __init__(self, parent: Interpreter | None) -> None:
        self.parent, self.live = parent, True

    def bind(self, op: Any, args: Sequence[Any], attrs: dict[str, Any]) -> Any:
        raise errors.InternalError(f"{type(self).__name__} has no meaning for {op}")


class Context(NamedTuple):
    """The current interpreter, the settings, and the named axes with their sizes."""

    interpreter: Interpreter
    settings: Settings
    axes: tuple[tuple[Any, int], ...]


class Tracer(Value):
    """A value of an interpreter: it knows its owner and its type."""

    __slots__ = ("owner", "source")

    owner: Interpreter
    source: Any

    def concrete(self, kind: str) -> np.ndarray:
        """The value as a NumPy array, where it is known; else the error that explains why not."""
        raise errors.ConcretizationError(kind, self.aval, transform=self.owner.title, made=self.source)

    def __repr__(self) -> str:
        return f"Traced<{self.aval}> by {self.owner.title}"


class Eval(Interpreter):
    """Run now."""

    __slots__ = ()

    def bind(self, op: Any, args: Sequence[Any], attrs: dict[str, Any]) -> Any:
        for x in args:
            if type(x) is not Array:
                raise leaked(x) if isinstance(x, Tracer) else foreign(op, x)
        return op.eager(*args, **attrs)


EVAL = Eval(None)
_context: ContextVar[Context] = ContextVar("rustorch_fn", default=Context(EVAL, Settings(), ()))  # noqa: B039 (it is frozen)


def current() -> Interpreter:
    return _context.get().interpreter


def context() -> Context:
    return _context.get()


def bind(op: Any, args: Sequence[Any], attrs: dict[str, Any]) -> Any:
    """Apply an op in the current context."""
    return _context.get().interpreter.bind(op, args, attrs)


class running:
    """`with running(interpreter):` makes it the current one; `axis` names an axis that it maps."""

    __slots__ = ("interpreter", "axis", "token")

    def __init__(self, interpreter: Interpreter, axis: tuple[Any, int] | None = None) -> None:
        self.interpreter, self.axis = interpreter, axis

    def __enter__(self) -> Interpreter:
        now = _context.get()
        axes = now.axes if self.axis is None else (*now.axes, self.axis)
        self.token = _context.set(Context(self.interpreter, now.settings, axes))
        return self.interpreter

    def __exit__(self, *_: Any) -> None:
        _context.reset(self.token)


class setting:
    """`with setting(check_nans=True):` changes settings for the block."""

    __slots__ = ("changes", "token")

    def __init__(self, **changes: Any) -> None:
        self.changes = changes

    def __enter__(self) -> None:
        now = _context.get()
        self.token = _context.set(now._replace(settings=now.settings._replace(**self.changes)))

    def __exit__(self, *_: Any) -> None:
        _context.reset(self.token)


def axis_size(name: Any) -> int:
    """The size of a named axis in scope; innermost first.

    >>> rt.vmap(lambda x: x / rt.lax.axis_size("i"), axis_name="i")(rt.numpy.array([3.0, 6.0, 9.0]))
    Array([1., 2., 3.], dtype=float32)
    """
    for known, size in reversed(_context.get().axes):
        if known == name:
            return int(size)
    raise errors.AxisError.unbound("axis_size", name, [n for n, _ in _context.get().axes])


def leaked(x: Tracer) -> Exception:
    return errors.LeakedTracer(x.aval, x.owner.title, made=x.source)


def foreign(op: Any, x: Any) -> Exception:
    return errors.InternalError(f"{op} was given a {type(x).__name__}, which no public function should let through")


def aval_of(x: Any) -> Aval:
    """The type of an Array, a Tracer or a Hole."""
    aval: Aval = x.aval
    return aval


# --- running now ---

_shapes: dict[Any, tuple[Form, ...]] = {}


def result_forms(op: Any, args: Sequence[Any], attrs: dict[str, Any]) -> tuple[Form, ...]:
    """The Forms of what an op gives, remembered for each (op, Forms, attributes)."""
    key = (op.name, *[a.form for a in args], *attrs.items())
    found = _shapes.get(key)
    if found is None:
        avals = op.shape(*(a.aval for a in args), **attrs)
        found = tuple(form(a) for a in (avals if op.multiple else (avals,)))
        if len(_shapes) > 4096:
            _shapes.clear()
        _shapes[key] = found
    return found


def evaluate(op: Any, args: Sequence[Any], attrs: dict[str, Any]) -> Any:
    """The op's NumPy meaning on arrays."""
    forms = result_forms(op, args, attrs)
    try:
        with np.errstate(all="ignore"):
            out = op.ref(*[a.view for a in args], **attrs)
            outs = out if op.multiple else (out,)
            # a wide result that is rounded to half may overflow: no concern of the user's either
            made = [Array.of(np.asarray(y, dtypes.physical(f.aval.dtype)), f) for y, f in zip(outs, forms, strict=True)]
    except MemoryError:
        raise errors.OutOfMemory(sum(f.aval.nbytes for f in forms), op=op.name) from None
    return made if op.multiple else made[0]


class _Origin(threading.local):
    """The user's place that wrote the equation which is being evaluated, where there is one."""

    place: errors.Place | None = None


_origin = _Origin()


def evaluate_func(func: Func, args: Sequence[Any]) -> list[Any]:
    """Apply each equation in the current context."""
    env: dict[Var, Any] = dict(zip(func.inputs, args, strict=True))

    def read(atom: Atom) -> Any:
        return literal(atom) if isinstance(atom, Literal) else env[atom]

    last, before = _last_uses(func), _origin.place
    try:
        for k, e in enumerate(func.equations):
            _origin.place = e.source or before
            out = bind(e.op, [read(a) for a in e.inputs], e.attrs)
            env.update(zip(e.outputs, out if e.op.multiple else (out,), strict=True))
            for v in last.get(k, ()):
                del env[v]
    except errors.MissingRule as missing:
        raise missing.at(_origin.place) from None
    finally:
        _origin.place = before
    return [read(a) for a in func.outputs]


def reference(func: Func, args: Sequence[Any]) -> list[Any]:
    """The Func's NumPy meaning, equation by equation, on NumPy arrays."""
    env: dict[Var, Any] = dict(zip(func.inputs, args, strict=True))

    def read(atom: Atom) -> Any:
        return literal(atom).view if isinstance(atom, Literal) else env[atom]

    last = _last_uses(func)
    with np.errstate(all="ignore"):
        for k, e in enumerate(func.equations):
            out = e.op.ref(*[read(a) for a in e.inputs], **e.attrs)
            for v, y in zip(e.outputs, out if e.op.multiple else (out,), strict=True):
                env[v] = np.asarray(y, dtypes.physical(v.aval.dtype))
            for v in last.get(k, ()):
                del env[v]
    return [read(a) for a in func.outputs]


def _last_uses(func: Func) -> dict[int, list[Var]]:
    """Which variables die after which equation: values are let go as soon as nothing reads them."""
    keep = {v for v in func.outputs if isinstance(v, Var)}
    last: dict[Var, int] = {}
    for k, e in enumerate(func.equations):
        last.update(dict.fromkeys((v for v in e.outputs), k))
        last.update(dict.fromkeys((a for a in e.inputs if isinstance(a, Var)), k))
    dead: dict[int, list[Var]] = {}
    for v, k in last.items():
        if v not in keep:
            dead.setdefault(k, []).append(v)
    return dead


def literal(atom: Literal) -> Array:
    """The Array of a literal."""
    return Array.of(np.array(atom.value, dtypes.physical(atom.aval.dtype)), form(atom.aval))


# --- staging ---


class StageTracer(Tracer):
    """A variable of the program that is being written."""

    __slots__ = ("variable",)

    def __init__(self, owner: Stage, var: Var, source: Any = None) -> None:
        self.owner, self.variable, self.source = owner, var, source

    @property
    def aval(self) -> Aval:
        return self.variable.aval


class Stage(Interpreter):
    """Append an equation. What is not its own becomes an extra operand of the Func."""

    __slots__ = ("equations", "captured", "region")
    title = "jit"

    def __init__(self, parent: Interpreter | None, region: int = 0) -> None:
        super().__init__(parent)
        self.equations: list[Equation] = []
        self.captured: dict[int, tuple[Any, Var]] = {}
        self.region = region

    def bind(self, op: Any, args: Sequence[Any], attrs: dict[str, Any]) -> Any:
        inputs = [self.atom(x) for x in args]
        avals = op.shape(*(a.aval for a in inputs), **attrs)
        source = _origin.place or errors.user_frame()
        outputs = [Var(a) for a in (avals if op.multiple else (avals,))]
        self.equations.append(Equation(op, inputs, attrs, outputs, source, self.region))
        out = [StageTracer(self, v, source) for v in outputs]
        return out if op.multiple else out[0]

    def fresh(self, aval: Aval) -> StageTracer:
        return StageTracer(self, Var(aval), errors.user_frame())

    def atom(self, x: Any) -> Atom:
        """The variable or literal that stands for a value in this program."""
        if type(x) is StageTracer and x.owner is self:
            return x.variable
        if isinstance(x, Tracer):
            if not self.inherits(x.owner):
                raise leaked(x)
        elif type(x) is not Array:
            raise errors.InternalError(f"a {type(x).__name__} reached the trace")
        elif not x.shape and x.dtype is not dtypes.key:
            return Literal(x.view[()], x.aval)
        found = self.captured.get(id(x))
        if found is None:
            found = self.captured[id(x)] = (x, Var(x.aval))
        return found[1]

    def inherits(self, owner: Interpreter) -> bool:
        """Whether `owner` is among the interpreters around this one."""
        outer = self.parent
        while outer is not None:
            if outer is owner:
                return True
            outer = outer.parent
        return False

    def close(self, inputs: Sequence[StageTracer], outputs: Sequence[Any]) -> tuple[Func, list[Any]]:
        """The finished Func and the captured values, which are its first inputs."""
        atoms = [self.atom(y) for y in outputs]
        self.live = False
        values = [v for v, _ in self.captured.values()]
        variables = [v for _, v in self.captured.values()]
        return Func([*variables, *(t.variable for t in inputs)], self.equations, atoms), values


def trace(f: Callable[..., Sequence[Any]], avals: Sequence[Aval], region: int = 0) -> tuple[Func, list[Any]]:
    """Run a flat function on tracers: its Func (captured values first) and what it captured."""
    stage = Stage(current(), region)
    inputs = [stage.fresh(a) for a in avals]
    with running(stage):
        outputs = f(*inputs)
    func, captured = stage.close(inputs, outputs)
    return (check(func) if flags.get("RT_SPEC") else func), captured
