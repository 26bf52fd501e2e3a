"""The digits that come with the package."""

import numpy as np

from rustorch_fn.data import digits


def test_digits():
    d = digits()
    assert d.train_images.shape == (1437, 1, 8, 8)
    assert d.test_images.shape == (360, 1, 8, 8)
    assert d.train_images.dtype == d.test_images.dtype == np.float32
    assert d.train_labels.dtype == d.test_labels.dtype == np.int32
    assert (d.train_images.min(), d.train_images.max()) == (0, 1)
    # the first ten of the file are 0 to 9 in order; the test images among them are numbers 0 and 5
    np.testing.assert_array_equal(d.train_labels[:8], [1, 2, 3, 4, 6, 7, 8, 9])
    np.testing.assert_array_equal(d.test_labels[:2], [0, 5])
    assert d.test_images[0, 0, 0, 2] == np.float32(5 / 16)
