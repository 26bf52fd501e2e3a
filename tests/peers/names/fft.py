"""Names of rt.numpy.fft, and rt.lax.fft."""

from peers.draw import ANY, BITS, COMPLEX, Case, Draw
from peers.rows import room

row = room("numpy.fft")
REAL = ("float", "double", *BITS)
TAKEN = (*REAL, *COMPLEX)
NORMS = (None, "ortho", "forward", "backward")


def one(classes, *sizes):
    """f(a, n, axis, norm)"""

    def draw(d: Draw) -> Case:
        shape = d.shape(1)
        n = d.pick("n given", *(k for k in sizes if k)) if d.slopes or 0 in shape else d.pick("n", *sizes)
        return d.case(d.array(d.dtype(classes), shape), n, d.axis(shape), d.pick("norm", *NORMS))

    return draw


row("fft ifft", one(TAKEN, None, 3, 6))
row("rfft ihfft", one(REAL, None, 3, 6))
row("irfft hfft", one(TAKEN, 4, None, 3))


def two(classes):
    """f(a, s, axes, norm)"""

    def draw(d: Draw) -> Case:
        shape = d.shape(2)
        axes = d.pick("axes", (-2, -1), (1, 0))
        s = (3, 4) if d.slopes or 0 in shape else d.pick("s", None, (3, 4), (2, 2))
        return d.case(d.array(d.dtype(classes), shape), s, axes, d.pick("norm", *NORMS))

    return draw


row("fft2 ifft2", two(TAKEN))
row("rfft2", two(REAL))
row("irfft2", two(TAKEN))


def several(classes):
    """f(a, s, axes, norm), where axes may be left out."""

    def draw(d: Draw) -> Case:
        shape = d.shape(2, 3)
        s, axes = d.pick("sizes", ((3, 4), None), (None, (0,)), ((2, 4), (0, 1)), ((3,), (-1,)), (None, None))
        if d.slopes or 0 in shape:
            s, axes = d.pick("sizes given", ((3, 4), (0, 1)), ((2, 4), None))
        return d.case(d.array(d.dtype(classes), shape), s, axes, d.pick("norm", *NORMS))

    return draw


row("fftn ifftn", several(TAKEN))
row("rfftn", several(REAL))
row("irfftn", several(TAKEN))


def spaced(d: Draw) -> Case:
    return d.case(
        d.pick("n", 5, 4, 1), d.operand(d.dtype(("float", "double")), (), 0.5, 2), dtype=d.pick("t", None, "float32")
    )


row("fftfreq rfftfreq", spaced, lacks="empty broadcast deep")


def shifted(d: Draw) -> Case:
    shape = d.shape(1)
    return d.case(d.array(d.dtype(ANY), shape), d.axis(shape, None, tuple(range(len(shape)))[-2:], what="axes"))


row("fftshift ifftshift", shifted)


def transformed(d: Draw) -> Case:
    kind = d.pick("type", "FFT", "IFFT", "RFFT", "IRFFT")
    dtype = d.dtype(("float", "double") if kind == "RFFT" else COMPLEX, kind)
    shape = d.pick("shape", (4,), (3, 4), (2, 3, 4), (0, 4))
    lengths = {"IRFFT": (6,)}.get(kind, (4,))
    return d.case(
        d.array(dtype, shape),
        kind,
        (3, 4) if d.pick("axes", 1, 2) == 2 and shape[-2:] == (3, 4) and kind[0] != "I" else lengths,
    )


room("lax")("fft", transformed)
