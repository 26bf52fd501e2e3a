"""Names of the small rooms: image, ops, dlpack, flatten_util, test_util, tree."""

import dataclasses
from functools import partial

import numpy as np
from peers.draw import ANY, FLOAT, INT, REAL, Case, Draw, Of
from peers.rows import room

NOTHING = {"lacks": "scalar empty broadcast deep"}
NUMBERS = (*FLOAT, *INT)

# --- image ---

row = room("image")
METHODS = ("nearest", "linear", "cubic", "lanczos3", "lanczos5", "bilinear", "bicubic", "trilinear")


def resized(d: Draw) -> Case:
    x, to = d.pick("shapes", ((5,), (8,)), ((4, 6), (3, 9)), ((2, 5, 4), (2, 3, 6)), ((6, 4), (3, 4)))
    return d.case(
        d.array(d.dtype((*FLOAT, "int")), x), to, d.pick("method", *METHODS), antialias=d.pick("antialias", True, False)
    )


row("resize", resized, lacks="scalar empty broadcast")


def moved(d: Draw) -> Case:
    axes = d.pick("spatial_dims", (0,), (0, 1), (1,))
    n, dtype = len(axes), d.dtype(FLOAT)
    wide = "float64" if dtype == np.float64 else "float32"
    scale, translation = d.array(wide, (n,), 0.6, 2), d.array(wide, (n,), -1, 2)
    to = tuple(7 if k in axes else s for k, s in enumerate((4, 5)))
    return d.case(d.array(dtype, (4, 5)), to, axes, scale, translation, d.pick("method", *METHODS[1:6]),
                  antialias=d.pick("antialias", True, False))  # fmt: skip


row("scale_and_translate", moved, lacks="scalar empty deep", order=1)
row("ResizeMethod", lambda d: d.case(d.array(d.dtype(FLOAT), (4, 5)), d.pick("name", *METHODS[:5])), lacks="scalar empty broadcast deep",
    call=lambda lib, f, x, name: lib.image.resize(x, (6, 3), f.from_string(name)))  # fmt: skip

# --- ops ---

row = room("ops")


def parted(classes):
    def draw(d: Draw) -> Case:
        n = d.pick("rows", 6, 4)
        shape = d.pick("shape", (n,), (n, 3), (n, 2, 1), (n, 0))
        ids = np.sort(d.array("int32", (n,), 0, 3)) if d.pick("sorted", False, True) else d.array("int32", (n,), -1, 5)
        return d.case(d.array(d.dtype(classes), shape), ids, d.pick("num_segments", 4, 6), mode=d.pick("mode", None, "clip", "drop"),
                      bucket_size=d.pick("bucket_size", None, 2))  # fmt: skip

    return draw


UNUSED = {"indices_are_sorted": "only promises", "unique_indices": "only promises"}
row("segment_sum segment_prod", parted(NUMBERS), lacks="scalar", steady=UNUSED, order=1)
row("segment_max segment_min", parted(NUMBERS), lacks="scalar", steady=UNUSED, order=1)

# --- memory, vectors of leaves ---


def lent(d: Draw) -> Case:
    return d.case(
        d.array(d.dtype(("int", "uint", "float", "long", "double", "complex")), d.shape()), d.pick("copy", None, True)
    )


room("dlpack")("from_dlpack", lent, host=True, order=0, call=lambda lib, f, x, copy: f(np.array(x), copy=copy))


def leaves(d: Draw) -> Case:
    dtype = d.dtype(ANY)
    x, y = (d.array(dtype, s) for s in d.shapes(2))
    z = d.array(d.dtype(REAL, "another") if not d.slopes else dtype, (2,))
    return d.case(d.pick("tree", {"a": x, "b": [y, z]}, (x, (y, None))))


def there_and_back(lib, f, tree):
    """The vector, and what is made of it when every number in it was doubled."""
    flat, back = f(tree)
    return flat, back(flat + flat)


room("flatten_util")("ravel_pytree", leaves, call=there_and_back)

# --- test_util ---

row = room("test_util")


def judged(d: Draw) -> Case:
    """A function whose derivative is right or not."""
    x = d.array(d.dtype(("float", "double")), d.pick("shape", (), (3,), (2, 1, 2)), 1, 2)
    return d.case(x, d.pick("slope", 2.0, 2.2, 1.0), d.pick("more", {}, {"atol": 0.5, "rtol": 0.5}, {"eps": 1e-2}))


def square(lib, slope):
    """x², whose derivative is said to be slope x."""
    f = lib.custom_jvp(lambda x: x * x)
    f.defjvp(lambda x, t: (x[0] * x[0], slope * x[0] * t[0]))
    return f


def passes(check, *args, **kwargs):
    """Whether a check finds nothing."""
    try:
        check(*args, **kwargs)
    except AssertionError:
        return False
    return True


def checked(lib, f, x, slope, more):
    g = square(lib, slope)
    if f is lib.test_util.check_grads:
        return [
            passes(f, g, (x,), order, modes, **more)
            for order, modes in ((1, ("fwd",)), (1, ("rev",)), (2, ("fwd", "rev")))
        ]
    slopes = {"check_jvp": lambda *a: lib.jvp(g, *a), "check_vjp": partial(lib.vjp, g)}[f.__name__]
    return passes(f, g, slopes, (x,), **more)


row("check_grads check_jvp check_vjp", judged, host=True, order=0, call=checked, lacks="empty broadcast")

# --- tree ---

row = room("tree")


def two_trees(d: Draw) -> Case:
    dtype = d.dtype(ANY)
    a, b, c = (d.array(dtype, s) for s in d.shapes(3))
    prefix, full = d.pick(
        "trees", ({"a": a, "b": b}, {"a": (b, [c]), "b": c}), (a, (b, c)), ((a, b), ([b, c], {"x": c}))
    )
    return d.case(prefix, full)


TUPLES = Of(lambda lib: lambda x: isinstance(x, tuple), "is a tuple")
row("broadcast", lambda d: d.case(*two_trees(d).args, is_leaf=d.pick("is_leaf", None, Of(lambda lib: lambda x: x is None, "is None"))),
    order=0)  # fmt: skip


def named(d: Draw) -> Case:
    return d.case(Of(lambda lib: lambda path, x, *rest: (x, len(path), lib.tree_util.keystr(path)), "x, its path"),
                  two_trees(d).args[1], is_leaf=d.pick("is_leaf", None, TUPLES))  # fmt: skip


def with_paths(lib, f, g, tree, is_leaf):
    """What map_with_path gives: leaves, the lengths of their paths; and the paths as numbers of letters."""
    out = f(g, tree, is_leaf=is_leaf)
    return lib.tree.map(lambda x: len(x) if isinstance(x, str) else x, out)


row("map_with_path", named, order=0, call=with_paths)


def combined(d: Draw) -> Case:
    shape, dtype = d.shape(), d.dtype(ANY)
    a, b, c = (d.array(dtype, shape) for _ in range(3))
    start = d.pick("identity", {}, {"identity": d.array(dtype, shape)})
    if d.pick("is_leaf", False, True):
        pairs = Of(lambda lib: lambda x, y: lib.tree.map(lib.numpy.add, x, y), "add pairs")
        return d.case(pairs, [(a, b), (b, c)], is_leaf=Of(lambda lib: lambda x: isinstance(x, tuple), "is a tuple"))
    return d.case(Of(lambda lib: lib.numpy.add, "add"), d.pick("tree", {"a": a, "b": (b, c)}, [a, b]), **start)


row(
    "reduce_associative",
    combined,
    order=0,
    lacks="broadcast",
    steady={"operation": "functions"},
)
row("transpose", lambda d: d.case(*two_trees(d).args, d.pick("outer", "dict", "list")), order=0, call=lambda lib, f, x, y, outer: f(
    lib.tree.structure({"a": 0, "b": 0} if outer == "dict" else [0, 0, 0]), None if outer == "list" else lib.tree.structure(y),
    {"a": y, "b": y} if outer == "dict" else [y, y, y]))  # fmt: skip


def still(lib, f, x, scale):
    """A dataclass with a static field, which goes through vmap as part of the structure."""

    @lib.tree_util.register_dataclass
    @dataclasses.dataclass
    class Scaled:
        x: object
        scale: int = f(default=1)

    doubled = lib.tree.map(lambda a: a + a, Scaled(x, scale))
    return doubled.x, doubled.scale, len(lib.tree.leaves(Scaled(x, scale)))


row("static", lambda d: d.case(d.array(d.dtype(ANY), d.shape()), d.pick("scale", 2, 3)), order=0, call=still)
