"""rustorch_fn.tree_util has jax.tree_util's names, and they mean the same."""

import collections

import jax.tree_util as theirs
import pytest

from rustorch_fn import errors
from rustorch_fn import tree_util as ours

Point = collections.namedtuple("Point", "x y")
TREES = [1, None, [], (1, 2), {"b": 1, "a": [2, None]}, Point(1, (2,)), collections.OrderedDict(z=1, a=2), [{"a": ()}]]


def test_all_names_of_jax():
    names = {n for n in dir(theirs) if not n.startswith("_")}
    assert names == set(ours.__all__)
    assert all(hasattr(ours, n) for n in names)


@pytest.mark.parametrize("tree", TREES, ids=str)
def test_as_jax(tree):
    assert ours.tree_leaves(tree) == theirs.tree_leaves(tree)
    mine, peer = ours.tree_structure(tree), theirs.tree_structure(tree)
    assert ours.treedef_is_leaf(mine) == theirs.treedef_is_leaf(peer)
    assert [t.num_leaves for t in ours.treedef_children(mine)] == [t.num_leaves for t in theirs.treedef_children(peer)]
    assert ours.is_tree_node(type(tree)) == theirs.is_tree_node(type(tree)) == (not isinstance(tree, int))
    assert ours.all_leaves([tree]) == theirs.all_leaves([tree])
    assert ours.treedef_tuple([mine, mine]) == ours.tree_structure((tree, tree))
    if tree == 1:
        assert ours.default_registry.flatten_one_level(tree) is None
    else:
        assert list(ours.flatten_one_level(tree)[0]) == list(theirs.flatten_one_level(tree)[0])
        assert list(ours.default_registry.flatten_one_level(tree)[0]) == list(theirs.flatten_one_level(tree)[0])
        pairs, peers = ours.flatten_one_level_with_keys(tree)[0], theirs.flatten_one_level_with_keys(tree)[0]
        assert [v for _, v in pairs] == [v for _, v in peers]
        if not isinstance(tree, Point):  # where JAX calls every field by the first one's name
            assert [str(k) for k, _ in pairs] == [str(k) for k, _ in peers]


def test_a_class_that_names_its_children():
    @ours.register_pytree_with_keys_class
    class Pair:
        def __init__(self, x, y):
            self.x, self.y = x, y

        def tree_flatten_with_keys(self):
            return [(ours.GetAttrKey("x"), self.x), (ours.GetAttrKey("y"), self.y)], "made"

        @classmethod
        def tree_unflatten(cls, _, children):
            return cls(*children)

    tree = {"p": Pair(1, [2])}
    assert [ours.keystr(path) for path, _ in ours.tree_leaves_with_path(tree)] == ["['p'].x", "['p'].y[0]"]
    assert ours.tree_map(lambda v: v * 10, tree)["p"].y == [20]
    assert ours.flatten_one_level(tree["p"]) == ([1, [2]], "made")


def test_a_leaf_has_no_level():
    with pytest.raises(errors.BadType, match="flatten_one_level"):
        ours.flatten_one_level(3)
