"""Data sets that come with the package."""

from __future__ import annotations

import gzip
from importlib import resources
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "Digits", "digits",
]  # fmt: skip


class Digits(NamedTuple):
    """Images float32[n, 1, 8, 8] from 0 (paper) to 1 (ink), and labels int32[n] from 0 to 9.

    >>> rt.data.digits().train_images.shape
    (1437, 1, 8, 8)
    """

    train_images: NDArray[np.float32]
    train_labels: NDArray[np.int32]
    test_images: NDArray[np.float32]
    test_labels: NDArray[np.int32]


def digits() -> Digits:
    """1797 handwritten digits of 43 people (UCI, Alpaydin and Kaynak); every fifth, from the first, is for testing.

    >>> digits().test_images.shape
    (360, 1, 8, 8)
    """
    packed = resources.files(__name__).joinpath("digits.csv.gz").read_bytes()
    table = np.loadtxt(gzip.decompress(packed).decode("ascii").splitlines(), delimiter=",", dtype=np.int32)
    images = (table[:, :64] / np.float32(16)).astype(np.float32).reshape(-1, 1, 8, 8)
    labels = table[:, 64]
    test = np.arange(len(labels)) % 5 == 0
    return Digits(images[~test], labels[~test].copy(), images[test], labels[test].copy())


def __dir__() -> list[str]:
    return __all__
