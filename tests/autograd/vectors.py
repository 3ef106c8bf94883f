"""A vector that functions are tried on, and how results are compared."""

import numpy as np
import tensorsmith as ts

X = np.array([0.5, 1.0, 2.0], dtype=np.float32)


def values(array=X):
    return ts.tensor(np.array(array, dtype=np.float32))


def same(tensor, expected):
    np.testing.assert_allclose(tensor.detach().numpy(), expected, rtol=2e-5, atol=1e-6)
