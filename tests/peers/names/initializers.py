"""Names of rt.nn.initializers: what makes a key, a shape and a dtype into weights."""

import numpy as np
from peers.draw import Case, Draw, Key
from peers.rows import room

row = room("nn.initializers")
NOTHING = {"lacks": "scalar empty broadcast deep"}
FLOATS = (None, "float32", "float64", "bfloat16")
WEIGHTS = ((3, 4), (2, 3, 4), (4, 2))


def maker(*shapes, dtypes=FLOATS, needed=(), **choices):
    """A maker's arguments, at times its defaults apart from those that it needs."""

    def draw(d: Draw) -> Case:
        key, dtype = Key(int(d.random.integers(2**31))), d.pick("dtype", *dtypes)
        own = {"dtype": d.pick("own", "float32", "float64" if dtype == "float64" else None)}
        given = {k: d.pick(k, *v) for k, v in choices.items()}
        if d.pick("default", False, False, True):
            given, own = {k: v for k, v in given.items() if k in needed}, {}
        return d.case(key, d.pick("shape", *shapes), dtype, **given, **own)

    return draw


def calling(lib, f, key, shape, asked, **kwargs):
    """What an initialiser that was made of the other arguments gives."""
    return f(**kwargs)(key, shape, asked)


row("zeros ones", lambda d: d.case(Key(1), d.pick("shape", (), (0, 3), (2, 3, 4)), d.pick("dtype", *FLOATS, "int32")),
    **NOTHING)  # fmt: skip
row("constant", maker((), (0, 3), (2, 3), needed=("value",), value=(2.5, 0, np.float32(1.5))), **NOTHING, call=calling)
row("normal", maker((), (0, 3), (2, 3), stddev=(0.5, 2)), **NOTHING, call=calling)
row("uniform", maker((), (0, 3), (2, 3), scale=(0.5, 2)), **NOTHING, call=calling)
# a last place of a bfloat16 number near an end is several of its inverse error function: JAX rounds once, ours twice
WIDER = (None, "float32", "float64")
row("truncated_normal", maker((), (0, 3), (2, 3), dtypes=WIDER, stddev=(0.5, 2), lower=(-2.0, -1.0), upper=(2.0, 0.5)), **NOTHING,
    call=calling)  # fmt: skip
AXES = {"in_axis": (-2, 0), "out_axis": (-1,), "batch_axis": ((),)}
row("glorot_uniform he_uniform kaiming_uniform lecun_uniform xavier_uniform", maker(*WEIGHTS, **AXES), **NOTHING,
    call=calling)  # fmt: skip
row("glorot_normal he_normal kaiming_normal lecun_normal xavier_normal", maker(*WEIGHTS, dtypes=WIDER, **AXES), **NOTHING,
    call=calling)  # fmt: skip
row(
    "variance_scaling",
    maker(
        (2, 3, 4),
        (3, 5, 4),
        needed=("scale", "mode", "distribution"),
        dtypes=("float32", "float64", "complex64", None),
        scale=(1.0, 2),
        mode=("fan_in", "fan_out", "fan_avg", "fan_geo_avg"),
        distribution=("truncated_normal", "normal", "uniform"),
        in_axis=(-2, (0, 1)),
        batch_axis=((), 0),
    ),
    **NOTHING,
    call=calling,
)
row("orthogonal", maker(*WEIGHTS, dtypes=("float32", "float64", None), scale=(1.0, 2), column_axis=(-1, 0)), **NOTHING,
    call=calling)  # fmt: skip
row("delta_orthogonal", maker((3, 2, 4), (3, 3, 2, 2), (1, 3, 1, 2, 3), dtypes=("float32", "float64", None),
                              scale=(1.0, 2)), **NOTHING, call=calling)  # fmt: skip
