"""Differentiation: the tape and its engine, Functions of the user's own, and transforms of
functions.

the tape          tape, node, op_node, leaf, saved, names, variable, modes
how backwards go  rules, complex_rules, stated, views, geometry, inplace, invoke, transpose
the engine        backward, engine, streams, hooks, graph, anomaly, learning
users' own        function, function_node, function_levels, library
transforms        transforms, wrapped, grad_level, forward_level, vmap_level, vmap, mapped_dims,
                  tree, forward_ad
made of them      functional, functional_call, jacobians, gradcheck, graphed
regions           autocast
on the class      methods
"""

from . import forward_ad, function, functional, graph, methods, tape
from .anomaly import (
    detect_anomaly,
    is_anomaly_check_nan_enabled,
    is_anomaly_enabled,
    set_detect_anomaly,
)
from .backward import backward, grad
from .function import Function
from .gradcheck import GradcheckError, gradcheck, gradgradcheck
from .modes import (
    enable_grad,
    inference_mode,
    is_grad_enabled,
    is_inference_mode_enabled,
    no_grad,
    set_grad_enabled,
    set_multithreading_enabled,
)
from .variable import Variable

__all__ = [
    "Function",
    "GradcheckError",
    "Variable",
    "backward",
    "detect_anomaly",
    "enable_grad",
    "forward_ad",
    "function",
    "functional",
    "grad",
    "gradcheck",
    "gradgradcheck",
    "graph",
    "inference_mode",
    "is_anomaly_check_nan_enabled",
    "is_anomaly_enabled",
    "is_grad_enabled",
    "is_inference_mode_enabled",
    "methods",
    "no_grad",
    "set_detect_anomaly",
    "set_grad_enabled",
    "set_multithreading_enabled",
    "tape",
]
