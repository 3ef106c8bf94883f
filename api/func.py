"""Transforms of functions: `tensorsmith.func`."""

from .autograd.functional_call import functional_call, stack_module_state
from .autograd.jacobians import hessian, jacfwd, jacrev
from .autograd.transforms import grad, grad_and_value, jvp, linearize, vjp
from .autograd.vmap import vmap

__all__ = [
    "functional_call",
    "grad",
    "grad_and_value",
    "hessian",
    "jacfwd",
    "jacrev",
    "jvp",
    "linearize",
    "stack_module_state",
    "vjp",
    "vmap",
]
