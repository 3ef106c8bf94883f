"""Tensors: the class, dispatch, and every function that makes or changes one."""

from __future__ import annotations
