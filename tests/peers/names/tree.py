"""Names of rt.tree."""

from peers.draw import ANY, Case, Draw, Of
from peers.rows import room

row = room("tree")
TUPLES = Of(lambda lib: lambda x: isinstance(x, tuple), "is a tuple")
LEAF = {"steady": {"is_leaf_takes_path": "has a test of its own"}, "order": 0}


def tree(d: Draw):
    dtype = d.dtype(ANY)
    a, b, c = (d.array(dtype, s) for s in d.shapes(3))
    return d.pick("tree", {"a": a, "b": (b, [c, None])}, (a, {"x": b, "y": c}), [a, (b, c)])


def leafy(d: Draw) -> Case:
    return d.case(tree(d), is_leaf=d.pick("is_leaf", None, TUPLES))


row("leaves leaves_with_path", leafy, **LEAF, call=lambda lib, f, x, is_leaf: [
    leaf[1] if f.__name__.endswith("path") else leaf for leaf in f(x, is_leaf=is_leaf)])  # fmt: skip
row("flatten flatten_with_path", leafy, **LEAF, call=lambda lib, f, x, is_leaf: [
    leaf[1] if f.__name__.endswith("path") else leaf for leaf in f(x, is_leaf=is_leaf)[0]])  # fmt: skip
row("structure", leafy, order=0, host=True, call=lambda lib, f, x, is_leaf: f(x, is_leaf=is_leaf).num_leaves)
row("unflatten", leafy, order=0, call=lambda lib, f, x, is_leaf: f(lib.tree.structure(x), [
    y * 2 for y in lib.tree.leaves(x)]))  # fmt: skip
row("map", lambda d: d.case(Of(lambda lib: lib.numpy.negative if False else lib.numpy.square), tree(d)), order=0,
    steady={"f": "a function", "tree": "trees", "rest": "has a test", "is_leaf": "has a test"})  # fmt: skip
row("reduce", lambda d: d.case(Of(lambda lib: lambda a, b: a + b), tree(d), 0), order=0,
    call=lambda lib, f, g, x, start: f(g, x, start))  # fmt: skip
row("all", lambda d: d.case({"a": d.pick("a", True, False), "b": d.pick("b", 1, 0)}), order=0, host=True,
    steady={"is_leaf": "has a test"})  # fmt: skip
