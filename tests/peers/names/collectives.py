"""Names of rt.lax that look across a mapped axis: each is called under vmap(axis_name="i") over four rows."""

from peers.draw import ANY, COMPLEX, FLOAT, INT, REAL, Case, Draw
from peers.rows import room

row = room("lax")
NUMBERS = (*FLOAT, *INT, *COMPLEX)
SHAPES = ((4,), (4, 4), (4, 0), (4, 4, 2))
ROWS = {"lacks": "scalar broadcast", "steady": {"axis_name": "i", "axis_index_groups": "JAX refuses them under vmap"}}


def across(lib, f, x, *args, **kwargs):
    """f of every row of x, as one mapped function sees it."""
    return lib.vmap(lambda one: f(one, "i", *args, **kwargs), axis_name="i")(x)


def rows_of(classes, shapes=SHAPES, **choices):
    def draw(d: Draw) -> Case:
        kwargs = {k: d.pick(k, *v) for k, v in choices.items()}
        return d.case(d.array(d.dtype(classes), d.pick("shape", *shapes)), **kwargs)

    return draw


row("psum", rows_of((*NUMBERS, "bool")), call=across, **ROWS)
row("pmean", rows_of(NUMBERS), call=across, **ROWS)
row("pmax pmin", rows_of(REAL), call=across, **ROWS, order=1)
row(
    "ppermute",
    rows_of(ANY, perm=([(0, 1), (1, 2), (2, 3), (3, 0)], [(0, 3), (1, 0), (2, 1), (3, 2)])),
    call=across,
    **ROWS,
)
SQUARES = ((4, 4), (4, 4, 4), (4, 4, 4, 2))
row("pswapaxes", rows_of(ANY, SQUARES, axis=(0,)), call=across, **ROWS)
row("all_gather", rows_of(ANY, SQUARES, axis=(0, 1), tiled=(False,)), call=across, **ROWS)
row(
    "all_to_all",
    rows_of(ANY, SQUARES[1:], split_axis=(0, 1), concat_axis=(0, 1), tiled=(False, True)),
    call=across,
    **ROWS,
)
row("psum_scatter", rows_of(NUMBERS, SQUARES, scatter_dimension=(0,), tiled=(False, True)), call=across, **ROWS)
row("axis_index", rows_of(REAL), call=lambda lib, f, x: lib.vmap(lambda one: one + f("i"), axis_name="i")(x), **ROWS)
row("axis_size", rows_of(REAL), call=lambda lib, f, x: lib.vmap(lambda one: one * f("i"), axis_name="i")(x), **ROWS)
