"""The `reference` of an entry, evaluated: an oracle that shares nothing with the definition.

SciPy and PyTorch are used where they are installed; a reference that needs a missing one is
reported as such, so that whoever runs the battery can tell a skip from a pass.
"""

from __future__ import annotations

import ast
import importlib
import math
import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np

from ...ops.entries.entry import references
from ...ops.language.op import REQUIRED, TRUTHS, Input, Op
from .sampling import is_index

_MODULES = {
    "special": "scipy.special",
    "signal": "scipy.signal",
    "stats": "scipy.stats",
    "ndimage": "scipy.ndimage",
    "linalg": "scipy.linalg",
    "spatial": "scipy.spatial",
    "mpmath": "mpmath",
    "torch": "torch",
}


class OracleMissingError(Exception):
    """The reference needs a library that is not installed, or has no kernel for the dtype."""


def expected(op: Op, tensors: Mapping[str, Any], attributes: Mapping[str, Any]) -> tuple[Any, ...]:
    """Results of the reference in high precision, as arrays, one for each output; or distributions.

    Raises:
        OracleMissingError: No library that a reference names is installed, or none has a kernel for
            the dtype.
    """
    missing = ""
    for _, text in sorted(references(op).items()):  # `numpy` before `torch`
        try:
            return _evaluate(op, text, tensors, attributes)
        except ModuleNotFoundError as error:
            missing = f"{error.name} is not installed"
        except NotImplementedError as error:
            missing = f"the reference says: {error}"
    raise OracleMissingError(missing)


def _evaluate(
    op: Op, text: str, tensors: Mapping[str, Any], attributes: Mapping[str, Any]
) -> tuple[Any, ...]:
    names = {
        node.id
        for node in ast.walk(ast.parse(text.strip(), mode="eval"))
        if isinstance(node, ast.Name)
    }
    scope: dict[str, Any] = {"np": np, "math": math}
    for name in names & set(_MODULES):
        scope[name] = importlib.import_module(_MODULES[name])
    convert = scope["torch"].as_tensor if "torch" in scope else _wide
    for spec in op.attributes:
        value = attributes.get(spec.name, None if spec.default is REQUIRED else spec.default)
        scope[spec.name] = _plain(spec.kind, spec.optional, value)
    for given in op.inputs:
        value = tensors[given.name]
        if isinstance(value, np.ndarray):
            value = convert(_wide(value, _class_of(op, given)))
        elif isinstance(value, list):
            value = [convert(_wide(item)) for item in value]
        scope[given.name] = value
    with np.errstate(all="ignore"), warnings.catch_warnings(action="ignore"):
        result = eval(compile(text.strip(), f"<reference of {op.name}>", "eval"), scope)
    several = isinstance(result, (tuple, list)) and not isinstance(result, np.ndarray)
    return tuple(_array(item) for item in (result if several else (result,)))


def _class_of(op: Op, given: Input) -> str:
    """`index` for an integer input beside others of another class, else its class word."""
    if is_index(op, given):
        return "index"
    return given.type.word.rstrip("0123456789")


def _wide(array: Any, word: str = "") -> Any:
    """Floats in float64: the oracle computes with more digits than what it judges.

    Integers that the op takes as floats are converted likewise (NumPy would take 8 bits to
    float16), and places are int64, as PyTorch wants them.
    """
    if array.dtype.kind == "f" or array.dtype.name == "bfloat16":
        return array.astype(np.float64)
    if word == "Inexact" and array.dtype.kind in "biu":
        return array.astype(np.float64)
    return array.astype(np.int64) if word == "index" and array.dtype.kind in "iu" else array


def _plain(kind: str, optional: bool, value: Any) -> Any:
    if kind == "choice" and value in TRUTHS:
        return value == TRUTHS[1]
    if value == "all" or (kind == "choice" and value == "none"):
        return None if value == "all" else value
    if isinstance(value, list):
        return tuple(value)
    return value


def _array(value: Any) -> Any:
    if hasattr(value, "cdf"):
        return value  # a distribution of scipy.stats, for random numbers
    return value.detach().resolve_conj().numpy() if hasattr(value, "detach") else np.asarray(value)
