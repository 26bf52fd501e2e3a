"""Pytrees: nested containers whose leaves are arrays, under the names that JAX gives them.

Dicts, lists, tuples, named tuples, deques and registered classes are nodes; `None` is a node without children. Dict
keys come in sorted order, those of several types by type first, and those that have no order as they were inserted.
The machine underneath is optree's, in a namespace of our own.
"""

from __future__ import annotations

import builtins
import dataclasses
import functools
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, ParamSpec, TypeAlias, TypeVar

import optree

from .errors import BadType, TreeMismatch

__all__ = [
    "NAMESPACE", "DictKey", "FlattenedIndexKey", "GetAttrKey", "IsLeaf", "KeyPath", "Partial", "PyTreeDef",
    "SequenceKey", "all", "broadcast", "flatten", "flatten_with_path", "keystr", "leaves", "leaves_with_path",
    "map", "map_with_path", "reduce", "reduce_associative", "register_dataclass", "register_pytree_node",
    "register_pytree_node_class", "register_pytree_with_keys", "register_static", "static", "structure",
    "transpose", "unflatten",
]  # fmt: skip

NAMESPACE = "rustorch_fn"

PyTreeDef: TypeAlias = optree.PyTreeSpec
IsLeaf: TypeAlias = Callable[[Any], bool]
C = TypeVar("C", bound=type)
P = ParamSpec("P")
R = TypeVar("R")
_missing = object()


# Forks: optree remembers classes under locks that it holds without the interpreter's; a child of a fork would wait
# forever for a thread that was inside and that it does not have

_visits: list[None] = []
_held = False


def _visiting(function: Callable[P, R]) -> Callable[P, R]:
    """The function, which a fork waits for."""

    def visit(*args: P.args, **options: P.kwargs) -> R:
        _visits.append(None)
        while _held:  # looked at after the visit is seen, so that one of the two always waits
            _visits.pop()
            time.sleep(1e-4)
            _visits.append(None)
        try:
            return function(*args, **options)
        finally:
            if _visits:  # a child of a fork made in here begins without any
                _visits.pop()

    return visit


def hold() -> None:
    """Let nobody in before `let_go`, and wait until all are out; a visit that itself waits is given a second."""
    global _held
    _held = True
    late = time.monotonic() + 1
    while _visits and time.monotonic() < late:
        time.sleep(1e-4)


def let_go(*, alone: bool = False) -> None:
    """End `hold`. A child of a fork is alone: the visits of other threads are none of its."""
    global _held
    if alone:
        _visits.clear()
    _held = False


_flatten = _visiting(optree.tree_flatten)
_leaves = _visiting(optree.tree_leaves)
_structure = _visiting(optree.tree_structure)
_flatten_with_accessor = _visiting(optree.tree_flatten_with_accessor)
_flatten_one_level = _visiting(optree.tree_flatten_one_level)
_register = _visiting(optree.register_pytree_node)


# Taking trees apart and together


def flatten(tree: Any, is_leaf: IsLeaf | None = None) -> tuple[list[Any], PyTreeDef]:
    """The leaves of a tree from left to right, and its structure.

    >>> leaves, treedef = rt.tree.flatten({"b": 2, "a": (1, None)})
    >>> leaves
    [1, 2]
    """
    return _flatten(tree, is_leaf, namespace=NAMESPACE)


def unflatten(treedef: PyTreeDef, leaves: Iterable[Any]) -> Any:
    """The tree of this structure with these leaves. Raises TreeMismatch where there are too few or too many leaves.

    >>> leaves, treedef = rt.tree.flatten({"a": 1, "b": 2})
    >>> rt.tree.unflatten(treedef, [x * 10 for x in leaves])
    {'a': 10, 'b': 20}
    """
    leaves = leaves if isinstance(leaves, list | tuple) else list(leaves)
    if len(leaves) != treedef.num_leaves:
        what = f"tree.unflatten: the structure takes {treedef.num_leaves} leaves"
        raise TreeMismatch(what, got=f"{len(leaves)} leaves for {treedef}", hint="Give one leaf for each *.")
    return treedef.unflatten(leaves)


def leaves(tree: Any, is_leaf: IsLeaf | None = None) -> list[Any]:
    """The leaves of a tree from left to right.

    >>> rt.tree.leaves({"b": 1, "a": [2, None]})
    [2, 1]
    """
    return _leaves(tree, is_leaf, namespace=NAMESPACE)


def structure(tree: Any, is_leaf: IsLeaf | None = None) -> PyTreeDef:
    """The structure of a tree: comparable, hashable, without its leaves.

    >>> rt.tree.structure({"a": 1}) == rt.tree.structure({"a": 2})
    True
    """
    return _structure(tree, is_leaf, namespace=NAMESPACE)


def flatten_up_to(treedef: PyTreeDef, tree: Any, what: str = "tree") -> list[Any]:
    """The subtrees of `tree` which stand where `treedef` has leaves.

    >>> rt.tree.flatten_up_to(rt.tree.structure([0, 0]), [{"a": 1}, 2])
    [{'a': 1}, 2]
    """
    try:
        return treedef.flatten_up_to(tree)
    except ValueError as error:
        place = difference(treedef, tree) or str(error)
        raise TreeMismatch(f"{what}: the trees differ", got=place, hint=_SAME) from None


_SAME = "Both need the same containers, keys and lengths."


def map(f: Callable[..., Any], tree: Any, *rest: Any, is_leaf: IsLeaf | None = None) -> Any:
    """The tree of `f` of each leaf; with `rest`, of the leaves at equal places of several trees.

    Raises TreeMismatch where the trees differ.

    >>> rt.tree.map(lambda x, y: x + y, {"a": 1, "b": [2]}, {"a": 10, "b": [20]})
    {'a': 11, 'b': [22]}
    """
    first, treedef = flatten(tree, is_leaf)
    others = [flatten_up_to(treedef, other, "tree.map") for other in rest]
    return treedef.unflatten(builtins.map(f, first, *others))


def all(tree: Any, *, is_leaf: IsLeaf | None = None) -> bool:
    """Whether every leaf is true.

    >>> rt.tree.all({"a": True, "b": [1, 0]})
    False
    """
    return builtins.all(leaves(tree, is_leaf))


def reduce(
    function: Callable[[Any, Any], Any], tree: Any, initializer: Any = _missing, is_leaf: IsLeaf | None = None
) -> Any:
    """The leaves folded from the left by `function`.

    >>> rt.tree.reduce(lambda total, x: total + x, {"a": 1, "b": [2, 3]})
    6
    """
    row = leaves(tree, is_leaf)
    if initializer is not _missing:
        return functools.reduce(function, row, initializer)
    if not row:
        raise TreeMismatch("tree.reduce: the tree has no leaves", got=repr(tree), hint="Give an initializer.")
    return functools.reduce(function, row)


def reduce_associative(
    operation: Callable[[Any, Any], Any], tree: Any, *, identity: Any = _missing, is_leaf: IsLeaf | None = None
) -> Any:
    """The leaves folded by an associative operation as a balanced tree, which shortens chains of dependence.

    >>> rt.tree.reduce_associative(lambda x, y: x + y, [1, 2, 3, 4])
    10
    """
    row = leaves(tree, is_leaf)
    if not row:
        if identity is _missing:
            raise TreeMismatch("tree.reduce_associative: the tree has no leaves", hint="Give identity=.")
        return identity
    while len(row) > 1:
        pairs = [operation(a, b) for a, b in zip(row[::2], row[1::2], strict=False)]
        row = pairs + row[2 * len(pairs) :]
    return row[0]


def transpose(outer_treedef: PyTreeDef, inner_treedef: PyTreeDef | None, pytree_to_transpose: Any) -> Any:
    """A tree of trees turned inside out: outer of inner becomes inner of outer.

    >>> rt.tree.transpose(rt.tree.structure([0, 0]), None, [{"a": 1}, {"a": 2}])
    {'a': [1, 2]}
    """
    rows = flatten_up_to(outer_treedef, pytree_to_transpose, "tree.transpose")
    if inner_treedef is None:
        if not rows:
            raise TreeMismatch("tree.transpose: the outer tree is empty", hint="Give inner_treedef.")
        inner_treedef = structure(rows[0])
    inner = [flatten_up_to(inner_treedef, row, "tree.transpose") for row in rows]
    return inner_treedef.unflatten([outer_treedef.unflatten(column) for column in zip(*inner, strict=True)])


def broadcast(prefix_tree: Any, full_tree: Any, is_leaf: IsLeaf | None = None) -> Any:
    """The tree of `full_tree`'s structure where each leaf of `prefix_tree` stands in its whole subtree.

    >>> rt.tree.broadcast([1, 2], [{"a": 0, "b": 0}, 0])
    [{'a': 1, 'b': 1}, 2]
    """
    heads, prefix = flatten(prefix_tree, is_leaf)
    parts = flatten_up_to(prefix, full_tree, "tree.broadcast")
    spread = [head for head, part in zip(heads, parts, strict=True) for _ in leaves(part, is_leaf)]
    return structure(full_tree, is_leaf).unflatten(spread)


def prefix_leaves(prefix_tree: Any, treedef: PyTreeDef, what: str = "tree") -> list[Any]:
    """One leaf of `prefix_tree` for each leaf of `treedef`, where `None` is a leaf of the prefix: axes of vmap.

    >>> rt.tree.prefix_leaves([0, None], rt.tree.structure([{"a": 1, "b": 2}, 3]))
    [0, 0, None]
    """
    heads, prefix = flatten(prefix_tree, lambda x: x is None)
    parts = flatten_up_to(prefix, treedef.unflatten(range(treedef.num_leaves)), what)
    return [head for head, part in zip(heads, parts, strict=True) for _ in leaves(part)]


# Paths: where in a tree a leaf stands


@dataclasses.dataclass(frozen=True, slots=True)
class DictKey:
    """A step into a dict.

    >>> rt.tree.leaves_with_path({"w": 1})[0][0]
    (DictKey(key='w'),)
    """

    key: Any

    def __str__(self) -> str:
        return f"[{self.key!r}]"


@dataclasses.dataclass(frozen=True, slots=True)
class SequenceKey:
    """A step into a list or tuple.

    >>> rt.tree.leaves_with_path([7])[0][0]
    (SequenceKey(idx=0),)
    """

    idx: int

    def __str__(self) -> str:
        return f"[{self.idx}]"


@dataclasses.dataclass(frozen=True, slots=True)
class GetAttrKey:
    """A step into a field.

    >>> str(rt.tree.GetAttrKey("x"))
    '.x'
    """

    name: str

    def __str__(self) -> str:
        return f".{self.name}"


@dataclasses.dataclass(frozen=True, slots=True)
class FlattenedIndexKey:
    """A step to a child that has no name.

    >>> str(rt.tree.FlattenedIndexKey(0))
    '[<flat index 0>]'
    """

    key: int

    def __str__(self) -> str:
        return f"[<flat index {self.key}>]"


KeyPath: TypeAlias = tuple[Any, ...]


def _key(entry: Any) -> Any:
    if isinstance(entry, optree.NamedTupleEntry | optree.StructSequenceEntry):
        return GetAttrKey(entry.field)
    if isinstance(entry, optree.MappingEntry):
        return DictKey(entry.entry)
    if isinstance(entry, optree.SequenceEntry):
        return SequenceKey(entry.entry)
    if isinstance(entry.entry, int):
        return FlattenedIndexKey(entry.entry)
    return entry.entry


def flatten_with_path(
    tree: Any, is_leaf: Callable[..., bool] | None = None, is_leaf_takes_path: bool = False
) -> tuple[list[tuple[KeyPath, Any]], PyTreeDef]:
    """Pairs of path and leaf from left to right, and the tree's structure.

    With `is_leaf_takes_path`, is_leaf is called with the path and the node.

    >>> pairs, treedef = rt.tree.flatten_with_path({"w": [1, 2]})
    >>> [(rt.tree.keystr(path), leaf) for path, leaf in pairs]
    [("['w'][0]", 1), ("['w'][1]", 2)]
    """
    if is_leaf is not None and is_leaf_takes_path:
        said = _leaves_by_path((), tree, is_leaf)
        is_leaf = lambda _: next(said)  # noqa: E731
    accessors, found, treedef = _flatten_with_accessor(tree, is_leaf, namespace=NAMESPACE)
    paths = [tuple(builtins.map(_key, accessor)) for accessor in accessors]
    return list(zip(paths, found, strict=True)), treedef


def _leaves_by_path(path: KeyPath, node: Any, is_leaf: Callable[..., bool]) -> Iterator[bool]:
    """What is_leaf says of each node and its path, in the order in which a tree is flattened."""
    ends = bool(is_leaf(path, node))
    yield ends
    accessors, below, _ = _flatten_with_accessor(node, lambda x: x is not node, namespace=NAMESPACE)
    for accessor, child in () if ends else zip(accessors, below, strict=True):
        if accessor:
            yield from _leaves_by_path((*path, *builtins.map(_key, accessor)), child, is_leaf)


def leaves_with_path(
    tree: Any, is_leaf: Callable[..., bool] | None = None, is_leaf_takes_path: bool = False
) -> list[tuple[KeyPath, Any]]:
    """Pairs of path and leaf from left to right; see flatten_with_path.

    >>> [(rt.tree.keystr(path), leaf) for path, leaf in rt.tree.leaves_with_path({"w": 1, "b": 2})]
    [("['b']", 2), ("['w']", 1)]
    """
    return flatten_with_path(tree, is_leaf, is_leaf_takes_path)[0]


def map_with_path(
    f: Callable[..., Any],
    tree: Any,
    *rest: Any,
    is_leaf: Callable[..., bool] | None = None,
    is_leaf_takes_path: bool = False,
) -> Any:
    """`map`, where `f` receives the path before the leaves; see flatten_with_path.

    >>> rt.tree.map_with_path(lambda path, x: f"{rt.tree.keystr(path)} is {x}", {"w": 1})
    {'w': "['w'] is 1"}
    """
    pairs, treedef = flatten_with_path(tree, is_leaf, is_leaf_takes_path)
    others = [flatten_up_to(treedef, other, "tree.map_with_path") for other in rest]
    return treedef.unflatten([f(path, leaf, *more) for (path, leaf), *more in zip(pairs, *others, strict=True)])


def keystr(keys: KeyPath, *, simple: bool = False, separator: str = "") -> str:
    """A path as Python writes it: `['w'][0].x`; with `simple`, the bare keys joined by `separator`.

    >>> path, leaf = rt.tree.leaves_with_path({"w": [7]})[0]
    >>> rt.tree.keystr(path), rt.tree.keystr(path, simple=True, separator="/")
    ("['w'][0]", 'w/0')
    """
    if not simple:
        return separator.join(builtins.map(str, keys))
    return separator.join(str(next(iter(_fields(key)), key)) for key in keys)


def _fields(key: Any) -> list[Any]:
    return [getattr(key, f.name) for f in dataclasses.fields(key)] if dataclasses.is_dataclass(key) else []


def difference(treedef: PyTreeDef, tree: Any, path: str = "") -> str:
    """Where and how `tree` first departs from `treedef`, or an empty string where it does not.

    >>> rt.tree.difference(rt.tree.structure({"a": 0}), {"b": 0})
    "keys ['a'] · keys ['b']"
    """
    if treedef.is_leaf():
        return ""
    other = structure(tree, lambda part: part is not tree)
    at = f"at {path}: " if path else ""
    if _kind(treedef) != _kind(other):
        return f"{at}{_kind(treedef)} · {_kind(other)}"
    keys, found = treedef.entries(), other.entries()
    if set(keys) != set(found):
        return f"{at}keys {sorted(keys, key=str)} · keys {sorted(found, key=str)}"
    parts = dict(zip(found, _flatten_one_level(tree, namespace=NAMESPACE)[0], strict=True))
    below = zip(keys, treedef.children(), strict=True)
    return next(filter(None, (difference(child, parts[key], f"{path}[{key!r}]") for key, child in below)), "")


def _kind(treedef: PyTreeDef) -> str:
    """The top node in words."""
    if treedef.is_leaf():
        return "a leaf"
    if treedef.type in (list, tuple):
        return f"a {treedef.type.__name__} of {treedef.num_children}"
    return "None" if treedef.type in (None, type(None)) else f"a {treedef.type.__name__}"


# Classes of the user's as nodes


def register_pytree_node(
    nodetype: type,
    flatten_func: Callable[[Any], tuple[Iterable[Any], Any]],
    unflatten_func: Callable[[Any, Iterable[Any]], Any],
) -> None:
    """Make a class a node: `flatten_func(x)` gives children and metadata, `unflatten_func(metadata, children)` x.

    >>> class Pair:
    ...     def __init__(self, x, y):
    ...         self.x, self.y = x, y
    >>> rt.tree.register_pytree_node(Pair, lambda p: ((p.x, p.y), None), lambda _, xy: Pair(*xy))
    >>> rt.tree.leaves(Pair(1, 2))
    [1, 2]
    """
    _register(nodetype, flatten_func, unflatten_func, namespace=NAMESPACE)


def register_pytree_with_keys(
    nodetype: type,
    flatten_with_keys: Callable[[Any], tuple[Iterable[tuple[Any, Any]], Any]],
    unflatten_func: Callable[[Any, Iterable[Any]], Any],
) -> None:
    """Make a class a node whose children have names: `flatten_with_keys` gives pairs of key and child.

    >>> class Pair:
    ...     def __init__(self, x, y):
    ...         self.x, self.y = x, y
    >>> named = lambda p: ([("x", p.x), ("y", p.y)], None)
    >>> rt.tree.register_pytree_with_keys(Pair, named, lambda _, xy: Pair(*xy))
    >>> rt.tree.leaves(Pair(1, 2))
    [1, 2]
    """

    def flatten_func(node: Any) -> tuple[Any, Any, Any]:
        pairs, metadata = flatten_with_keys(node)
        keys, children = zip(*pairs, strict=True) if pairs else ((), ())
        return children, metadata, keys

    _register(nodetype, flatten_func, unflatten_func, namespace=NAMESPACE)


def register_pytree_node_class(cls: C) -> C:
    """Make a class with `tree_flatten(self)` and classmethod `tree_unflatten(metadata, children)` a node.

    >>> @rt.tree.register_pytree_node_class
    ... class Pair:
    ...     def __init__(self, x, y):
    ...         self.x, self.y = x, y
    ...     def tree_flatten(self):
    ...         return (self.x, self.y), None
    ...     @classmethod
    ...     def tree_unflatten(cls, _, children):
    ...         return cls(*children)
    >>> rt.tree.map(lambda x: x * 10, Pair(1, 2)).y
    20
    """
    register_pytree_node(cls, lambda node: node.tree_flatten(), cls.tree_unflatten)  # type: ignore[attr-defined]
    return cls


def register_dataclass(
    nodetype: C,
    data_fields: Sequence[str] | None = None,
    meta_fields: Sequence[str] | None = None,
    drop_fields: Sequence[str] = (),
) -> C:
    """Make a dataclass a node: `data_fields` are its children, `meta_fields` belong to the structure.

    Without them, fields made by `static()` are metadata and all others are children.

    >>> from dataclasses import dataclass
    >>> @rt.tree.register_dataclass
    ... @dataclass
    ... class Point:
    ...     x: float
    ...     name: str = rt.tree.static(default="origin")
    >>> rt.tree.map(lambda x: x * 10, Point(1.0, "p"))
    Point(x=10.0, name='p')
    """
    if data_fields is None or meta_fields is None:
        own = [f for f in dataclasses.fields(nodetype) if f.init and f.name not in drop_fields]
        meta_fields = [f.name for f in own if f.metadata.get("static", False)]
        data_fields = [f.name for f in own if f.name not in meta_fields]
    data, meta = tuple(data_fields), tuple(meta_fields)
    keys = tuple(GetAttrKey(name) for name in data)

    def flatten_func(node: Any) -> tuple[Any, Any, Any]:
        return tuple(getattr(node, name) for name in data), tuple(getattr(node, name) for name in meta), keys

    def unflatten_func(metadata: Any, children: Iterable[Any]) -> Any:
        return nodetype(**dict(zip(data, children, strict=True)), **dict(zip(meta, metadata, strict=True)))

    _register(nodetype, flatten_func, unflatten_func, namespace=NAMESPACE)
    return nodetype


def static(**options: Any) -> Any:
    """A dataclass field that belongs to the structure: `units: int = static(default=8)`.

    >>> from dataclasses import dataclass
    >>> @rt.tree.register_dataclass
    ... @dataclass
    ... class Point:
    ...     x: float
    ...     name: str = rt.tree.static(default="origin")
    >>> rt.tree.leaves(Point(1.0))
    [1.0]
    """
    metadata = {**options.pop("metadata", {}), "static": True}
    return dataclasses.field(metadata=metadata, **options)


def register_static(cls: C) -> C:
    """Make a hashable class a node without children: all of it belongs to the structure.

    >>> @rt.tree.register_static
    ... class Name(str):
    ...     pass
    >>> rt.tree.leaves([Name("width"), 1])
    [1]
    """
    if not isinstance(cls, type):
        raise BadType("tree.register_static", "cls", cls, "A class")
    register_pytree_node(cls, lambda node: ((), node), lambda node, children: node)
    return cls


class Partial(functools.partial[Any]):
    """`functools.partial` as a node: its arguments are children, its function belongs to the structure.

    >>> scaled = rt.tree.Partial(lambda w, x: w * x, rt.numpy.array([2.0]))
    >>> scaled(rt.numpy.array([3.0])), rt.tree.leaves(scaled)
    (Array([6.], dtype=float32), [Array([2.], dtype=float32)])
    """

    def __new__(cls, func: Callable[..., Any], /, *args: Any, **keywords: Any) -> Partial:
        if not callable(func):
            raise BadType("Partial", "func", func, "A function")
        return super().__new__(cls, func, *args, **keywords)


def _rebuild_partial(func: Callable[..., Any], children: Iterable[Any]) -> Partial:
    args, keywords = children
    return Partial(func, *args, **keywords)


register_pytree_node(Partial, lambda node: ((node.args, node.keywords), node.func), _rebuild_partial)


def __dir__() -> list[str]:
    return __all__
