"""Names of rt.scipy.stats: distributions, whose functions are looked at two by two, and statistics of samples."""

import numpy as np
from peers.draw import FLOAT, INT, Case, Draw, Key
from peers.rows import room

row = room("scipy.stats")
NARROW = ("float", "double")
UNIT = (0.05, 0.95)


def each(lib, f, functions, *operands):
    """The results of some functions of a distribution."""
    return [getattr(f, name)(*operands) for name in functions.split()]


def distribution(name, *functions, x=(-3, 3), parameters=(), places=2, classes=NARROW, **options):
    """Functions of x (of a chance, where the first is ppf), of parameters, and at times of loc and scale."""

    def draw(d: Draw) -> Case:
        chosen = d.pick("functions", *functions)
        placed = ((-0.5, 0.5), (0.5, 2))[: d.pick("placed", 0, places)]
        ranges = (UNIT if chosen.startswith("ppf") else x, *parameters, *placed)
        sizes, kind = d.shapes(min(3, len(ranges))), d.dtype(classes)
        sizes += [()] * (len(ranges) - len(sizes))
        return d.case(chosen, *(d.operand(kind, s, *ends) for s, ends in zip(sizes, ranges, strict=True)))

    row(name, draw, call=each, **options)


PDF, CDF, SF = "pdf logpdf", "cdf logcdf", "sf logsf"
distribution("norm cauchy", PDF, CDF, SF, "ppf isf")
distribution("expon gumbel_l gumbel_r", PDF, CDF, SF, "ppf")
distribution("laplace", PDF, "cdf", classes=FLOAT)
distribution("logistic", PDF, "cdf sf", "ppf isf")
distribution("uniform", PDF, "cdf", "ppf")
distribution("pareto", PDF, CDF, SF, "ppf", x=(2, 6), parameters=((1, 3),))
distribution("gamma", PDF, CDF, SF, x=(1, 5), parameters=((1, 3),), order=1, dear=True)
distribution("chi2", PDF, CDF, SF, x=(1, 5), parameters=((1, 4),), order=1, dear=True)
distribution("beta", PDF, CDF, SF, x=(0.1, 0.9), parameters=((1, 3), (1, 3)), places=0, order=1, dear=True)
distribution("t", PDF, parameters=((1, 5),), classes=FLOAT, dear=True)
distribution("gennorm", PDF, "cdf", x=(0.2, 3), parameters=((1, 3),), places=0, order=1, dear=True)
distribution("vonmises", PDF, parameters=((0.5, 3),), places=0, dear=True)
distribution("wrapcauchy", PDF, x=(0, 6), parameters=((0.1, 0.9),), places=0)
distribution("truncnorm", PDF, CDF, SF, x=(-1, 1), parameters=((-2, -1), (1, 2)), dear=True)


def counting(name, *functions, parameters, most=5, places=1, classes=NARROW, **options):
    """Functions of counts, which have no slopes, of parameters, and at times of loc."""

    def draw(d: Draw) -> Case:
        chosen = d.pick("functions", *functions)
        placed = d.pick("loc", 0, places)
        sizes, kind = d.shapes(min(3, 1 + len(parameters))), d.dtype(classes)
        sizes += [()] * (1 + len(parameters) - len(sizes))
        counts = d.array("int32", sizes[0], 0, most)
        given = [d.operand(kind, s, *ends) for s, ends in zip(sizes[1:], parameters, strict=True)]
        return d.case(chosen, counts, *given, *[np.asarray(-1, kind)][:placed])

    row(name, draw, call=each, **options)


PMF = "pmf logpmf"
counting("bernoulli", PMF, "cdf", parameters=(UNIT,), most=1, places=0)
counting("geom", PMF, parameters=(UNIT,))
counting("binom", PMF, parameters=((6, 9), UNIT), dear=True)
counting("nbinom", PMF, parameters=((1, 5), UNIT), dear=True)
# JAX's betaln of float64 is off by 1e-6 between 8 and 9
counting("betabinom", PMF, parameters=((6, 9), (1, 3), (1, 3)), classes=("float",), dear=True)
counting("poisson", PMF, "cdf", parameters=((0.5, 4),), dear=True)

# --- of several variables ---


def shares(d: Draw) -> Case:
    kind = d.dtype(NARROW)
    x = d.array(kind, (3, *d.pick("columns", (), (2,), (0,), (2, 2))), 0.1, 1)
    return d.case("pdf logpdf", x / x.sum(0), d.array(kind, (3,), 1, 3))


row("dirichlet", shares, lacks="broadcast scalar", call=each)


def kinds(d: Draw) -> Case:
    kind = d.dtype(NARROW)
    p = d.array(kind, (3,), 0.1, 1)
    x = d.array("int32", (3,), 0, 4)
    return d.case(PMF, x, np.asarray(x.sum() + d.pick("more", 0, 1), "int32"), p / p.sum())


row("multinomial", kinds, lacks="scalar empty broadcast deep", call=each)


def spread(d: Draw) -> Case:
    kind = d.dtype(NARROW)
    lead = d.pick("lead", (), (2,), (0,), (2, 3))
    root = d.array(kind, (*d.pick("cov", (), lead), 3, 3))
    cov = root @ np.swapaxes(root, -1, -2) + np.eye(3, dtype=kind)
    return d.case(PDF, d.array(kind, (*lead, 3)), d.array(kind, (3,)), np.asarray(cov, kind))


row("multivariate_normal", spread, lacks="scalar", call=each)


def estimated(d: Draw) -> Case:
    kind = d.dtype(NARROW)
    d.kind = "flat"
    size = d.pick("dataset", (6,), (2, 6))
    data = np.asarray(d.array(kind, size) + np.arange(6) % 3, kind)
    weights = d.pick("weights", None, d.array(kind, (6,), 0.5, 2))
    method = d.pick("bw_method", None, "silverman", 0.7)
    return d.case(data, d.array(kind, (*size[:-1], 4)), Key(int(d.random.integers(99))), weights, method)


def estimate(lib, f, data, points, key, weights, method):
    """A density of each way, its integrals and draws from it."""
    kde = f(data, method, weights)
    mean, cov = lib.numpy.zeros(kde.d, data.dtype), lib.numpy.eye(kde.d, dtype=data.dtype)
    out = [kde.evaluate(points), kde.logpdf(points), kde.integrate_gaussian(mean, cov), kde.integrate_kde(kde)]
    return [*out, kde.resample(key, (3,)), *([kde.integrate_box_1d(-1.0, 2.0)] if kde.d == 1 else [])]


row("gaussian_kde", estimated, lacks="scalar empty broadcast deep", call=estimate, order=1, dear=True)

# --- of samples ---


def ranked(d: Draw) -> Case:
    shape = d.shape(1)
    method = d.pick("method", "average", "min", "max", "dense", "ordinal")
    x = d.array(d.dtype((*NARROW, *INT, "bool")), shape, 0, 4)
    return d.case(np.round(x) if x.dtype.kind == "f" else x, method, axis=d.axis(shape, None))


row("rankdata", ranked, lacks="empty", order=0, steady={"nan_policy": "JAX has one"},
    differs={"dtype double": "ranks have the default float's type, which is float32 with us"})  # fmt: skip


def often(d: Draw) -> Case:
    shape = d.shape(1)
    x = d.array(d.dtype((*NARROW, *INT)), shape, 0, 3)
    x = np.round(x) if x.dtype.kind == "f" else x
    return d.case(x, d.axis(shape, None), keepdims=d.pick("keepdims", False, True))


row("mode", often, lacks="empty", order=0, steady={"nan_policy": "JAX has one"})


def errors(d: Draw) -> Case:
    shape = d.shape(1)
    given = {"ddof": d.pick("ddof", 1, 0), "nan_policy": d.pick("nan_policy", "propagate", "omit")}
    return d.case(d.array(d.dtype((*NARROW, "int")), shape), d.axis(shape, None), **given,
                  keepdims=d.pick("keepdims", False, True))  # fmt: skip


row("sem", errors, lacks="empty")
