"""Pytrees under JAX's names agree with JAX's."""

import dataclasses
import doctest
from collections import OrderedDict, namedtuple

import jax
import pytest
from hypothesis import given
from hypothesis import strategies as st

import rustorch_fn
from rustorch_fn import tree
from rustorch_fn.errors import TreeMismatch

Pair = namedtuple("Pair", "x y")
TREES = st.recursive(
    st.integers() | st.none(),
    lambda below: (
        st.lists(below, max_size=3)
        | st.tuples(below, below)
        | st.dictionaries(st.sampled_from("abc"), below)
        | st.builds(Pair, below, below)
    ),
    max_leaves=8,
)


@given(TREES)
def test_leaves_paths_and_round_trip_are_jaxs(t):
    assert tree.leaves(t) == jax.tree.leaves(t)
    assert [(tree.keystr(p), x) for p, x in tree.leaves_with_path(t)] == [
        (jax.tree_util.keystr(p), x) for p, x in jax.tree.leaves_with_path(t)
    ]
    found, treedef = tree.flatten(t)
    assert tree.unflatten(treedef, iter(found)) == t
    assert tree.structure(t) == treedef
    assert hash(tree.structure(t)) == hash(treedef)
    assert tree.map(lambda x, y: x + y, t, t) == jax.tree.map(lambda x, y: x + y, t, t)
    assert tree.all(t) == jax.tree.all(t)
    assert tree.reduce(lambda x, y: x + y, t, 0) == jax.tree.reduce(lambda x, y: x + y, t, 0)
    assert tree.reduce_associative(lambda x, y: x + y, t, identity=0) == sum(found)
    assert tree.map_with_path(lambda p, x: tree.keystr(p), t) == jax.tree.map_with_path(
        lambda p, x: jax.tree_util.keystr(p), t
    )
    assert tree.broadcast(7, t) == tree.map(lambda _: 7, t)
    assert tree.difference(treedef, t) == ""


def test_the_order_of_keys():
    assert tree.leaves({"b": 1, "a": 2}) == [2, 1]
    assert tree.leaves({"b": 1, 3: 2, "a": 3}) == [2, 3, 1]
    assert tree.leaves({1j: 1, 0j: 2}) == [1, 2]
    assert tree.leaves(OrderedDict(b=1, a=2)) == [1, 2]


def test_keystr_simple():
    paths = [tree.keystr(p, simple=True, separator="/") for p, _ in tree.leaves_with_path({"a": [1, Pair(2, 3)]})]
    assert paths == ["a/0", "a/1/x", "a/1/y"]


@pytest.mark.parametrize(
    ("other", "says"),
    [
        ({"a": 1, "b": [2, 3]}, "at ['b'][1]: None · a leaf"),
        ({"a": 1, "b": (2, None)}, "at ['b']: a list of 2 · a tuple of 2"),
        ({"a": 1, "b": [2]}, "at ['b']: a list of 2 · a list of 1"),
        ({"a": 1}, "keys ['a', 'b'] · keys ['a']"),
        (3, "a dict · a leaf"),
    ],
)
def test_a_mismatch_says_where(other, says):
    with pytest.raises(TreeMismatch) as caught:
        tree.map(lambda x, y: x, {"a": 1, "b": [2, None]}, other)
    assert caught.value.got == says


def test_an_error_of_the_users_function_is_not_a_mismatch():
    with pytest.raises(ZeroDivisionError):
        tree.map(lambda x, y: x / y, [1], [0])


def test_the_wrong_number_of_leaves():
    with pytest.raises(TreeMismatch, match="the structure takes 2 leaves: 3 leaves"):
        tree.unflatten(tree.structure((0, 0)), [1, 2, 3])


def test_transpose():
    outer, inner = tree.structure([0, 0]), tree.structure({"a": 0, "b": (0,)})
    rows = [{"a": 1, "b": (2,)}, {"a": 3, "b": (4,)}]
    assert tree.transpose(outer, inner, rows) == {"a": [1, 3], "b": ([2, 4],)}
    assert tree.transpose(outer, None, rows) == jax.tree.transpose(jax.tree.structure([0, 0]), None, rows)
    with pytest.raises(TreeMismatch):
        tree.transpose(outer, inner, [1, 2])
    with pytest.raises(TreeMismatch, match="inner_treedef"):
        tree.transpose(tree.structure([]), None, [])


def test_an_empty_tree_reduces_to_its_identity_only():
    with pytest.raises(TreeMismatch, match="identity="):
        tree.reduce_associative(max, [])


def test_a_prefix_spreads_with_none_as_a_leaf():
    full = tree.structure(({"a": 1, "b": None}, [2, 3], 4))
    assert tree.prefix_leaves((None, 0, 1), full) == [None, 0, 0, 1]
    assert tree.prefix_leaves(None, full) == [None] * 4
    assert tree.prefix_leaves(({"a": 5, "b": None}, [0, 1], 2), full) == [5, 0, 1, 2]
    with pytest.raises(TreeMismatch, match="vmap: in_axes"):
        tree.prefix_leaves((0, 0), full, "vmap: in_axes")


def test_dataclasses():
    @tree.register_dataclass
    @dataclasses.dataclass
    class Layer:
        w: int
        name: str = tree.static(default="layer")

    layer = Layer([1, 2], "first")
    assert tree.leaves(layer) == [1, 2]
    assert tree.map(lambda x: 2 * x, layer) == Layer([2, 4], "first")
    assert tree.structure(layer) != tree.structure(Layer([1, 2], "second"))
    assert [tree.keystr(p) for p, _ in tree.leaves_with_path({"a": layer})] == ["['a'].w[0]", "['a'].w[1]"]


def test_dataclass_with_named_fields():
    @dataclasses.dataclass
    class Layer:
        w: int
        name: str = "layer"
        cache: object = None

    tree.register_dataclass(Layer, data_fields=["w"], meta_fields=["name"], drop_fields=["cache"])
    assert tree.map(lambda x: x + 1, Layer(1, "n", cache=3)) == Layer(2, "n")


def test_other_ways_to_register():
    class Box:
        def __init__(self, inside):
            self.inside = inside

    class Methods(Box):
        def tree_flatten(self):
            return (self.inside,), None

        @classmethod
        def tree_unflatten(cls, metadata, children):
            return cls(*children)

    class Named(Box):
        pass

    @tree.register_static
    class Constant(str):
        pass

    tree.register_pytree_node(Box, lambda b: ((b.inside,), None), lambda _, c: Box(*c))
    tree.register_pytree_node_class(Methods)
    tree.register_pytree_with_keys(
        Named, lambda n: ([(tree.GetAttrKey("inside"), n.inside)], None), lambda _, c: Named(*c)
    )
    for cls, path in ((Box, "[<flat index 0>]"), (Methods, "[<flat index 0>]"), (Named, ".inside")):
        (found,) = tree.leaves_with_path(cls(3))
        assert (tree.keystr(found[0]), found[1]) == (path, 3)
        assert tree.map(lambda x: x + 1, cls(3)).inside == 4
    assert tree.leaves([Constant("a"), 1]) == [1]


def test_partial_is_a_node():
    half = tree.Partial(divmod, 7)
    assert tree.leaves(half) == [7]
    assert tree.map(lambda x: x + 1, half)(3) == (2, 2)


def test_doctests():
    assert doctest.testmod(tree, extraglobs={"rt": rustorch_fn}).failed == 0
