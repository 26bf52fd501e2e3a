"""Names of rt.lax that gather and scatter."""

from peers.draw import ANY, COMPLEX, FLOAT, INT, REAL, Case, Draw, Of
from peers.rows import room

row = room("lax")
NUMBERS = (*FLOAT, *INT, *COMPLEX)
UNUSED = {"unique_indices": "only promises", "indices_are_sorted": "only promises"}

# the shapes of an operand, indices and updates; offset or window axes, those left out, those that indices move along,
# and those of batches in the operand and in the indices
PLANS = (
    ((4, 3), (2, 1), (2, 3), ((1,), (0,), (0,), (), ())),
    ((3, 4, 2), (2, 3, 2), (2, 3, 2), ((2,), (0, 1), (0, 1), (), ())),
    ((5,), (1,), (3,), ((0,), (), (0,), (), ())),
    ((2, 3, 4), (2, 2, 1), (2, 2, 4), ((2,), (1,), (1,), (0,), (0,))),
    ((4, 3), (0, 1), (0, 3), ((1,), (0,), (0,), (), ())),
    ((3, 2), (4, 2), (4,), ((), (0, 1), (0, 1), (), ())),
)


def numbers(name: str, parts: tuple) -> Of:
    return Of(lambda lib: getattr(lib.lax, f"{name}DimensionNumbers")(*parts), f"{name}DimensionNumbers{parts}")


def placed(d: Draw, most: int = 1) -> tuple:
    """A plan, its indices, all of them inside the operand or some outside, and a mode for these."""
    operand, indices, updates, parts = d.pick("plan", *PLANS)
    mode = d.pick("mode", None, "clip", "fill", "promise_in_bounds")
    places = parts[2]
    room_for = [n - (updates[parts[0][-1]] if len(places) == 1 and k not in parts[1] else 1) for k, n in
                enumerate(operand)]  # fmt: skip
    at = d.array("int32", indices, 0, min(room_for[k] for k in places))
    if mode in ("clip", "fill") and at.size:
        at.flat[0] = d.pick("outside", -2, 9)
    return operand, at, updates, parts, mode


def gathered(d: Draw) -> Case:
    operand, at, updates, parts, mode = placed(d)
    window = iter([updates[k] for k in parts[0]])
    sizes = tuple(1 if k in (*parts[1], *parts[3]) else next(window) for k in range(len(operand)))
    fill = d.pick("fill_value", None, 1)
    return d.case(d.array(d.dtype(ANY), operand), at, numbers("Gather", parts), sizes, mode=mode, fill_value=fill)


row("gather", gathered, lacks="scalar", steady=UNUSED)


def scattered(classes, distinct: bool = False):
    def draw(d: Draw) -> Case:
        operand, at, updates, parts, mode = placed(d)
        at = apart(d, operand, at, parts[2]) if distinct else at
        dtype = d.dtype(classes)
        low = 0.5 if distinct else -3
        more = {"unique_indices": distinct}
        return d.case(d.array(dtype, operand, low), at, d.array(dtype, updates, low), numbers("Scatter", parts), mode=mode,
                      **more)  # fmt: skip

    return draw


def apart(d: Draw, operand, at, places):
    """Indices that differ: to which of two updates an element is set is not said."""
    flat = at.reshape(-1, at.shape[-1])
    n = min(operand[k] for k in places)
    for k in range(len(places)):
        order = d.random.permutation(n)
        flat[:, k] = [order[r % n] if not k else order[(r // n + r) % n] for r in range(len(flat))]
    return flat.reshape(at.shape)


row("scatter_add scatter_sub", scattered(NUMBERS), lacks="scalar", steady=UNUSED)
row("scatter_max scatter_min", scattered(REAL), lacks="scalar", steady=UNUSED, order=1)
row("scatter", scattered(ANY, True), lacks="scalar", steady=UNUSED)
row("scatter_mul", scattered(NUMBERS, True), lacks="scalar", steady=UNUSED)


def applied(d: Draw) -> Case:
    operand, at, updates, parts, mode = placed(d)
    f = d.pick("func", Of(lambda lib: lib.numpy.square, "square"), Of(lambda lib: lambda x: x + x, "twice"))
    return d.case(d.array(d.dtype(NUMBERS), operand), apart(d, operand, at, parts[2]), f, numbers("Scatter", parts),
                  update_shape=updates, mode=mode)  # fmt: skip


row("scatter_apply", applied, lacks="scalar", steady={**UNUSED, "func": "functions"})


def taken(d: Draw) -> Case:
    shape = d.pick("shape", (4, 3), (3, 2, 4), (5,))
    axes = d.pick("axes", (0,), (len(shape) - 1,)) if len(shape) < 3 else (0, 2)
    n = d.pick("n", 2, 0)
    return d.case(d.array(d.dtype(ANY), shape), tuple(d.array("int32", (n,), 0, 2) for _ in axes), axes)


row("index_take", taken, lacks="scalar broadcast")


def as_numbers(d: Draw) -> Case:
    operand, at, updates, parts, _ = placed(d)
    return d.case(d.array(d.dtype(FLOAT), operand), abs(at) % 2, d.array("float32", updates), parts)


def gathers(lib, f, x, at, updates, parts):
    dims = f(offset_dims=parts[0], collapsed_slice_dims=parts[1], start_index_map=parts[2], operand_batching_dims=parts[3],
             start_indices_batching_dims=parts[4])  # fmt: skip
    window = iter([updates.shape[k] for k in parts[0]])
    sizes = tuple(1 if k in (*parts[1], *parts[3]) else next(window) for k in range(x.ndim))
    return lib.lax.gather(x, at, dims, sizes)


def scatters(lib, f, x, at, updates, parts):
    dims = f(update_window_dims=parts[0], inserted_window_dims=parts[1], scatter_dims_to_operand_dims=parts[2],
             operand_batching_dims=parts[3], scatter_indices_batching_dims=parts[4])  # fmt: skip
    return lib.lax.scatter_add(x, at, updates.astype(x.dtype), dims)


row("GatherDimensionNumbers", as_numbers, call=gathers, lacks="scalar", order=1)
row("ScatterDimensionNumbers", as_numbers, call=scatters, lacks="scalar", order=1)
