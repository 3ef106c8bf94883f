"""Differentiation: the tape, its engine, functions of the user's own, and transforms of functions."""

from .backward import backward, grad
from . import methods
from .modes import enable_grad, inference_mode, no_grad, set_grad_enabled
