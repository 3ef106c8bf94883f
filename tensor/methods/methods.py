"""Puts the methods on `Tensor`: those of the registry, then those written by hand."""

from __future__ import annotations

from typing import Any

from .. import formats, serialization
from ..creation import constructor, creation, random_inplace
from ..creation.data import as_tensor
from ..functions import (
    arrangement,
    composites,
    generated,
    products,
    quantiles,
    scattering,
    selecting,
    shifting,
    views,
)
from ..indexing import assignment, indexing
from ..interchange import device_interface, dlpack, interop
from ..tensor import Tensor
from . import conversion, operators, printing, replacing, values


def attach(table: dict[str, Any]) -> None:
    """Makes the functions of a table methods; the first parameter is the tensor."""
    for name, function in table.items():
        setattr(Tensor, name, function)


def _representation(self: Tensor, *, tensor_contents: str | None = None) -> str:
    plain = type(self) is Tensor
    return printing.text_of(self, tensor_contents, None if plain else type(self).__name__)


HAND: dict[str, Any] = {
    "make": staticmethod(constructor.construct),
    "__getitem__": indexing.getitem,
    "__setitem__": assignment.setitem,
    "__delitem__": assignment.delitem,
    "index_put_": assignment.index_put_,
    "index_put": assignment.index_put,
    "numpy": lambda self, *, force=False: interop.numpy_of(self.detach() if force else self, force),
    "__array__": interop.to_array,
    "__array_interface__": property(interop.array_interface),
    "__cuda_array_interface__": property(device_interface.cuda_array_interface),
    "__dlpack__": dlpack.export,
    "__dlpack_device__": dlpack.device_of,
    "is_shared": interop.is_shared,
    "share_memory_": lambda self: self,
    "layout": property(lambda self: formats.strided),
    "__reversed__": lambda self: self.flip(0) if self.dim() else self,
    "__array_wrap__": lambda self, array, *rest: as_tensor(array),
    "__repr__": _representation,
    "new_empty": creation.new_empty,
    "new_zeros": creation.new_zeros,
    "new_ones": creation.new_ones,
    "new_full": creation.new_full,
    "new_empty_strided": creation.new_empty_strided,
    "new_tensor": serialization.new_tensor,
    "__reduce_ex__": serialization.reduce,
    "__deepcopy__": serialization.deepcopy,
    "__copy__": serialization.shallow_copy,
}

for _table in (
    generated.METHODS, conversion.METHODS, values.METHODS, replacing.METHODS, arrangement.METHODS,
    views.METHODS, operators.METHODS, random_inplace.METHODS, composites.METHODS, quantiles.METHODS,
    products.METHODS, selecting.METHODS, scattering.METHODS, shifting.METHODS, HAND,
):  # fmt: skip
    attach(_table)
