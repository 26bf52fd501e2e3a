"""Modules: immutable records of hyper-parameters and sub-modules. Parameters and state live outside, in plain dicts.

    class Net(nn.Module):
        conv: nn.Conv2d
        fc: nn.Linear

        def forward(self, p, x):
            return self.fc(p.fc, nn.relu(self.conv(p.conv, x)).reshape(len(x), -1))

    net = Net(nn.Conv2d(1, 4, 3), nn.Linear(144, 10))
    params, state = net.init(rt.random.key(0))
    y = net(params, x)

A module with its own `__init__` may assign its fields there, as in PyTorch; after that it never changes. One with
state or randomness writes `forward(self, p, s, x, *, train, key)` and returns `(y, s)`.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, dataclass_transform
from zlib import crc32

import rustorch_fn as rt
from rustorch_fn import numpy as rnp
from rustorch_fn import random, rich, tree
from rustorch_fn.boundary import boundary
from rustorch_fn.errors import (
    BadArgument,
    BadType,
    ImmutableModule,
    MissingParam,
    MissingRule,
    ShapeError,
    TreeMismatch,
)
from rustorch_fn.nn.names import flatten_names, unflatten_names
from rustorch_fn.nn.view import View, plain

Initializer = Callable[[Any, tuple[int, ...], Any], Any]
"""Makes an array: `(key, shape, dtype) -> array`."""


@dataclass(frozen=True, slots=True)
class Param:
    """What `init` has to make: a shape, in which `None` stands for what the data will tell, and how to fill it.

    >>> rt.nn.Param((3, 2), rt.nn.init.zeros).shape
    (3, 2)
    """

    shape: tuple[int | None, ...]
    init: Initializer
    dtype: Any = "float32"


class Form(NamedTuple):
    """What a `forward` takes: state (then it returns a pair), `train`, `key`, and at least so many inputs."""

    state: bool
    train: bool
    key: bool
    inputs: int


def form_of(forward: Callable[..., Any]) -> Form:
    """What the parameters of a `forward` after self and p say."""
    names = list(inspect.signature(forward).parameters.values())[2:]
    state = bool(names) and names[0].name in ("s", "state")
    inputs = [n for n in names[state:] if n.kind in (n.POSITIONAL_ONLY, n.POSITIONAL_OR_KEYWORD)]
    words = {n.name for n in names}
    return Form(state, "train" in words, "key" in words, sum(n.default is n.empty for n in inputs))


@dataclass_transform()
class Record(type):
    """The class of module classes: makes each a dataclass, and its instances immutable once they are built."""

    _own_init = False

    def __new__(mcs, name: str, bases: tuple[type, ...], namespace: dict[str, Any], **options: Any) -> Any:
        cls: Any = super().__new__(mcs, name, bases, namespace, **options)
        cls._own_init = cls._own_init or "__init__" in namespace
        dataclass(eq=False, repr=False, init=not cls._own_init)(cls)
        cls._form = form_of(cls.forward)
        modules = {n: v for n, v in namespace.items() if isinstance(type(v), Record)}
        cls._given = {**getattr(cls, "_given", {}), **modules}
        return tree.register_static(cls)

    # type checkers see the fields in its place
    if not TYPE_CHECKING:

        @boundary
        def __call__(cls, *args: Any, **options: Any) -> Any:
            module = super().__call__(*args, **options)
            module._freeze()
            return module


def _hyper(value: Any) -> Any:
    """A field's value made immutable: lists become tuples, rows and dicts of modules become modules."""
    if isinstance(value, dict) and any(isinstance(v, Module) for v in value.values()):
        return ModuleDict(value)
    if isinstance(value, list | tuple):
        row = [_hyper(v) for v in value]
        if any(isinstance(v, Module) for v in row):
            return ModuleList(*row)
        return tuple(row) if type(value) in (list, tuple) else value
    return value


class Module(metaclass=Record):
    """An immutable record of hyper-parameters and sub-modules, with a `forward`.

    >>> class Shift(rt.nn.Module):
    ...     by: float = 1.0
    ...     def params(self):
    ...         return {"scale": rt.nn.Param((), rt.nn.init.ones)}
    ...     def forward(self, p, x):
    ...         return p.scale * x + self.by
    >>> shift = Shift(by=2.0)
    >>> params, state = shift.init(rt.random.key(0))
    >>> shift(params, rt.numpy.array([1.0, 2.0]))
    Array([3., 4.], dtype=float32)
    """

    __slots__ = ("__dict__", "__weakref__", "_hash")
    _hash: ClassVar[int]  # a slot, which no dataclass may take for a field
    _form: ClassVar[Form]
    _given: ClassVar[dict[str, Module]]

    # What a subclass says

    def forward(self, p: View, *inputs: Any) -> Any:
        """The result for `inputs` with the parameters `p`."""
        raise MissingRule(type(self).__name__, "forward", hint="Write def forward(self, p, x).")

    def params(self) -> Mapping[str, Param]:
        """The parameters that the module itself has, beside those of its sub-modules."""
        return {}

    def state(self) -> Mapping[str, Param]:
        """The state that the module itself has: numbers that `forward` renews and gradients leave alone."""
        return {}

    def sized(self, *inputs: Any) -> Module:
        """The module with the sizes filled in that its inputs tell."""
        return self

    # What a user calls

    def init(self, key: Any, *inputs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """Fresh parameters and state as nested dicts. Modules whose sizes the data tells need example `inputs`.

        >>> from rustorch_fn.nn import Linear
        >>> {name: w.shape for name, w in Linear(3, 2).init(random.key(0))[0].items()}
        {'weight': (2, 3), 'bias': (2,)}
        """
        params, state = _traced_specs(self, inputs) if inputs else specs(self)
        return _draw(self, params, key), _draw(self, state, key)

    def apply(
        self, params: Any, state: Any, *inputs: Any, train: bool = False, key: Any = None, **options: Any
    ) -> tuple[Any, Any]:
        """The result and the next state; for every module, whether it has state or not."""
        return self._step(View(params, self, "params"), View(state, self, "state"), inputs, train, key, options)

    def __call__(self, p: Any, *args: Any, train: bool = False, key: Any = None, **options: Any) -> Any:
        """`module(p, x)` gives y; `module(p, s, x, train=..., key=...)` gives (y, s) for one with state."""
        p = p if isinstance(p, View) else View(p, self, "params")
        if self._form.state and len(args) > self._form.inputs and isinstance(args[0], View | Mapping):
            s, *inputs = args
            s = s if isinstance(s, View) else View(s, self, "state")
            return self._step(p, s, tuple(inputs), train, key, options)
        if specs(self)[1]:
            what = f"{self._title} has state, and was called without it"
            hint = "Say y, s_bn = self.bn(p.bn, s.bn, x, train=train), or y, state = model.apply(params, state, x)."
            raise MissingParam(what, got=p._path, hint=hint)
        return self._step(p, View({}, self, "state"), args, train, key, options)[0]

    def _step(
        self, p: View, s: View, inputs: tuple[Any, ...], train: bool, key: Any, options: dict[str, Any]
    ) -> tuple[Any, Any]:
        """The one way into `forward`, with a key of the module's own."""
        if isinstance(p, Sizing):
            self = self.sized(*inputs)
            p = p.enter(self)
            s = p.beside(s._path)
        form = self._form
        if form.train:
            options = {**options, "train": train}
        elif train and (deaf := _trainable(self)):
            works = f"def forward(self, p, s, x, *, train, key), as {deaf} below it acts otherwise in training,"
            raise BadArgument(f"{type(self).__name__}.forward", "train=True", "an argument that it lacks", works)
        if form.key:
            _, inside, place = p._path.partition(".")
            options = {**options, "key": fold_name(key, place) if inside and key is not None else key}
        if not form.state:
            return self.forward(p, *inputs, **options), plain(s)
        result = self.forward(p, s, *inputs, **options)
        if not (isinstance(result, tuple) and len(result) == 2):
            works = "A pair (y, s), as forward takes state,"
            raise BadType(type(self).__name__, "what forward returns", result, works)
        y, after = result[0], plain(result[1])
        if not isinstance(p, Sizing):
            self._check_state(plain(s), after, s._path)
        return y, after

    def _check_state(self, before: Any, after: Any, path: str) -> None:
        if not isinstance(after, dict):
            raise BadType(self._title, "the state that forward returns", after, "A dict of the state's parts")
        if set(before) != set(after):
            got = f"{', '.join(before) or 'nothing'} went in · {', '.join(after) or 'nothing'} came out"
            hint = 'Return every part, changed or not: s | {"bn": s_bn}.'
            raise TreeMismatch(f"{self._title}: forward changes what {path} holds", got=got, hint=hint)

    def load_state_dict(self, tensors: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        """Parameters and state from arrays under PyTorch's names, such as `fc1.weight`."""
        wanted = [flatten_names(part) for part in specs(self)]
        known = {**wanted[0], **wanted[1]}
        missing, strange = known.keys() - tensors.keys(), tensors.keys() - known.keys()
        if missing or strange:
            got = " · ".join(
                f"{word} {', '.join(sorted(names))}"
                for word, names in (("missing", missing), ("not known", strange))
                if names
            )
            raise MissingParam(
                f"{self._title}: the names do not fit", got=got, hint="nn.state_dict(params, state) has all of them."
            )
        arrays = {name: rnp.asarray(tensors[name], dtype=spec.dtype) for name, spec in known.items()}
        for name, spec in known.items():
            if None not in spec.shape and arrays[name].shape != spec.shape:
                got = f"{arrays[name].shape} where {spec.shape} is needed"
                raise ShapeError(f"{name} of {type(self).__name__}", got=got)
        params, state = (unflatten_names({name: arrays[name] for name in part}) for part in wanted)
        return params, state

    @property
    def num_params(self) -> int:
        """How many numbers training changes.

        >>> from rustorch_fn.nn import Linear
        >>> Linear(3, 2).num_params
        8
        """
        shapes = [spec.shape for spec in flatten_names(specs(self)[0]).values()]
        if any(None in shape for shape in shapes):
            raise BadArgument(f"{self._title}.num_params", "a size", None, "A module whose sizes are all given")
        return sum(math.prod(shape) for shape in shapes)

    # Sub-modules, equality and printing

    def children(self) -> dict[str, Module]:
        """The sub-modules by name, in the order in which they were given."""
        return {name: value for name, value in vars(self).items() if isinstance(value, Module)}

    def _own_specs(self, path: str) -> Mapping[str, Param]:
        """The module's own parameters or state, by which of them the path belongs to."""
        return _own(self)[path.partition(".")[0] == "state"]

    def _freeze(self) -> None:
        for name, value in type(self)._given.items():
            vars(self).setdefault(name, value)
        try:
            object.__setattr__(self, "_hash", hash((type(self), *vars(self).items())))
        except TypeError:
            name, value = next((n, v) for n, v in vars(self).items() if not _hashable(v))
            works = (
                "A number, a string, a tuple, a function or a module; arrays belong in params() or state(), and they"
            )
            raise BadType(type(self).__name__, name, value, works) from None

    def __setattr__(self, name: str, value: Any) -> None:
        if hasattr(self, "_hash"):
            hint = "Build another module; parameters change outside of it, as values of a dict."
            raise ImmutableModule(f"{type(self).__name__}.{name} = …: modules do not change", hint=hint)
        if hasattr(Module, name):
            works = "Another name: this one belongs to nn.Module; that"
            raise BadArgument(type(self).__name__, "a field's name", name, works)
        object.__setattr__(self, name, _hyper(value))

    def __delattr__(self, name: str) -> None:
        self.__setattr__(name, None)

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return self is other or (type(self) is type(other) and vars(self) == vars(other))

    def __copy__(self) -> Module:
        return self

    def __deepcopy__(self, memo: Any) -> Module:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (type(self), vars(self))

    @property
    def _title(self) -> str:
        """The name in one line: `Linear(3, 2)`, `Sequential(...)`."""
        return f"{type(self).__name__}(...)" if self.children() else repr(self)

    def _arguments(self) -> str:
        """The hyper-parameters as they would be written: fields at their defaults are left out."""
        defaults = {f.name: f.default for f in fields(self)} if not type(self)._own_init else {}
        shown = []
        for name, value in vars(self).items():
            default = defaults.get(name, MISSING)
            if isinstance(value, Module) or (default is not MISSING and value == default):
                continue
            needed = name in defaults and default is MISSING
            shown.append(repr(value) if needed else f"{name}={value!r}")
        return ", ".join(shown)

    def __repr__(self) -> str:
        below = [f"({name}): {child!r}" for name, child in self.children().items()]
        if not below:
            return f"{type(self).__name__}({self._arguments()})"
        lines = "\n".join(below).replace("\n", "\n  ")
        return f"{type(self).__name__}({self._arguments()}\n  {lines}\n)"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        rich.put(printer, rich.cut(repr(self)))

    def _repr_html_(self) -> str:
        rows, known = [], flatten_names(specs(self)[0])
        for name, spec in known.items():
            path, _, leaf = name.rpartition(".")
            rows.append((path, leaf, str(spec.shape).replace("None", "?"), str(spec.dtype)))
        sized = all(None not in spec.shape for spec in known.values())
        count = f"{self.num_params:,} parameters" if sized else "sizes that the data tells"
        head = ("module", "parameter", "shape", "dtype")
        return rich.table(f"{type(self).__name__}: {count}", head, rows, rich.cut(repr(self)))


def _hashable(value: Any) -> bool:
    try:
        hash(value)
    except TypeError:
        return False
    return True


def _restore(cls: type[Module], values: dict[str, Any]) -> Module:
    module = cls.__new__(cls)
    vars(module).update(values)
    module._freeze()
    return module


class ModuleList(Module):
    """Modules in a row, named by their places; what a list of modules in a field becomes.

    >>> layers = rt.nn.ModuleList(rt.nn.Linear(2, 3), rt.nn.Tanh())
    >>> len(layers), type(layers[1]).__name__
    (2, 'Tanh')
    """

    def __init__(self, *modules: Module) -> None:
        for place, module in enumerate(modules):
            if not isinstance(module, Module):
                raise BadType("ModuleList", str(place), module, "A module")
            setattr(self, str(place), module)

    def __iter__(self) -> Any:
        return iter(self.children().values())

    def __len__(self) -> int:
        return len(self.children())

    def __getitem__(self, place: Any) -> Any:
        return list(self)[place]


class ModuleDict(Module):
    """Modules by name; what a dict of modules in a field becomes.

    >>> heads = rt.nn.ModuleDict({"mean": rt.nn.Linear(2, 1)})
    >>> type(heads["mean"]).__name__
    'Linear'
    """

    def __init__(self, modules: Mapping[str, Module]) -> None:
        for name, module in modules.items():
            if not isinstance(module, Module) or not isinstance(name, str):
                raise BadType("ModuleDict", repr(name), module, "A module under a name")
            setattr(self, name, module)

    def __getitem__(self, name: str) -> Module:
        return self.children()[name]


# Specs and drawing


@lru_cache(1024)
def _own(module: Module) -> tuple[Mapping[str, Param], Mapping[str, Param]]:
    return module.params(), module.state()


@lru_cache(1024)
def _trainable(module: Module) -> str:
    """The place below of a module that acts otherwise in training, or an empty string."""
    for name, child in module.children().items():
        below = _trainable(child)
        if below or (child._form.train and not child.children()):
            return f"{name}.{below}" if below else name
    return ""


@lru_cache(1024)
def specs(module: Module) -> tuple[dict[str, Any], dict[str, Any]]:
    """Nested dicts of `Param`: for the parameters and for the state of a module and all below it."""
    return _specs(module, {}, "params")


def _specs(module: Module, found: Mapping[str, Module], path: str) -> tuple[dict[str, Any], dict[str, Any]]:
    own = found.get(path, module)
    params, state = (dict[str, Any](part) for part in _own(own))
    for name, child in module.children().items():
        for part, below in zip((params, state), _specs(child, found, f"{path}.{name}"), strict=True):
            if below:
                part[name] = below
    return params, state


class Sizing(View):
    """A view that finds sizes out: a module called with it leaves a note of itself and gets zeros."""

    __slots__ = ("_found",)

    def __init__(self, module: Module, path: str, found: dict[str, Module]) -> None:
        super().__init__({}, module, path)
        object.__setattr__(self, "_found", found)

    def enter(self, sized: Module) -> Sizing:
        """The same place for the module with its sizes."""
        self._found[self._path] = sized
        return Sizing(sized, self._path, self._found)

    def beside(self, path: str) -> Sizing:
        """The same module's view from another root: its state."""
        return Sizing(self._module, path, self._found)

    def __getitem__(self, name: str | int) -> Any:
        name = str(name)
        child = self._module.children().get(name)
        if child is not None:
            return Sizing(child, f"{self._path}.{name}", self._found)
        own = self._module._own_specs(self._path)
        return rnp.zeros(own[name].shape, own[name].dtype) if name in own else super().__getitem__(name)


def _traced_specs(module: Module, inputs: tuple[Any, ...]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The specs of a module with the sizes that a run over `inputs` finds, without computing anything."""
    found: dict[str, Module] = {}

    def run(key: Any, inputs: tuple[Any, ...]) -> Any:
        params = Sizing(module, "params", found)
        return module._step(params, params.beside("state"), inputs, False, key, {})[0]

    rt.eval_shape(run, random.key(0), inputs)
    return _specs(module, found, "params")


def _draw(module: Module, wanted: dict[str, Any], key: Any) -> dict[str, Any]:
    """Arrays in place of specs, each from a key folded with its path."""
    arrays = {}
    for path, spec in flatten_names(wanted).items():
        if None in spec.shape:
            works = "init(key, x) with an example input, which tells the size,"
            raise BadArgument(f"{module._title}.init", f"the shape of {path}", spec.shape, works)
        arrays[path] = spec.init(fold_name(key, path), spec.shape, spec.dtype)
    return unflatten_names(arrays)


def fold_name(key: Any, name: str) -> Any:
    """The key that belongs to a name."""
    return random.fold_in(key, crc32(name.encode()) & 0x7FFFFFFF)
