"""Names of rt.tree."""

from peers.draw import ANY, Case, Draw, Of
from peers.rows import room

row = room("tree")
TUPLES = Of(lambda lib: lambda x: isinstance(x, tuple), "is a tuple")


def tree(d: Draw):
    dtype = d.dtype(ANY)
    a, b, c = (d.array(dtype, s) for s in d.shapes(3))
    return d.pick("tree", {"a": a, "b": (b, [c, None])}, (a, {"x": b, "y": c}), [a, (b, c)])


def leafy(d: Draw) -> Case:
    return d.case(tree(d), is_leaf=d.pick("is_leaf", None, TUPLES))


INNER = Of(lambda lib: lambda path, x: len(path) == 1 and isinstance(x, dict | list), "is an inner dict or list")


def pathed(d: Draw) -> Case:
    by = d.pick("by", {}, {"is_leaf": TUPLES}, {"is_leaf": INNER, "is_leaf_takes_path": True})
    return d.case(tree(d), **by)


def shown(lib, found):
    """Paths as they are written, and leaves."""
    return [x for path, leaf in found for x in (lib.tree_util.keystr(path), leaf)]


row("leaves", leafy, order=0)
row("flatten", leafy, order=0, call=lambda lib, f, x, is_leaf: f(x, is_leaf=is_leaf)[0])
row("leaves_with_path", pathed, order=0, host=True, call=lambda lib, f, x, **by: shown(lib, f(x, **by)))
row("flatten_with_path", pathed, order=0, host=True, call=lambda lib, f, x, **by: shown(lib, f(x, **by)[0]))
row("structure", leafy, order=0, host=True, call=lambda lib, f, x, is_leaf: f(x, is_leaf=is_leaf).num_leaves)
row("unflatten", leafy, order=0, call=lambda lib, f, x, is_leaf: f(lib.tree.structure(x), [
    y * 2 for y in lib.tree.leaves(x)]))  # fmt: skip
FIRST = Of(lambda lib: lambda *xs: lib.numpy.square(lib.tree.leaves(xs)[0]), "the square of the first")


def mapped(d: Draw) -> Case:
    x = tree(d)
    rest = (x,) if d.pick("rest", False, True) else ()
    return d.case(FIRST, x, *rest, is_leaf=d.pick("is_leaf", None, TUPLES))


row("map", mapped, order=0, steady={"f": "a function"})
row("reduce", lambda d: d.case(Of(lambda lib: lambda a, b: a + b), tree(d), 0), order=0,
    call=lambda lib, f, g, x, start: f(g, x, start))  # fmt: skip
LISTS = Of(lambda lib: lambda x: isinstance(x, list), "is a list")
row("all", lambda d: d.case({"a": d.pick("a", True, True, False), "b": [d.pick("b", 1, 0)]}, is_leaf=d.pick("is_leaf", None, LISTS)),
    order=0, host=True)  # fmt: skip
