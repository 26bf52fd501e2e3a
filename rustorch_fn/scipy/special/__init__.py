"""Special functions under jax.scipy.special's names.

float32 and narrower types are computed in float64 and rounded once; where float64 would lose digits on the way, it
is computed in pairs of numbers (`lax/doubled.py`). `docs/special_functions.md` shows what was measured.
"""

import sys as _sys

from rustorch_fn import boundary as _boundary
from rustorch_fn.scipy.special.bessel import (
    bessel_jn,
    i0,
    i0e,
    i1,
    i1e,
)
from rustorch_fn.scipy.special.complexes import (
    sph_harm_y,
    wofz,
)
from rustorch_fn.scipy.special.entropy import (
    boxcox,
    boxcox1p,
    entr,
    expit,
    kl_div,
    logit,
    rel_entr,
    xlog1py,
    xlogy,
)
from rustorch_fn.scipy.special.gammas import (
    bernoulli,
    beta,
    betainc,
    betaln,
    comb,
    digamma,
    factorial,
    gamma,
    gammainc,
    gammaincc,
    gammaln,
    gammasgn,
    loggamma,
    multigammaln,
    poch,
    polygamma,
    zeta,
)
from rustorch_fn.scipy.special.hypergeometric import (
    hyp1f1,
    hyp2f1,
)
from rustorch_fn.scipy.special.integrals import (
    exp1,
    expi,
    expn,
    fresnel,
    sici,
    spence,
)
from rustorch_fn.scipy.special.normal import (
    dawsn,
    erf,
    erfc,
    erfcx,
    erfinv,
    log_ndtr,
    ndtr,
    ndtri,
    owens_t,
)
from rustorch_fn.scipy.special.sums import (
    log_softmax,
    logsumexp,
    softmax,
)

__all__ = [
    "bernoulli", "bessel_jn", "beta", "betainc", "betaln", "boxcox", "boxcox1p", "comb", "dawsn", "digamma", "entr",
    "erf", "erfc", "erfcx", "erfinv", "exp1", "expi", "expit", "expn", "factorial", "fresnel", "gamma", "gammainc",
    "gammaincc", "gammaln", "gammasgn", "hyp1f1", "hyp2f1", "i0", "i0e", "i1", "i1e", "kl_div", "log_ndtr",
    "log_softmax", "loggamma", "logit", "logsumexp", "multigammaln", "ndtr", "ndtri", "owens_t", "poch",
    "polygamma", "rel_entr", "sici", "softmax", "spence", "sph_harm_y", "wofz", "xlog1py", "xlogy", "zeta",
]  # fmt: skip


def __dir__() -> list[str]:
    return __all__


_boundary.close(_sys.modules[__name__])
