"""Names of rt.scipy.special. Arguments lie where JAX is right; docs/special_functions.md holds the others to mpmath.

Programs with special functions in float64 are long: few classes of dtypes, and no integers where they are dear.
"""

from collections.abc import Callable, Sequence

from peers.draw import COMPLEX, FLOAT, Case, Draw
from peers.rows import room, unary

row = room("scipy.special")
MOST = (*FLOAT, "int")
NARROW = ("float", "double")


def between(*ranges: tuple[float, float], classes: Sequence[str] = MOST, **choices) -> Callable[[Draw], Case]:
    """f(x, y, …) of operands that broadcast, each between its two ends; and other arguments from their choices."""

    def draw(d: Draw) -> Case:
        sizes, kind = d.shapes(len(ranges)), d.dtype(classes)
        given = [d.operand(kind, s, low, high) for s, (low, high) in zip(sizes, ranges, strict=True)]
        return d.case(*given, **{k: d.pick(k, *v) for k, v in choices.items()})

    return draw


# --- of one operand ---

row("erf erfc", unary(MOST))
row("erfinv", unary(MOST, -0.9, 0.9))
row("expit", unary((*MOST, *COMPLEX)))
row("logit", unary((*FLOAT, *COMPLEX), 0.05, 0.95))


def beyond_roots(classes: Sequence[str]) -> Callable[[Draw], Case]:
    """Positive numbers, of which 1 and 2 are left out: there JAX's float32 is not 0."""

    def draw(d: Draw) -> Case:
        kind = d.dtype(classes)
        return d.case(d.operand(kind, d.shape(), 3 if kind.kind in "iu" else 0.5, 9))

    return draw


row("gammaln digamma", beyond_roots(MOST))
row("loggamma", beyond_roots((*MOST, *COMPLEX)))
row("gamma", unary((*MOST, *COMPLEX), -3.3, 5, special=False), dear=True)
row("gammasgn", unary(MOST, -3.3, 5), order=0)
row("i0 i0e i1 i1e", unary(MOST, -5, 5, special=False))
row("erfcx", unary((*MOST, *COMPLEX), -2, 3, special=False))
row("dawsn", unary(MOST, -3, 3, special=False))
row("wofz", unary(("complex", "wide complex", *NARROW), -3, 3, special=False))
row("exp1", unary(NARROW, 0.1, 5, special=False), order=1, dear=True)
row("expi", unary(NARROW, 0.1, 5, special=False), dear=True)
row("entr", lambda d: d.case(d.operand(d.dtype(MOST), d.shape(), 0.1 if d.slopes else -1, 3, special=True)))
row("ndtr", unary(NARROW))
row("ndtri", unary(NARROW, 0.05, 0.95))
# JAX's derivative is nan beyond 1
row("spence", lambda d: d.case(d.operand(d.dtype(NARROW), d.shape(), 0.1, 0.9 if d.slopes else 5)), dear=True)
row("sici fresnel", unary(NARROW, -5, 5, special=False), dear=True)
row("log_ndtr", lambda d: d.case(d.array(d.dtype(NARROW), d.shape(), -3, 3), d.pick("series_order", 3, 5)))
row("factorial", lambda d: d.case(d.operand(d.dtype(MOST), d.shape(), 0, 6)), dear=True,
    steady={"exact": "True is refused"})  # fmt: skip
row("bernoulli", lambda d: d.case(d.pick("n", 0, 1, 5, 12)), lacks="scalar empty broadcast deep")

# --- of several ---

row("beta betaln", between((1, 5), (1, 5)), dear=True)
row("betainc", between((1, 4), (1, 4), (0.1, 0.9), classes=NARROW), order=1, dear=True)
row("gammainc gammaincc", between((1, 4), (1, 5), classes=NARROW), order=1, dear=True)
row("zeta", between((2, 5), (1, 5), classes=NARROW), dear=True)
row("poch", between((1, 4), (1, 3), classes=NARROW), dear=True)
row("comb", between((4, 9), (0, 4), repetition=(False, True)), dear=True)
row("xlogy xlog1py", between((0, 3), (1, 4), classes=(*MOST, *COMPLEX)))
row("rel_entr kl_div", between((1, 3), (1, 3)))
row("boxcox boxcox1p", between((1, 4), (-2, 2)))
row("owens_t", between((-2, 2), (-2, 2), classes=NARROW), dear=True)
row("hyp1f1", between((1, 3), (1, 3), (-2, 2), classes=NARROW), order=1, dear=True)


def of_gauss(d: Draw) -> Case:
    """hyp2f1(a, b, c, x), where its series ends soon."""
    (a, b, x), kind = d.shapes(3), d.dtype(NARROW)
    return d.case(*(d.operand(kind, s, 1, 3) for s in (a, b, b)), d.operand(kind, x, -0.6, 0.6))


row("hyp2f1", of_gauss, order=1, dear=True)


def ordered(low: float, high: float, most: int) -> Callable[[Draw], Case]:
    """f(n, x) with integers n."""

    def draw(d: Draw) -> Case:
        orders, size = d.shapes(2)
        return d.case(d.array("int32", orders, 0, most), d.array(d.dtype(NARROW), size, low, high))

    return draw


row("polygamma", ordered(1, 5, 3), dear=True)
row("expn", ordered(0.5, 4, 4), order=1, dear=True)
row("multigammaln", lambda d: d.case(d.array(d.dtype(NARROW), d.shape(), 2, 6), d.pick("d", 1, 3)))
# few steps from small numbers: others leave the range of JAX's float32
row("bessel_jn", lambda d: d.case(d.array(d.dtype(NARROW), d.shape(0, 1), 0.5, 2), v=d.pick("v", 1, 3),
                                  n_iter=d.pick("n_iter", 16, 20)), lacks="deep", order=1, dear=True)  # fmt: skip


def harmonic(d: Draw) -> Case:
    size, kind = d.pick("size", (4,), (1,), (7,)), d.dtype(NARROW)
    n = d.array("int32", size, 0, 3)
    m = d.array("int32", size, 0, 3) % (n + 1)
    angles = d.array(kind, size, 0.1, 3), d.array(kind, size, 0.1, 6)
    return d.case(n, m, *angles, n_max=d.pick("n_max", 3, 4))


row("sph_harm_y", harmonic, dear=True, lacks="scalar empty broadcast deep", steady={"diff_n": "is refused"})

# --- along axes ---


def along(d: Draw) -> Case:
    shape = d.shape(1)
    return d.case(d.array(d.dtype(FLOAT), shape), axis=d.axis(shape, None, (0,), tuple(range(len(shape)))[-2:]))


row("softmax log_softmax", along, lacks="empty")


def summed(d: Draw) -> Case:
    shape = d.shape()
    given = {"keepdims": d.pick("keepdims", False, True), "return_sign": d.pick("sign", False, True)}
    x = d.array(d.dtype((*FLOAT, "complex")), shape)
    b = d.pick("b", None, d.array("float64" if x.dtype == "float64" else "float32", shape, 0.5, 2))
    return d.case(x, axis=d.axis(shape, None), b=b, where=d.where(shape), **given)


row("logsumexp", summed, lacks="empty")
