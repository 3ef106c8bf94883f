"""The UCI handwritten digits that ship with the package. Provenance and license: `digits.md`."""

from __future__ import annotations

from importlib import resources

import numpy as np

from ..tensor import Tensor, from_numpy

HELD_OUT = 360


def load_digits() -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Images and labels of handwritten digits, split into a training and a test part.

    Returns:
        train images: float32[1437, 1, 8, 8], ink from 0 to 1; train labels: int64[1437];
        test images: float32[360, 1, 8, 8]; test labels: int64[360]. The split is a fixed random
        permutation, since the file is ordered by writer.

    Source:
        Alpaydin and Kaynak 1998, UCI Machine Learning Repository, doi:10.24432/C50P49.
    """
    with resources.files(__package__).joinpath("digits.npz").open("rb") as file:
        archive = np.load(file)
        images = archive["images"].astype(np.float32)[:, None] / 16
        labels = archive["labels"].astype(np.int64)
    order = np.random.default_rng(1998).permutation(len(images))
    train, test = order[HELD_OUT:], order[:HELD_OUT]
    return (
        from_numpy(images[train]),
        from_numpy(labels[train]),
        from_numpy(images[test]),
        from_numpy(labels[test]),
    )
