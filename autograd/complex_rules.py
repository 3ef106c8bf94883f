"""Derivatives where numbers are complex.

The gradient of a real loss L with respect to z = a + ib is dL/da + i dL/db, as in PyTorch: twice
the derivative with respect to the conjugate of z. What `derive_adjoint` gives is the transpose A of
the derivative, without conjugates. For a holomorphic function, whose derivative is one complex
number, the gradient is its conjugate transpose, `conj(A(x, conj(gradient)))`: one rule for all of
them, of any order, since A is holomorphic too. Of a real function of complex numbers (`abs`) an
entry states the gradient itself.

Source: K. Kreutz-Delgado, The Complex Gradient Operator and the CR-Calculus, 2009, arXiv:0906.4835,
section 4.2.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..ops.calls.specialize import title
from ..ops.derivatives.holomorphic import is_holomorphic
from ..ops.language.op import Op
from ..tensor.calls.reinterpreting import CONJ, PAIRED, RESOLVE_CONJ, VIEW_AS_COMPLEX, VIEW_AS_REAL
from ..tensor.tensor import Tensor
from .invoke import invoke

Chains = Mapping[str, tuple[Op, ...]]

GRADIENTS: Chains = {
    "view_as_real": (PAIRED,),
    "view_as_complex": (RESOLVE_CONJ, VIEW_AS_REAL),
    "paired": (RESOLVE_CONJ, VIEW_AS_REAL),
    "conj": (CONJ,),
    "resolve_conj": (),
}
"""What is applied to the gradient of a reinterpretation, one after the other."""

TANGENTS: Chains = {
    "view_as_real": (RESOLVE_CONJ, VIEW_AS_REAL),
    "view_as_complex": (PAIRED,),
    "paired": (PAIRED,),
    "conj": (CONJ,),
    "resolve_conj": (RESOLVE_CONJ,),
}
"""The same for its tangent."""

VIEWS = frozenset((VIEW_AS_REAL.name, VIEW_AS_COMPLEX.name, CONJ.name))


def reinterpreted(chains: Chains, op: Op, value: Any) -> Any:
    """A gradient or a tangent seen as a reinterpretation asks for."""
    for step in chains[op.name]:
        value = invoke(step, (value,))
    return value


def conjugated(value: Any) -> Any:
    """The conjugates, in memory; a real tensor as it is."""
    if not (isinstance(value, Tensor) and value._layout.dtype.is_complex):
        return value
    return invoke(RESOLVE_CONJ, (invoke(CONJ, (value,)),))


def as_pairs(value: Any) -> Any:
    """Complex numbers as pairs along a new last dim."""
    return invoke(VIEW_AS_REAL, (invoke(RESOLVE_CONJ, (value,)),))


def as_complex(value: Any) -> Any:
    """Complex numbers from pairs along the last dim."""
    return invoke(PAIRED, (value,))


def has_complex(values: Sequence[Any]) -> bool:
    """One of the values is a complex tensor."""
    return any(isinstance(x, Tensor) and x._layout.dtype.is_complex for x in values)


def check_holomorphic(op: Op) -> None:
    """Raises RuntimeError if the derivative of a complex result is more than one complex number."""
    if not is_holomorphic(op):
        raise RuntimeError(
            f"{title(op.name)}: the derivative for complex numbers is not implemented: the "
            "function is not holomorphic"
        )
