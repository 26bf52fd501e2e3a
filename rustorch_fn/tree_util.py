"""Nested containers under the names of jax.tree_util; `rt.tree` has the same functions under shorter ones."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

import optree

from rustorch_fn import boundary, errors
from rustorch_fn.tree import (
    NAMESPACE,
    DictKey,
    FlattenedIndexKey,
    GetAttrKey,
    KeyPath,
    Partial,
    PyTreeDef,
    SequenceKey,
    keystr,
    register_dataclass,
    register_pytree_node,
    register_pytree_node_class,
    register_pytree_with_keys,
    register_static,
)
from rustorch_fn.tree import all as tree_all
from rustorch_fn.tree import broadcast as tree_broadcast
from rustorch_fn.tree import flatten as tree_flatten
from rustorch_fn.tree import flatten_with_path as tree_flatten_with_path
from rustorch_fn.tree import leaves as tree_leaves
from rustorch_fn.tree import leaves_with_path as tree_leaves_with_path
from rustorch_fn.tree import map as tree_map
from rustorch_fn.tree import map_with_path as tree_map_with_path
from rustorch_fn.tree import reduce as tree_reduce
from rustorch_fn.tree import reduce_associative as tree_reduce_associative
from rustorch_fn.tree import structure as tree_structure
from rustorch_fn.tree import transpose as tree_transpose
from rustorch_fn.tree import unflatten as tree_unflatten

__all__ = [
    "DictKey", "FlattenedIndexKey", "GetAttrKey", "KeyEntry", "KeyPath", "Partial", "PyTreeDef", "SequenceKey",
    "all_leaves", "default_registry", "flatten_one_level", "flatten_one_level_with_keys", "is_tree_node", "keystr",
    "register_dataclass", "register_pytree_node", "register_pytree_node_class", "register_pytree_with_keys",
    "register_pytree_with_keys_class", "register_static", "tree_all", "tree_broadcast", "tree_flatten",
    "tree_flatten_with_path", "tree_leaves", "tree_leaves_with_path", "tree_map", "tree_map_with_path", "tree_reduce",
    "tree_reduce_associative", "tree_structure", "tree_transpose", "tree_unflatten", "treedef_children",
    "treedef_is_leaf", "treedef_tuple",
]  # fmt: skip

KeyEntry: TypeAlias = DictKey | FlattenedIndexKey | GetAttrKey | SequenceKey


def all_leaves(iterable: Iterable[Any], is_leaf: Callable[[Any], bool] | None = None) -> bool:
    """Whether all elements are leaves: none is a container that would be taken apart.

    >>> rt.tree_util.all_leaves([1, 2.0]), rt.tree_util.all_leaves([1, (2,)])
    (True, False)
    """
    if not isinstance(iterable, Iterable):
        raise errors.BadType("all_leaves", "iterable", iterable, "A list")
    return all(len(found) == 1 and found[0] is x for x in iterable for found in [tree_leaves(x, is_leaf)])


def is_tree_node(typ: type) -> bool:
    """Whether values of a class are containers.

    >>> rt.tree_util.is_tree_node(dict), rt.tree_util.is_tree_node(int)
    (True, False)
    """
    named = issubclass(typ, tuple) and hasattr(typ, "_fields")
    return named or optree.register_pytree_node.get(typ, namespace=NAMESPACE) is not None


def flatten_one_level(tree: Any) -> tuple[Iterable[Any], Any]:
    """A container's children, and what else makes it up. Raises BadType for a leaf.

    >>> rt.tree_util.flatten_one_level({"b": [1], "a": 2})
    ([2, [1]], ['a', 'b'])
    """
    children, metadata, _ = _one_level(tree)
    return children, metadata


def flatten_one_level_with_keys(tree: Any) -> tuple[Iterable[tuple[Any, Any]], Any]:
    """Pairs of key and child of a container, and what else makes it up. Raises BadType for a leaf.

    >>> rt.tree_util.flatten_one_level_with_keys([7])[0]
    [(SequenceKey(idx=0), 7)]
    """
    children, metadata, keys = _one_level(tree)
    return list(zip(keys, children, strict=True)), metadata


def _one_level(tree: Any) -> tuple[list[Any], Any, list[Any]]:
    pairs, _ = tree_flatten_with_path(tree, is_leaf=lambda x: x is not tree)
    if not is_tree_node(type(tree)):
        raise errors.BadType("flatten_one_level", "tree", tree, "A container")
    metadata = None if isinstance(tree, list | tuple) else optree.tree_flatten_one_level(tree, namespace=NAMESPACE)[1]
    return [child for _, child in pairs], metadata, [path[0] for path, _ in pairs]


def register_pytree_with_keys_class(cls: Any) -> Any:
    """Make a class with `tree_flatten_with_keys(self)` and classmethod `tree_unflatten(metadata, children)` a node.

    >>> @rt.tree_util.register_pytree_with_keys_class
    ... class Pair:
    ...     def __init__(self, x, y):
    ...         self.x, self.y = x, y
    ...     def tree_flatten_with_keys(self):
    ...         return [(rt.tree_util.GetAttrKey("x"), self.x), (rt.tree_util.GetAttrKey("y"), self.y)], None
    ...     @classmethod
    ...     def tree_unflatten(cls, _, children):
    ...         return cls(*children)
    >>> [rt.tree_util.keystr(path) for path, _ in rt.tree_util.tree_leaves_with_path(Pair(1, 2))]
    ['.x', '.y']
    """
    register_pytree_with_keys(cls, lambda node: node.tree_flatten_with_keys(), cls.tree_unflatten)
    return cls


def _structure(op: str, argument: str, treedef: Any) -> PyTreeDef:
    if not isinstance(treedef, PyTreeDef):
        raise errors.BadType(op, argument, treedef, "What rt.tree.structure gives")
    return treedef


def treedef_children(treedef: PyTreeDef) -> list[PyTreeDef]:
    """The structures of a container's children.

    >>> len(rt.tree_util.treedef_children(rt.tree.structure([1, (2, 3)])))
    2
    """
    return _structure("treedef_children", "treedef", treedef).children()


def treedef_is_leaf(treedef: PyTreeDef) -> bool:
    """Whether a structure is that of one leaf, or of a container without children.

    >>> rt.tree_util.treedef_is_leaf(rt.tree.structure(1))
    True
    """
    return _structure("treedef_is_leaf", "treedef", treedef).num_nodes == 1


def treedef_tuple(treedefs: Iterable[PyTreeDef]) -> PyTreeDef:
    """The structure of a tuple of trees of these structures.

    >>> leaf = rt.tree.structure(0)
    >>> rt.tree_util.treedef_tuple([leaf, leaf]) == rt.tree.structure((1, 2))
    True
    """
    given = [_structure("treedef_tuple", "treedefs", each) for each in treedefs]
    return optree.treespec_tuple(given, namespace=NAMESPACE)


class _Registry:
    """The one registry there is: what all functions of this page look into."""

    def flatten_one_level(self, tree: Any) -> tuple[Iterable[Any], Any] | None:
        """`flatten_one_level`, or None for a leaf."""
        return flatten_one_level(tree) if is_tree_node(type(tree)) else None


default_registry = _Registry()


def __dir__() -> list[str]:
    return __all__


boundary.close(sys.modules[__name__])
