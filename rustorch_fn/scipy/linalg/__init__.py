"""rustorch_fn.scipy.linalg: factorisations, systems, functions of matrices, and matrices of known forms."""

import sys as _sys

from rustorch_fn import boundary as _boundary
from rustorch_fn.scipy.linalg.factors import (
    cho_factor,
    cho_solve,
    cholesky,
    det,
    eigh,
    eigh_tridiagonal,
    hessenberg,
    inv,
    lu,
    lu_factor,
    lu_solve,
    qr,
    qr_multiply,
    schur,
    solve,
    solve_triangular,
    svd,
)  # fmt: skip
from rustorch_fn.scipy.linalg.functions import expm, expm_frechet, funm, polar, rsf2csf, solve_sylvester, sqrtm
from rustorch_fn.scipy.linalg.special import (
    block_diag,
    circulant,
    companion,
    convolution_matrix,
    dft,
    fiedler,
    fiedler_companion,
    hadamard,
    hankel,
    helmert,
    hilbert,
    invhilbert,
    invpascal,
    leslie,
    pascal,
    toeplitz,
)  # fmt: skip

__all__ = [
    "block_diag", "cho_factor", "cho_solve", "cholesky", "circulant", "companion", "convolution_matrix", "det", "dft",
    "eigh", "eigh_tridiagonal", "expm", "expm_frechet", "fiedler", "fiedler_companion", "funm", "hadamard", "hankel",
    "helmert", "hessenberg", "hilbert", "inv", "invhilbert", "invpascal", "leslie", "lu", "lu_factor", "lu_solve",
    "pascal", "polar", "qr", "qr_multiply", "rsf2csf", "schur", "solve", "solve_sylvester", "solve_triangular", "sqrtm",
    "svd", "toeplitz",
]  # fmt: skip

_boundary.close(_sys.modules[__name__])


def __dir__() -> list[str]:
    return __all__
