"""Names of rt.nn that are functions."""

import ml_dtypes
import numpy as np
from peers.draw import FLOAT, INT, Case, Draw
from peers.rows import room, unary

row = room("nn")
NUMBERS = (*FLOAT, *INT)
row("relu relu6 sigmoid silu swish hard_sigmoid hard_silu hard_swish hard_tanh soft_sign log_sigmoid softplus mish tanh",
    unary(FLOAT))  # fmt: skip
row("selu sparse_plus sparse_sigmoid identity", unary(FLOAT))
row("log1mexp", unary(FLOAT, 0.5, 3, special=False))


def shaped(**choices):
    def draw(d: Draw) -> Case:
        return d.case(d.array(d.dtype(FLOAT), d.shape()), **{k: d.pick(k, *v) for k, v in choices.items()})

    return draw


row("elu celu", shaped(alpha=(1.0, 0.5)))
row("gelu", shaped(approximate=(True, False)))
row("leaky_relu", shaped(negative_slope=(0.01, 0.2)))
row("squareplus", shaped(b=(4, 1)))


def along(d: Draw, axes: tuple = (-1, 0), **more) -> Case:
    shape = d.shape(1)
    axis = d.pick("axis", *axes)
    return d.case(d.array(d.dtype(FLOAT), shape), axis=axis, **more)


def masked(d: Draw) -> Case:
    case = along(d)
    shape = case.args[0].shape
    mask = d.array(bool, shape)
    mask[(0,) * len(shape)] |= bool(0 not in shape)
    if d.pick("where", False, True) and 0 not in shape:
        mask[...] |= d.array(bool, shape)
        mask[tuple(slice(0, 1) for _ in shape)] = True
        case.kwargs["where"] = mask | True if d.slopes else mask
    return case


row("softmax log_softmax", masked, lacks="empty")
row("glu", lambda d: d.case(d.array(d.dtype(FLOAT), d.pick("shape", (4,), (2, 4), (2, 4, 6), (0, 4))), d.pick("axis", -1, 1 - 2)),
    steady={"axis": "-1 has an even size"}, lacks="scalar")  # fmt: skip


def summed(d: Draw, weights: bool = True) -> Case:
    shape = d.shape()
    axis = d.axis(shape, None)
    more = {}
    if weights:
        more = {"b": d.pick("b", None, d.array("float32", shape, 0.5, 2)), "return_sign": d.pick("sign", False, True)}
    return d.case(
        d.array(d.dtype(FLOAT), shape),
        axis=axis,
        keepdims=d.pick("keepdims", False, True),
        where=d.where(shape),
        **more,
    )


row("logsumexp", summed, lacks="empty")
row("logmeanexp", lambda d: summed(d, False), lacks="empty")
row("one_hot", lambda d: d.case(d.array(d.dtype(INT), d.shape(), 0, 4), d.pick("num_classes", 3, 5),
                                dtype=d.pick("dtype", None, "float32", "int32"), axis=d.pick("axis", -1, 0)))  # fmt: skip


def standardized(d: Draw) -> Case:
    shape = d.shape(1)
    epsilon, axis, dtype = d.pick("epsilon", 1e-5, 0.1), d.pick("axis", -1, 0), d.dtype(FLOAT)
    kept = [1 if k == axis % len(shape) else n for k, n in enumerate(shape)]
    known = {k: d.array(dtype, kept, 1, 2) for k in ("mean", "variance") if d.pick(k, False, True)}
    return d.case(d.array(dtype, shape), axis, **known, epsilon=epsilon, where=d.where(shape),
                  algorithm=d.pick("algorithm", "fast", "stable"))  # fmt: skip


row("standardize", standardized, lacks="empty")


def attention(d: Draw) -> Case:
    kind = d.dtype(("float", "double"))
    # JAX has no products of float16 with sums in float32 on processors
    kind = np.dtype(ml_dtypes.bfloat16) if d.pick("half", None, True) and kind == np.float32 else kind
    batch, (heads, groups) = d.pick("batch", (2,), ()), d.pick("heads", (2, 2), (4, 2), (2, 1))
    q, k, v = (d.array(kind, (*batch, n, h, 3)) for n, h in ((4, heads), (3, groups), (3, groups)))
    many = (batch or (1,))[0]
    kwargs = {
        "bias": d.pick("bias", None, d.array(kind, (many, heads, 4, 3))),
        "mask": d.pick("mask", None, d.array(bool, (1, 1, 4, 3))),
        "scale": d.pick("scale", None, 0.5),
        "is_causal": d.pick("is_causal", False, True),
        "query_seq_lengths": d.pick("query lengths", None, d.array("int32", (many,), 1, 4)),
        "key_value_seq_lengths": d.pick("key lengths", None, d.array("int32", (many,), 1, 3)),
        "local_window_size": d.pick("window", None, (2, 1), 2),
        "implementation": d.pick("implementation", None, "xla"),
        "return_residual": d.pick("residual", False, True),
    }
    return d.case(q, k, v, **kwargs)


def in_single(lib, f, *args, **kwargs):
    """Attention as float32, in which both compute its softmax of float64 too."""
    out = f(*args, **kwargs)
    out = out if isinstance(out, tuple) else (out,)
    return [x.astype("float32") if x.dtype == np.float64 else x for x in out]


row("dot_product_attention", attention, lacks="scalar empty", order=0, call=in_single)
