"""jit: trace once for each type of arguments, compile once for each program, then call.

Two caches: (function, Forms, settings) -> entry, held by the jitted function; and digest of the tidied
Func + options -> program, shared by all. So a fresh lambda costs a trace, never a compile.
"""

from __future__ import annotations

import functools
import inspect
import logging
import time
import types
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from contextvars import ContextVar
from typing import Any, Concatenate, Generic, Literal, ParamSpec, TypeVar, overload
from weakref import WeakSet

import numpy as np

from rustorch_fn import dtypes, errors, rich, tree
from rustorch_fn.boundary import boundary, close_class, hide
from rustorch_fn.core import forks
from rustorch_fn.core.array import Array
from rustorch_fn.core.aval import Aval
from rustorch_fn.core.ir import Func
from rustorch_fn.core.roles import roles
from rustorch_fn.core.targets import Program, target
from rustorch_fn.core.trace import (
    EVAL,
    Tracer,
    aval_of,
    context,
    evaluate_func,
    running,
    search,
    trace,
    unwanted,
)
from rustorch_fn.transform.call import JIT, apply
from rustorch_fn.transform.grad import Flat, abstract, lifted, name_of
from rustorch_fn.transform.tidy import tidy

P = ParamSpec("P")
Q = ParamSpec("Q")
R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)
T = TypeVar("T")

LOG = logging.getLogger("rustorch_fn.jit")
# whether calls that trace say why
explains: ContextVar[bool] = ContextVar("rustorch_fn.explains", default=False)

# --- programs ---

_programs: OrderedDict[Any, Any] = OrderedDict()
_programs_lock = forks.lock()
PROGRAM_LIMIT = 1024
# who is told of each compilation: how many equations, and how many seconds
compile_listeners: set[Callable[[int, float], None]] = set()
DEFAULT_BACKEND = "llvm"


def program(func: Func, donated: tuple[bool, ...], backend: str, options: tuple[tuple[str, Any], ...] = ()) -> Any:
    """The compiled program of a tidied Func; equal Funcs share one."""
    key = (func.digest, donated, backend, options)
    with _programs_lock:
        found = _programs.get(key)
        if found is not None:
            _programs.move_to_end(key)
            return found
    began = time.perf_counter()
    made = target(backend).compile(func, donated, dict(options))
    for told in tuple(compile_listeners):
        told(len(func.equations), time.perf_counter() - began)
    with _programs_lock:
        _programs[key] = made
        while len(_programs) > PROGRAM_LIMIT:
            _programs.popitem(last=False)
    return made


def run(func: Func, args: Sequence[Any]) -> list[Any]:
    """Compile (once) and run a Func on arrays."""
    tidied = tidy(func)
    made = program(tidied, (False,) * len(tidied.inputs), default_backend())
    with running(EVAL):
        out: list[Any] = made(args)
        if context().settings.watches:
            watched(func, args, out)
    return out


def watched(func: Func, args: Sequence[Any], outs: Sequence[Any]) -> None:
    """Raise NotFinite, at the place that it came from, where a compiled program gave what the settings forbid."""
    problem = unwanted(context().settings, [y.view for y in outs])
    if problem is not None:
        search(func, args)
        raise errors.NotFinite("a compiled program", *problem)


class Watched(Program):
    """A program whose results are looked at."""

    def __init__(self, func: Func, made: Any) -> None:
        self.func, self.made = func, made

    def __call__(self, args: Sequence[Any]) -> list[Any]:
        outs: list[Any] = self.made(args)
        watched(self.func, args, outs)
        return outs

    def memory(self) -> Any:
        return self.made.memory()

    def cost(self) -> Any:
        return self.made.cost()

    def text(self) -> Any:
        return self.made.text()


def default_backend() -> str:
    """The backend that jit compiles for where nothing else is said.

    >>> rt.default_backend()
    'llvm'
    """
    return DEFAULT_BACKEND


def set_default_backend(name: str) -> None:
    """Choose the backend that jit compiles for where nothing else is said.

    >>> rt.set_default_backend("numpy")
    >>> rt.default_backend()
    'numpy'
    >>> rt.set_default_backend("llvm")
    """
    global DEFAULT_BACKEND
    target(name)
    DEFAULT_BACKEND = name


roles.run = run


_jitted: WeakSet[Jitted[..., Any]] = WeakSet()


def clear_programs() -> None:
    """Forget all compiled programs, and all traces of jitted functions."""
    with _programs_lock:
        _programs.clear()
    tidy.cache_clear()
    for jitted in list(_jitted):
        jitted.clear_cache()


# --- the jitted function ---


class Entry:
    """What a call needs for one type of arguments."""

    __slots__ = ("func", "captured", "out_tree", "program", "donated")

    def __init__(self, func: Func, captured: list[Any], out_tree: Any, donated: tuple[bool, ...]) -> None:
        self.func, self.captured, self.out_tree, self.donated = func, captured, out_tree, donated
        self.program: Any = None


class Jitted(Generic[P, R_co]):
    """A function that is traced and compiled for each new type of arguments."""

    def __init__(
        self,
        fun: Callable[P, R_co],
        static_argnums: int | Sequence[int] | None = None,
        static_argnames: str | Iterable[str] | None = None,
        donate_argnums: int | Sequence[int] | None = None,
        donate_argnames: str | Iterable[str] | None = None,
        inline: bool = False,
        backend: str | None = None,
    ) -> None:
        if not callable(fun):
            raise errors.BadType("jit", "fun", fun, "A function")
        functools.update_wrapper(self, fun)
        self.fun: Callable[..., Any] = fun
        self.inline, self.backend = inline, backend
        self.signature = _signature(fun)
        self.static = _resolve(fun, self.signature, static_argnums, static_argnames, "static")
        self.donated = _resolve(fun, self.signature, donate_argnums, donate_argnames, "donate")
        self.cache: dict[Any, Entry] = {}
        self.quick: dict[Any, Entry] = {}
        self.recent: tuple[Any, Any, Any, Any] | None = None  # the program that ran last: settings, short, fail, tree
        self.plain = not (self.static[0] or self.static[1] or self.donated[0] or self.donated[1])
        _jitted.add(self)

    @overload
    def __get__(self, instance: None, owner: Any = None) -> Jitted[P, R_co]: ...
    @overload
    def __get__(self: Jitted[Concatenate[T, Q], R_co], instance: T, owner: Any = None) -> Jitted[Q, R_co]: ...
    def __get__(self, instance: Any, owner: Any = None) -> Any:
        return self if instance is None else types.MethodType(self, instance)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R_co:
        try:
            now = context()
            if now.interpreter is not EVAL or now.settings.disable_jit:
                return self.staged(args, kwargs)
            quick = None
            if self.plain and not kwargs:
                recent = self.recent
                values: Sequence[Any] = args
                if recent is not None and recent[0] is now.settings:
                    # the program itself looks at the arguments, and declines what it was not made for
                    _, short, fail, out_tree = recent
                    out = short(*args)
                    if out is None:
                        values = [_value(x) for x in args]
                        out = short(*values)
                    if out is not None:
                        return unpacked(out, fail, out_tree)
                # arrays by position: their Forms say all, and no tree is taken apart
                values = [_value(x) for x in values]
                forms = [x.form for x in values if type(x) is Array]
                if len(forms) == len(args):
                    quick = (now.settings, *forms)
                    entry = self.quick.get(quick)
                    if entry is not None:
                        outs = entry.program(values)
                        self.recent = now.settings, entry.program.short, entry.program.fail, entry.out_tree
                        return outs[0] if entry.out_tree is LEAF else entry.out_tree.unflatten(outs)
            leaves, treedef, static, key_static = self.split(args, kwargs)
            try:
                key = (treedef, *[x.form for x in leaves], now.settings, key_static)
            except AttributeError:
                leaves = self.arrays(leaves)
                key = (treedef, *[x.form for x in leaves], now.settings, key_static)
            entry = self.cache.get(key)
            if entry is None:
                entry = self.entry(leaves, treedef, static)
                if not any(isinstance(c, Tracer) for c in entry.captured):
                    self.cache[key] = entry
            compiled = entry.program
            if compiled is None:
                compiled = entry.program = self.compiled(entry)
            outs = compiled([*entry.captured, *leaves] if entry.captured else leaves)
            if not self.plain and True in entry.donated:
                self.let_go(entry, leaves, outs)
            if quick is not None and not entry.captured:
                self.quick[quick] = entry
            out_tree = entry.out_tree
            return outs[0] if out_tree is LEAF else out_tree.unflatten(outs)
        except BaseException as error:
            hide(error)
            raise

    def compiled(self, entry: Entry) -> Any:
        """The program of an entry."""
        backend = self.backend or default_backend()
        if context().settings.watches:
            # what is given away could not be looked at again
            return Watched(entry.func, program(tidy(entry.func), (False,) * len(entry.donated), backend))
        return program(tidy(entry.func), entry.donated, backend)

    def let_go(self, entry: Entry, leaves: Sequence[Any], outs: Sequence[Any]) -> None:
        """Donated arguments are gone after the call."""
        release(leaves, entry.donated[len(entry.captured) :], outs)

    def arrays(self, leaves: Sequence[Any]) -> list[Any]:
        """Leaves as arrays of the current trace."""
        out = lifted("jit", self.fun, leaves)
        for x in out:
            if isinstance(x, Tracer):
                raise errors.LeakedTracer(x.aval, x.owner.title, made=x.source)
        return out

    def split(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[list[Any], Any, Any, Any]:
        """(leaves of the traced arguments, their structure, the static arguments, their part of the key)."""
        if self.plain or not (self.static[0] or self.static[1]):
            leaves, treedef = tree.flatten((args, kwargs) if kwargs else (args,))
            return leaves, treedef, None, None
        nums, names = self.static
        at = {n % len(args) for n in nums if -len(args) <= n < len(args)}
        fixed = {k: args[k] for k in sorted(at)}
        named = {k: kwargs[k] for k in sorted(names) if k in kwargs}
        key = (tuple(fixed.items()), tuple(named.items()))
        try:
            hash(key)
        except TypeError:
            for k, v in (*fixed.items(), *named.items()):
                try:
                    hash(v)
                except TypeError:
                    raise errors.StaticArgument(name_of(self.fun), k, v) from None
        dynamic = tuple(None if k in at else a for k, a in enumerate(args))
        leaves, treedef = tree.flatten((dynamic, {k: v for k, v in kwargs.items() if k not in named}))
        # 1 == 1.0 == True, yet they trace differently
        types = tuple(type(v) for v in (*fixed.values(), *named.values()))
        return leaves, treedef, (fixed, named), (key, types)

    def flat(self, treedef: Any, static: Any) -> Flat:
        """The function of leaves."""

        def call(*parts: Any) -> Any:
            args, kwargs = parts if len(parts) == 2 else (parts[0], {})
            if static is not None:
                fixed, named = static
                args = tuple(fixed.get(k, a) for k, a in enumerate(args))
                kwargs = {**kwargs, **named}
            return self.fun(*args, **kwargs)

        return Flat(call, treedef, name=name_of(self.fun))

    def entry(self, leaves: Sequence[Any], treedef: Any, static: Any) -> Entry:
        """Trace for these arguments."""
        if explains.get():
            self.explain(leaves, treedef)
        flat = self.flat(treedef, static)
        func, captured = trace(flat, [aval_of(x) for x in leaves])
        donated = (False,) * len(captured) + self.donations(treedef)
        out_tree = LEAF if flat.out_tree == LEAF_TREE else flat.out_tree
        return Entry(func, captured, out_tree, donated)

    def explain(self, leaves: Sequence[Any], treedef: Any) -> None:
        """Log why a call traces: what is new about its arguments."""
        types = [aval_of(x) for x in leaves]
        known = [(key[0], [getattr(f, "aval", f) for f in key[1 : 1 + key[0].num_leaves]]) for key in self.cache]
        near = [avals for structure, avals in known if structure == treedef]
        if not known:
            why = "it was not traced before"
        elif not near:
            why = "the structure of its arguments is new"
        elif types in near:
            why = "settings or static arguments are new"
        else:
            last = near[-1]
            changed = [f"leaf {k} is {a}, was {b}" for k, (a, b) in enumerate(zip(types, last, strict=True)) if a != b]
            why = "; ".join(changed)
        place = errors.place_text(errors.user_frame())
        LOG.warning("%s: %s is traced, as %s", place, name_of(self.fun), why)

    def donations(self, treedef: Any) -> tuple[bool, ...]:
        """Which leaves the caller gives away."""
        nums, names = self.donated
        parts = tree.unflatten(treedef, range(treedef.num_leaves))
        args, kwargs = parts if len(parts) == 2 else (parts[0], {})
        given = {leaf for n in nums if n < len(args) for leaf in tree.leaves(args[n])}
        given |= {leaf for n in names if n in kwargs for leaf in tree.leaves(kwargs[n])}
        return tuple(k in given for k in range(treedef.num_leaves))

    def staged(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """The call under another transform: one equation that holds the Func. Under disable_jit, a plain call."""
        if context().settings.disable_jit:
            return self.fun(*args, **kwargs)
        leaves, treedef, static, key_static = self.split(args, kwargs)
        leaves = lifted("jit", self.fun, leaves)
        now = context()
        key = (treedef, *[aval_of(x) for x in leaves], now.settings, now.axes, key_static, "staged")
        entry = self.cache.get(key)
        if entry is None:
            entry = self.entry(leaves, treedef, static)
            if not any(isinstance(c, Tracer) for c in entry.captured):
                self.cache[key] = entry
        operands = [*entry.captured, *leaves]
        outs = evaluate_func(entry.func, operands) if self.inline else apply(entry.func, operands, JIT)
        return outs[0] if entry.out_tree is LEAF else entry.out_tree.unflatten(outs)

    # --- ahead of time ---

    def trace(self, *args: Any, **kwargs: Any) -> Traced[P, R_co]:
        """Trace for these arguments (arrays, or anything with shape and dtype)."""
        leaves, treedef, static, _ = self.split(args, kwargs)
        avals = [x.aval if hasattr(x, "aval") else abstract(x) for x in leaves]
        flat = self.flat(treedef, static)
        func, captured = trace(flat, avals)
        donated = (False,) * len(captured) + self.donations(treedef)
        return Traced(func, captured, treedef, flat.out_tree, donated, self.backend or default_backend())

    def lower(self, *args: Any, **kwargs: Any) -> Lowered[P, R_co]:
        """`trace(...).lower()`."""
        return self.trace(*args, **kwargs).lower()

    def eval_shape(self, *args: Any, **kwargs: Any) -> Any:
        """The shapes and types of the result."""
        return self.trace(*args, **kwargs).out_info

    def clear_cache(self) -> None:
        """Forget the traces."""
        self.cache.clear()
        self.quick.clear()
        self.recent = None

    def __repr__(self) -> str:
        return f"<jitted {name_of(self.fun)}: {len(self.cache)} traces>"

    def _repr_html_(self) -> str:
        title = f"jitted {name_of(self.fun)}{self.signature or ''}"
        types = [(e.func.in_avals, e.func.out_avals) for e in list(self.cache.values())]
        rows = [[rich.cut(", ".join(map(repr, avals)), 1) for avals in pair] for pair in types]
        return rich.table(rich.cut(title, 1), ("traced for", "gives"), rows)


def _value(x: Any) -> Any:
    """Numbers and NumPy arrays as arrays whose place is known; anything else as it is."""
    t = type(x)
    if t is not Array:
        if not (t is float or t is int or ((t is np.ndarray or isinstance(x, np.generic)) and x.dtype in dtypes.SHORT)):
            return x
        # each time a new one: it may be a result, and given away
        x = roles.asarray(x)
    if x._ptr is None and x._view is not None:
        x.ptr  # noqa: B018 (which remembers it)
    return x


LEAF_TREE = tree.structure(0)
LEAF: Any = object()


def unpacked(out: Any, fail: Callable[[int], Any], out_tree: Any) -> Any:
    """What a program's short way gave, as the function gives it: an array, a list of them, or a step that failed."""
    if type(out) is int:
        fail(out)
    return out if out_tree is LEAF else out_tree.unflatten([out] if type(out) is Array else out)


def release(args: Sequence[Any], donated: Sequence[bool], outs: Sequence[Any]) -> None:
    """Let donated arguments go, but for those that are results themselves."""
    results = set(map(id, outs))
    for x, on in zip(args, donated, strict=True):
        if on and id(x) not in results:
            x.delete()


def _signature(fun: Callable[..., Any]) -> inspect.Signature | None:
    try:
        return inspect.signature(fun)
    except (TypeError, ValueError):
        return None


def _resolve(
    fun: Any, signature: inspect.Signature | None, nums: Any, names: Any, what: str
) -> tuple[tuple[int, ...], tuple[str, ...]]:
    """Positions and names of arguments; what is said one way holds for calls by the other way too."""
    nums = () if nums is None else (nums,) if isinstance(nums, int) else tuple(nums)
    names = () if names is None else (names,) if isinstance(names, str) else tuple(names)
    if signature is None or not (nums or names):
        return nums, names
    by_position = [
        p.name for p in signature.parameters.values() if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
    ]
    loose = any(p.kind is p.VAR_POSITIONAL for p in signature.parameters.values())
    for n in nums:
        if not loose and not -len(by_position) <= n < len(by_position):
            raise errors.BadArgument("jit", f"{what}_argnums", n, f"A position below {len(by_position)}")
    any_name = any(p.kind is p.VAR_KEYWORD for p in signature.parameters.values())
    for name in names:
        if not any_name and name not in signature.parameters:
            raise errors.BadArgument("jit", f"{what}_argnames", name, f"One of {', '.join(signature.parameters)}")
    found = {n % len(by_position) if by_position and n < 0 else n for n in nums}
    all_names = set(names) | {by_position[n] for n in found if n < len(by_position)}
    found |= {by_position.index(name) for name in names if name in by_position}
    return tuple(sorted(found)), tuple(sorted(all_names))


@overload
def jit(
    fun: Callable[P, R],
    *,
    static_argnums: int | Sequence[int] | None = None,
    static_argnames: str | Iterable[str] | None = None,
    donate_argnums: int | Sequence[int] | None = None,
    donate_argnames: str | Iterable[str] | None = None,
    inline: bool = False,
    backend: str | None = None,
) -> Jitted[P, R]: ...
@overload
def jit(
    fun: None = None,
    *,
    static_argnums: int | Sequence[int] | None = None,
    static_argnames: str | Iterable[str] | None = None,
    donate_argnums: int | Sequence[int] | None = None,
    donate_argnames: str | Iterable[str] | None = None,
    inline: bool = False,
    backend: str | None = None,
) -> Callable[[Callable[P, R]], Jitted[P, R]]: ...
def jit(
    fun: Callable[..., Any] | None = None,
    *,
    static_argnums: int | Sequence[int] | None = None,
    static_argnames: str | Iterable[str] | None = None,
    donate_argnums: int | Sequence[int] | None = None,
    donate_argnames: str | Iterable[str] | None = None,
    inline: bool = False,
    backend: str | None = None,
) -> Any:
    """Compile a pure function of arrays.

    `inline` writes the body out where the function is called under another transform. `backend`: llvm or numpy.
    Static arguments are part of the program, and hashable; donated ones may be overwritten and are gone after
    the call. Python control flow on traced values raises ConcretizationError: use `lax.cond`, `lax.scan`.

    >>> import rustorch_fn as rt
    >>> rt.jit(lambda x: x * 2 + 1)(rt.numpy.arange(3))
    Array([1, 3, 5], dtype=int32)
    """
    options: dict[str, Any] = dict(
        static_argnums=static_argnums, static_argnames=static_argnames, donate_argnums=donate_argnums,
        donate_argnames=donate_argnames, inline=inline, backend=backend,
    )  # fmt: skip
    if fun is None:
        return functools.partial(jit, **options)
    return Jitted(fun, **options)


# --- ahead of time ---


class ShapeDtypeStruct:
    """Shape and dtype of an array that need not exist.

    >>> rt.ShapeDtypeStruct((2, 3), "float32").size
    6
    """

    __slots__ = ("aval",)

    def __init__(self, shape: Sequence[int], dtype: Any, weak_type: bool = False) -> None:
        from rustorch_fn.dtypes import asdtype

        sizes = tuple(shape)
        if not all(hasattr(n, "__index__") and n >= 0 for n in sizes):
            raise errors.BadArgument("ShapeDtypeStruct", "shape", sizes, "Ints of at least 0")
        self.aval = Aval(sizes, asdtype(dtype), weak_type)

    shape = property(lambda self: self.aval.shape, doc="The sizes along the axes.")
    dtype = property(lambda self: self.aval.dtype, doc="The type of the elements.")
    weak_type = property(lambda self: self.aval.weak_type, doc="Whether the dtype gives way to others, as a number's.")
    ndim = property(lambda self: len(self.aval.shape), doc="The number of axes.")
    size = property(lambda self: self.aval.size, doc="The number of elements.")

    def __len__(self) -> int:
        if not self.aval.shape:
            raise TypeError("len() of unsized object")
        return self.aval.shape[0]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ShapeDtypeStruct) and self.aval == other.aval

    def __hash__(self) -> int:
        return hash(self.aval)

    def __repr__(self) -> str:
        return f"ShapeDtypeStruct(shape={self.shape}, dtype={self.dtype})"


class Traced(Generic[P, R_co]):
    """A traced function: its Func, and the types around it."""

    def __init__(
        self, func: Func, captured: list[Any], in_tree: Any, out_tree: Any, donated: Any, backend: str
    ) -> None:
        self.func, self.captured, self.in_tree, self.out_tree = func, captured, in_tree, out_tree
        self.donated, self.backend = donated, backend

    @property
    def jaxpr(self) -> Func:
        """The Func; what the function closed over are its first inputs."""
        return self.func

    @property
    def out_info(self) -> Any:
        """The result's tree of ShapeDtypeStructs."""
        return self.out_tree.unflatten([ShapeDtypeStruct(a.shape, a.dtype, a.weak_type) for a in self.func.out_avals])

    def lower(self) -> Lowered[P, R_co]:
        """The program that the target's compiler gets."""
        return Lowered(self)


class Lowered(Generic[P, R_co]):
    """A tidied program, ready to compile."""

    def __init__(self, traced: Traced[P, R_co]) -> None:
        self.traced, self.func = traced, tidy(traced.func)

    def as_text(self) -> str:
        """The tidied Func."""
        return repr(self.func)

    @property
    def out_info(self) -> Any:
        return self.traced.out_info

    def compile(self) -> Compiled[P, R_co]:
        """Machine code."""
        return Compiled(self)


class Compiled(Generic[P, R_co]):
    """A program for one type of arguments."""

    def __init__(self, lowered: Lowered[P, R_co]) -> None:
        self.traced = lowered.traced
        self.program = program(lowered.func, self.traced.donated, self.traced.backend)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R_co:
        leaves, treedef = tree.flatten((args, kwargs) if kwargs else (args,))
        wanted = self.traced.in_tree
        if treedef != wanted and tree.structure((args, kwargs)) != wanted:
            raise errors.TreeMismatch("compiled: other arguments than it was compiled for", got=f"{treedef} · {wanted}",
                                      hint="Call the jitted function, which compiles for them.")  # fmt: skip
        arrays = lifted("compiled", self, leaves)
        count = len(self.traced.captured)
        for x, aval in zip(arrays, self.traced.func.in_avals[count:], strict=True):
            if type(x) is not Array:
                raise errors.LeakedTracer(x.aval, "compiled")
            if x.aval.shape != aval.shape or x.aval.dtype != aval.dtype:
                raise errors.ShapeError("compiled: an argument of another type", got=f"{x.aval} for {aval}",
                                        hint="Call the jitted function, which compiles for new types.")  # fmt: skip
        outs = self.program([*self.traced.captured, *arrays])
        release(arrays, self.traced.donated[count:], outs)
        return self.traced.out_tree.unflatten(outs)

    def as_text(self) -> str:
        """The code that the target's compiler was given."""
        text: str = self.program.text()
        return text

    def cost_analysis(self) -> dict[str, float]:
        """Estimates: flops, bytes accessed, optimal_seconds."""
        cost: dict[str, float] = self.program.cost()
        return cost

    def memory_analysis(self) -> Any:
        """Bytes: argument_size_in_bytes, output_size_in_bytes, temp_size_in_bytes, alias_size_in_bytes,
        generated_code_size_in_bytes."""
        return MemoryAnalysis(**self.program.memory())


class MemoryAnalysis:
    """How much memory a program takes."""

    def __init__(self, **fields: int) -> None:
        self.__dict__.update(fields)

    def __repr__(self) -> str:
        return f"MemoryAnalysis({', '.join(f'{k}={v:,}' for k, v in self.__dict__.items())})"


def eval_shape(fun: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """The shapes and types that `fun` gives for arguments with shape and dtype, without computing.

    >>> rt.eval_shape(lambda x: x @ x.T, rt.ShapeDtypeStruct((1000, 3), "float32"))
    ShapeDtypeStruct(shape=(1000, 1000), dtype=float32)
    """
    return Jitted(fun).eval_shape(*args, **kwargs)


@overload
def make_jaxpr(
    fun: Callable[P, Any], static_argnums: int | Sequence[int] = (), *, return_shape: Literal[True]
) -> Callable[P, tuple[Func, Any]]: ...
@overload
def make_jaxpr(
    fun: Callable[P, Any], static_argnums: int | Sequence[int] = (), return_shape: Literal[False] = False
) -> Callable[P, Func]: ...
def make_jaxpr(
    fun: Callable[..., Any], static_argnums: int | Sequence[int] = (), return_shape: bool = False
) -> Callable[..., Any]:
    """The function that gives the Func of a call, to print and to look into.

    >>> import rustorch_fn as rt
    >>> print(rt.make_jaxpr(lambda x: x * x)(rt.numpy.ones(3)))
    func(a: f32[3]) -> f32[3] {
      b: f32[3] = mul a a
      return b
    }
    """
    jitted = Jitted(fun, static_argnums=static_argnums)

    @functools.wraps(fun)
    @boundary
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        traced = jitted.trace(*args, **kwargs)
        return (traced.func, traced.out_info) if return_shape else traced.func

    return wrapped


close_class(Jitted, but=("__call__", "split", "arrays", "entry", "flat", "staged", "let_go", "donations"))
close_class(Traced, Lowered, Compiled)
