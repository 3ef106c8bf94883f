"""Under autocast, results have the dtypes of PyTorch's."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
import pytest
import tensorsmith as ts

A, B, C = (np.random.default_rng(0).uniform(0.1, 0.9, (2, 2)).astype(np.float32) for _ in range(3))
IMAGE = np.ones((2, 3, 6, 6), np.float32)
CALLS: dict[str, tuple[Any, ...]] = {
    "matmul": (A, B), "mm": (A, B), "bmm": (A[None], B[None]), "nn.functional.linear": (A, B, C[0]),
    "addmm": (A, B, C), "addbmm": (A, B[None], C[None]), "baddbmm": (A[None], B[None], C[None]),
    "mv": (A, B[0]), "dot": (A[0], B[0]), "inner": (A, B), "outer": (A[0], B[0]), "add": (A, B),
    "einsum": ("ij,jk->ik", A, B), "tensordot": (A, B, 1), "kron": (A, B),
    "nn.functional.conv2d": (IMAGE, IMAGE[:1]), "nn.functional.conv1d": (IMAGE[0], IMAGE[0]),
    "nn.functional.conv_transpose2d": (IMAGE[:, :1], IMAGE[:1]),
    "nn.functional.prelu": (A, A[0, :1]), "nn.functional.gelu": (A,), "sin": (A,), "exp": (A,),
    "nn.functional.scaled_dot_product_attention": (A[None], B[None], C[None]),
    "nn.functional.l1_loss": (A, B), "nn.functional.smooth_l1_loss": (A, B),
    "nn.functional.huber_loss": (A, B), "nn.functional.binary_cross_entropy": (A, B),
    "nn.functional.binary_cross_entropy_with_logits": (A, B), "nn.functional.kl_div": (A, B),
    "nn.functional.cross_entropy": (A, np.array([0, 1])),
    "nn.functional.nll_loss": (A, np.array([0, 1])), "nn.functional.poisson_nll_loss": (A, B),
    "nn.functional.soft_margin_loss": (A, B), "nn.functional.gaussian_nll_loss": (A, B, C),
    "nn.functional.triplet_margin_loss": (A, B, C), "nn.functional.softmax": (A, 1),
    "nn.functional.layer_norm": (A, (2,)), "nn.functional.group_norm": (IMAGE, 3), "sum": (A,),
    "nn.functional.avg_pool3d": (IMAGE, 2), "nn.functional.max_pool3d": (IMAGE, 2),
    "nn.functional.local_response_norm": (IMAGE, 2), "prod": (A,), "cumsum": (A, 0), "pow": (A, 2),
    "trace": (A,), "cdist": (A, B), "cat": ([A, B],), "stack": ([A, B],), "norm": (A,),
    "addcmul": (A, B, C), "addcdiv": (A, B, C), "atan2": (A, B), "quantile": (A, 0.5),
}  # fmt: skip


def dtypes_of(module: Any, name: str, kinds: tuple[str, ...]) -> tuple[str, ...]:
    count = iter(range(9))

    def convert(value: Any) -> Any:
        if isinstance(value, list):
            return [convert(each) for each in value]
        if not isinstance(value, np.ndarray) or value.dtype == np.int64:
            return value if not isinstance(value, np.ndarray) else module.from_numpy(value)
        kind = getattr(module, kinds[next(count) % len(kinds)])
        return module.from_numpy(value.copy()).to(kind)

    arguments = [convert(each) for each in CALLS[name]]
    with module.autocast("cpu", dtype=module.bfloat16):
        found = operator.attrgetter(name)(module)(*arguments)
    found = found if isinstance(found, tuple) else (found,)
    return tuple(str(each.dtype).rpartition(".")[2] for each in found)


@pytest.mark.filterwarnings("ignore::UserWarning")  # PyTorch's, of reductions and shapes
@pytest.mark.parametrize("name", CALLS)
def test_results_have_pytorchs_dtypes_under_autocast(name: str) -> None:
    torch = pytest.importorskip("torch")
    for kinds in (("float32",), ("bfloat16",), ("float64",)):
        try:
            wanted = dtypes_of(torch, name, kinds)
        except RuntimeError:
            continue  # PyTorch has no kernel for it
        assert dtypes_of(ts, name, kinds) == wanted, kinds
