"""Copies and files: pickle, copy, deepcopy, `save` and `load`.

A file is a zip archive: `data.pkl`, a pickle of the object whose tensors refer to storages by
number, and `data/<number>`, the bytes of each storage. `load` unpickles tensors, numbers and
containers only, unless it is told to trust the file.
"""

from __future__ import annotations

import copy
import io
import pickle
from collections import OrderedDict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..ops import dtype as dtypes
from ..ops.dtype import dtype
from ..ops.errors import BackendError, DeviceError
from ..ops.lock import PREPARING
from .creation.data import copied, leaf, tensor
from .devices import CPU, device, usable
from .layout import Size, strided
from .storage import Storage, new_storage, storage_from_bytes
from .tensor import Tensor, wrap

if TYPE_CHECKING:
    from zipfile import ZipFile

FORMAT = 1


def rebuild(
    kind: type[Any],
    storage: Storage,
    element: dtype,
    offset: int,
    shape: tuple[int, ...],
    strides: tuple[int, ...],
    requires_grad: bool,
    state: dict[str, Any] | None,
) -> Any:
    """A tensor over a storage, as it was pickled."""
    made = wrap(
        kind, strided(element, tuple(shape), tuple(strides), storage.device), storage, offset
    )
    if requires_grad:
        made.requires_grad = True
    if state:
        made.__dict__.update(state)
    return made


rebuild.__module__ = "tensorsmith.serialization"  # the public name, which files hold


def reduce(self: Tensor, protocol: Any) -> Any:
    """`Tensor.__reduce_ex__`: how it is pickled."""
    if self._layout.conj:
        return self.resolve_conj().__reduce_ex__(protocol)
    state = {k: v for k, v in self.__dict__.items() if not callable(v)} or None
    return (
        rebuild,
        (
            type(self), self._storage, self.dtype, self._offset, tuple(self.shape),
            self.stride(), self.requires_grad, state,
        ),
    )  # fmt: skip


def deepcopy(self: Tensor, memo: dict[int, Any]) -> Any:
    """`copy.deepcopy` of a leaf: views of one storage are views of one copy.

    Raises:
        RuntimeError: the tensor was computed from others that require grad.
    """
    if id(self) in memo:
        return memo[id(self)]
    if not self.is_leaf:
        raise BackendError(
            "Only Tensors created explicitly by the user (graph leaves) support the deepcopy "
            "protocol at the moment."
        )
    key = id(self._storage)
    if key not in memo:
        memo[key] = self._storage.clone()
    made = wrap(type(self), self._layout, memo[key], self._offset)
    made._requires = self._requires
    memo[id(self)] = made
    if self._grad is not None:
        made._grad = copy.deepcopy(self._grad, memo)
    if self.__dict__:
        made.__dict__.update(copy.deepcopy(self.__dict__, memo))
    return made


def shallow_copy(self: Tensor) -> Any:
    """`copy.copy`: a tensor over the same memory."""
    made = wrap(type(self), self._layout, self._storage, self._offset)
    made._requires, made._node, made._output_number = (
        self._requires,
        self._node,
        self._output_number,
    )
    made.__dict__.update(self.__dict__)
    return made


def new_tensor(
    self: Tensor,
    data: Any,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    **_: Any,
) -> Tensor:
    """A new leaf with a copy of `data`, of this tensor's dtype and device."""
    kind, place = dtype or self.dtype, self.device if device is None else usable(device)
    made = tensor(data) if place is CPU and type(data) in (list, tuple, float, int, bool) else None
    if made is None or made.dtype is not kind:  # native code makes tensors of the usual dtypes
        made = copied(data, kind, place)
    return leaf(made, requires_grad)


class _Pickler(pickle.Pickler):
    """Puts the bytes of storages aside."""

    def __init__(self, file: io.BytesIO, protocol: int) -> None:
        super().__init__(file, protocol)
        self.storages: dict[int, tuple[int, Storage]] = {}

    def persistent_id(self, obj: Any) -> Any:
        """The number of a storage; None for anything else."""
        if not isinstance(obj, Storage):
            return None
        number, _ = self.storages.setdefault(id(obj), (len(self.storages), obj))
        return ("storage", number, str(obj.device), obj.size)


SAFE: dict[tuple[str, str], Any] = {("collections", "OrderedDict"): OrderedDict}


def add_safe_globals(values: list[Any]) -> None:
    """Lets `load(weights_only=True)` build objects of these classes and call these functions."""
    for value in values:
        SAFE[value.__module__, value.__qualname__] = value


class _Unpickler(pickle.Unpickler):
    """Takes storages from the archive; refuses what is not known to be harmless."""

    def __init__(self, file: io.BytesIO, archive: ZipFile, safe: bool, place: Any) -> None:
        super().__init__(file)
        self.archive = archive
        self.safe = safe
        self.place = place
        self.storages: dict[int, Storage] = {}

    def persistent_load(self, pid: Any) -> Storage:
        """The storage of a number."""
        _, number, kind, size = pid
        if number not in self.storages:
            wanted = kind if self.place is None else self.place(kind)
            if kind == "meta":
                self.storages[number] = new_storage(size, device("meta"))
            else:
                content = self.archive.read(f"data/{number}")
                self.storages[number] = storage_from_bytes(content, _found(wanted))
        return self.storages[number]

    def find_class(self, module: str, name: str) -> Any:
        """A class or function that the pickle names."""
        root = __name__.partition(".")[0]
        if not self.safe:
            return super().find_class(module, name)
        if (module, name) in SAFE:
            return SAFE[module, name]
        if module.partition(".")[0] == root:
            found = super().find_class(module, name)
            if found in (rebuild, Size, device) or isinstance(found, dtype):
                return found
            if isinstance(found, type) and issubclass(found, Tensor):
                return found
        raise pickle.UnpicklingError(
            f"Weights only load failed: the file names {module}.{name}, which is not known to be "
            "harmless. If you trust the source of the file, pass weights_only=False, or allow it "
            "with serialization.add_safe_globals."
        )


def _found(place: Any) -> device:
    """The device that a storage is to lie on.

    Raises:
        RuntimeError: It is a CUDA device that is not there.
    """
    try:
        return usable(place)
    except DeviceError as error:
        raise BackendError(
            f"Attempting to deserialize object on CUDA device {place}, which is not available "
            f"({error}). If you are running on a CPU-only machine, use load with "
            "map_location=device('cpu') to map your storages to the CPU."
        ) from None


def save(obj: Any, f: Any, pickle_module: Any = None, pickle_protocol: int = 4, **_: Any) -> None:
    """Writes an object with all its tensors to a file.

    Args:
        obj: The object.
        f: A path or a file that is open for writing bytes.
        pickle_module: Accepted; the standard one is used.
        pickle_protocol: Protocol of the pickle inside.
    """
    if isinstance(f, (str, Path)) or hasattr(f, "__fspath__"):
        folder = Path(f).parent
        if not folder.is_dir():
            raise BackendError(f"save: Parent directory {folder} does not exist.")
        with open(f, "wb") as file:
            save(obj, file, pickle_protocol=pickle_protocol)
        return
    content = io.BytesIO()
    pickler = _Pickler(content, pickle_protocol)
    pickler.dump(obj)
    zipfile = _archives()
    with zipfile.ZipFile(f, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("format", str(FORMAT))
        archive.writestr("data.pkl", content.getvalue())
        for number, storage in pickler.storages.values():
            if storage.device.type != "meta":
                archive.writestr(f"data/{number}", storage.bytes())


def load(
    f: Any,
    map_location: Any = None,
    pickle_module: Any = None,
    *,
    weights_only: bool | None = None,
    mmap: bool | None = None,
    **_: Any,
) -> Any:
    """The object that `save` wrote.

    Args:
        f: A path or a file that is open for reading bytes.
        map_location: A device, a mapping or a function that says where storages go.
        pickle_module: Accepted; the standard one is used.
        weights_only: False builds objects of any class, which lets the file run code.
        mmap: Accepted; the file is read.

    Raises:
        pickle.UnpicklingError: it is not such a file, or it names a class that is not known to be
            harmless.
        EOFError: it is empty.
    """
    if isinstance(f, (str, Path)) or hasattr(f, "__fspath__"):
        with open(f, "rb") as file:
            return load(file, map_location, weights_only=weights_only)
    zipfile = _archives()
    try:
        archive = zipfile.ZipFile(f)
    except zipfile.BadZipFile:
        f.seek(0)
        if not f.read(1):
            raise EOFError("load: the file is empty") from None
        raise pickle.UnpicklingError("load: the file was not written by `save`") from None
    with archive:
        content = io.BytesIO(archive.read("data.pkl"))
        return _Unpickler(
            content, archive, weights_only is not False, _placement(map_location)
        ).load()


def _archives() -> Any:
    """The module of archives, which importing the package does without."""
    with PREPARING:  # else a process that forks meanwhile leaves its child half a module
        import zipfile
    return zipfile


def _placement(map_location: Any) -> Any:
    if map_location is None:
        return None
    if isinstance(map_location, dict):
        return lambda kind: map_location.get(kind, kind)
    if callable(map_location) and not isinstance(map_location, device):
        return lambda kind: kind
    return lambda kind: map_location


__all__ = ["add_safe_globals", "dtypes", "load", "rebuild", "save"]
