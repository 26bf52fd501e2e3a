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
from rustorch_fn.core import silence
from rustorch_fn.core.array import Array, Form, Value, form
from rustorch_fn.core.aval import Aval
from rustorch_fn.core.ir import Atom, Equation, Func, Literal, Var, check


class Settings(NamedTuple):
    """All that changes what a trace gives, besides its inputs."""

    precision: str | None = None
    check_nans: bool = False
    check_bounds: bool = False
    check_keys: bool = False
    check_infs: bool = False
    disable_jit: bool = False

    @property
    def watches(self) -> bool:
        """Whether results are looked at."""
        return self.check_nans or self.check_infs


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
        out = op.eager(*args, **attrs)
        if _watchers:
            look(op, args, out if op.multiple else (out,))
        return out


EVAL = Eval(None)
# settings in force, in some thread, under which results are looked at
_watchers: list[setting] = []
# the context outside of every transform and setting
PLAIN = Context(EVAL, Settings(), ())
_context: ContextVar[Context] = ContextVar("rustorch_fn", default=PLAIN)


def current() -> Interpreter:
    return _context.get().interpreter


context: Callable[[], Context] = _context.get


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
    """`with setting(check_nans=True):` changes settings for the block. One object may be entered again and again."""

    __slots__ = ("changes", "tokens")

    def __init__(self, **changes: Any) -> None:
        self.changes = changes
        self.tokens: list[Any] = []

    def __enter__(self) -> None:
        now = _context.get()
        after = now.settings._replace(**self.changes)
        # what reads no context looks here first
        _watchers.extend([self] * after.watches)
        self.tokens.append((_context.set(now._replace(settings=after)), after.watches))

    def __exit__(self, *_: Any) -> None:
        token, watches = self.tokens.pop()
        if watches:
            _watchers.remove(self)
        _context.reset(token)


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
    token = silence.off()
    try:
        out = op.ref(*[a.view for a in args], **attrs)
        outs = out if op.multiple else (out,)
        # a wide result that is rounded to half may overflow: no concern of the user's either
        made = [Array.of(np.asarray(y, dtypes.physical(f.aval.dtype)), f) for y, f in zip(outs, forms, strict=True)]
    except MemoryError:
        raise errors.OutOfMemory(sum(f.aval.nbytes for f in forms), op=op.name) from None
    finally:
        silence.back(token)
    return made if op.multiple else made[0]


class _Origin(threading.local):
    """The user's place that wrote the equation which is being evaluated, where there is one."""

    place: errors.Place | None = None
    # whether a program is run again, equation by equation, to find where it went wrong
    searching: bool = False


_origin = _Origin()
# names around what is being traced
scope: ContextVar[str] = ContextVar("rustorch_fn.scope", default="")


def here() -> errors.Place:
    """The user's place that is being traced or evaluated, with the named scope around it."""
    place = _origin.place or errors.user_frame(2)
    name = scope.get()
    return errors.Scoped(place, name) if name and _origin.place is None else place


def look(op: Any, args: Sequence[Any], outs: Sequence[Any]) -> None:
    """Raise NotFinite where a result has a value that the settings forbid."""
    settings = _context.get().settings
    if settings.watches:
        arrays = [y.view if type(y) is Array else y for y in outs]
        problem = unwanted(settings, arrays)
        if problem is not None:
            values = [x.view if type(x) is Array else x for x in args]
            raise errors.NotFinite(op.name, *problem, values, where=here())


def unwanted(settings: Settings, arrays: Sequence[np.ndarray]) -> tuple[str, np.ndarray, np.ndarray] | None:
    """The first result that holds what the settings forbid: its name, the result, and a mask of where."""
    for y in arrays:
        if y.dtype in dtypes.FLOATS or y.dtype.kind == "c":
            for name, on, test in (("nan", settings.check_nans, np.isnan), ("inf", settings.check_infs, np.isinf)):
                if on and (bad := test(y)).any():
                    return name, y, bad
    return None


def search(func: Func, args: Sequence[Any]) -> None:
    """Run a Func again by its NumPy meaning, and raise NotFinite at the first equation that gives what is forbidden."""
    before, _origin.searching = _origin.searching, True
    try:
        reference(func, [a.view if type(a) is Array else a for a in args])
    finally:
        _origin.searching = before


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
            if _origin.searching and not e.outputs:
                continue  # what it does was done
            values = [read(a) for a in e.inputs]
            out = e.op.ref(*values, **e.attrs)
            for v, y in zip(e.outputs, out if e.op.multiple else (out,), strict=True):
                env[v] = np.asarray(y, dtypes.physical(v.aval.dtype))
            if _origin.searching:
                _found(e, values, [env[v] for v in e.outputs])
            for v in last.get(k, ()):
                del env[v]
    return [read(a) for a in func.outputs]


def _found(e: Equation, values: Sequence[Any], outs: Sequence[np.ndarray]) -> None:
    """Raise NotFinite where an equation gives what is forbidden."""
    problem = unwanted(_context.get().settings, outs)
    if problem is not None:
        raise errors.NotFinite(e.op.name, *problem, values, where=e.source)


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
        source = here()
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
