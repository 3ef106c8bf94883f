"""Tells native code the objects that it works with, once they exist."""

from __future__ import annotations

import ctypes
import sys

from ...backends.cpu.pool import default_pool
from ...ops.dtype import dtype
from ..devices import CPU
from ..layout import Size
from ..storage import Storage
from ..tensor import Tensor
from .objects import MOST_ZEROS
from .runtime import ENABLED, SERVING, STATE, function

NO_EDGE = (None, 0)
EMPTY = ()
ZERO, ONE = 0, 1
ZEROS = tuple((0,) * count for count in range(MOST_ZEROS + 1))


def add_plain_type(kind: type[Tensor]) -> None:
    """Lets native code serve tensors of a class that behaves as `Tensor` does."""
    STATE.plain[STATE.plains] = id(kind)
    STATE.plains += 1


if ENABLED:
    STATE.tensor_type, STATE.storage_type = id(Tensor), id(Storage)
    STATE.device, STATE.kind_type, STATE.size_type = id(CPU), id(dtype), id(Size)
    STATE.zero, STATE.one = id(ZERO), id(ONE)
    STATE.zeros[:] = [id(zeros) for zeros in ZEROS]
    STATE.immortal = int(sys.version_info >= (3, 12))
    STATE.empty, STATE.no_edge = id(EMPTY), id(NO_EDGE)
    STATE.pool = default_pool().state.at
    SERVING.new_storage = function("make_storage", ctypes.py_object, ctypes.c_int64)
    SERVING.fresh = function("make_tensor", ctypes.py_object, ctypes.py_object, ctypes.c_int64)
    SERVING.alias = function("make_alias", ctypes.py_object, ctypes.py_object)
add_plain_type(Tensor)
