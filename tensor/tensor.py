"""`Tensor`: the class, its attributes, and the cheap ways to make one from memory that exists.

Methods that are ops are put on the class by `methods.py`; those of differentiation by `autograd`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from ..ops.dtype import dtype
from ..ops.errors import ArgumentError, BackendError, DimensionError, DtypeError, OutOfMemoryError
from . import interpreters
from .base import TensorBase
from .devices import CPU, device
from .interpreters import modes
from .layout import Layout, Size
from .native.attach import in_front
from .native.runtime import SERVING
from .storage import MOST, Storage, new_storage

if TYPE_CHECKING:
    from .signatures import Methods
else:
    Methods = TensorBase


class Tensor(Methods):
    """An array of one dtype on one device that can take part in differentiation."""

    __module__ = "tensorsmith"  # the public name, which files hold
    __array_priority__ = 1000
    __hash__ = object.__hash__
    make: ClassVar[Any] = None  # `Tensor(...)`: set by methods.py

    def __new__(cls, *arguments: Any, **options: Any) -> Tensor:
        made = Tensor.make(cls, *arguments, **options)
        assert isinstance(made, Tensor)
        return made

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__()

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any: ...
        def __add__(self, other: Any) -> Tensor: ...
        def __radd__(self, other: Any) -> Tensor: ...
        def __sub__(self, other: Any) -> Tensor: ...
        def __rsub__(self, other: Any) -> Tensor: ...
        def __mul__(self, other: Any) -> Tensor: ...
        def __rmul__(self, other: Any) -> Tensor: ...
        def __truediv__(self, other: Any) -> Tensor: ...
        def __rtruediv__(self, other: Any) -> Tensor: ...
        def __floordiv__(self, other: Any) -> Tensor: ...
        def __mod__(self, other: Any) -> Tensor: ...
        def __pow__(self, other: Any) -> Tensor: ...
        def __rpow__(self, other: Any) -> Tensor: ...
        def __matmul__(self, other: Any) -> Tensor: ...
        def __and__(self, other: Any) -> Tensor: ...
        def __or__(self, other: Any) -> Tensor: ...
        def __xor__(self, other: Any) -> Tensor: ...
        def __invert__(self) -> Tensor: ...
        def __neg__(self) -> Tensor: ...
        def __lt__(self, other: Any) -> Tensor: ...
        def __le__(self, other: Any) -> Tensor: ...
        def __gt__(self, other: Any) -> Tensor: ...
        def __ge__(self, other: Any) -> Tensor: ...
        def __eq__(self, other: Any) -> Any: ...
        def __ne__(self, other: Any) -> Any: ...
        def __getitem__(self, index: Any) -> Tensor: ...
        def __setitem__(self, index: Any, value: Any) -> None: ...
        def __bool__(self) -> bool: ...
        def __float__(self) -> float: ...
        def __int__(self) -> int: ...
        def __index__(self) -> int: ...

    # what the tensor is

    @property
    def shape(self) -> Size:
        """Extents."""
        return self._layout.shape

    @property
    def dtype(self) -> dtype:
        """Type of the elements."""
        return self._layout.dtype

    @property
    def device(self) -> device:
        """Where the elements lie."""
        return self._layout.device

    @property
    def ndim(self) -> int:
        """Number of dims."""
        return self._layout.rank

    @property
    def itemsize(self) -> int:
        """Bytes of one element."""
        return self._layout.dtype.itemsize

    @property
    def nbytes(self) -> int:
        """Bytes of all elements."""
        return self._layout.nbytes

    def dim(self) -> int:
        """Number of dims."""
        return self._layout.rank

    ndimension = dim

    def numel(self) -> int:
        """Number of elements."""
        return self._layout.numel

    nelement = numel

    def element_size(self) -> int:
        """Bytes of one element."""
        return self._layout.dtype.itemsize

    def size(self, dim: int | None = None) -> Any:
        """Extents, or that of one dim."""
        return self._layout.shape if dim is None else self._layout.shape[self._wrap("size", dim)]

    def stride(self, dim: int | None = None) -> Any:
        """Distance between neighbours along each dim, or along one, in elements."""
        strides = self._layout.strides
        return strides if dim is None else strides[self._wrap("stride", dim)]

    def storage_offset(self) -> int:
        """Place of the first element in the storage, in elements."""
        return self._offset

    def data_ptr(self) -> int:
        """Address of the first element; 0 if there is none."""
        return self._data if self._layout.numel else 0

    def untyped_storage(self) -> Storage:
        """The memory, shared with all views."""
        return self._storage

    storage = untyped_storage

    def _wrap(self, name: str, dim: int) -> int:
        rank = max(self._layout.rank, 1)
        if not -rank <= dim < rank or not self._layout.rank:
            raise DimensionError(
                f"Dimension out of range (expected to be in range of [{-rank}, {rank - 1}], "
                f"but got {dim}) in {name}"
            )
        return dim % rank

    def is_floating_point(self) -> bool:
        """The dtype is a real floating-point one."""
        return self._layout.dtype.is_floating_point

    def is_complex(self) -> bool:
        """The dtype is complex."""
        return self._layout.dtype.is_complex

    def is_signed(self) -> bool:
        """The dtype has negative numbers."""
        return self._layout.dtype.is_signed

    def is_same_size(self, other: Tensor) -> bool:
        """Both have the same shape."""
        return self._layout.shape == other._layout.shape

    def is_set_to(self, tensor: Tensor) -> bool:
        """Both are the same elements of the same memory."""
        return self._data == tensor._data and self._layout is tensor._layout

    def get_device(self) -> int:
        """Number of the CUDA device; -1 on the CPU."""
        return -1 if self._layout.device.index is None else self._layout.device.index

    is_cpu = property(lambda self: self._layout.device.type == "cpu")
    is_meta = property(lambda self: self._layout.device.type == "meta")
    is_cuda = property(lambda self: self._layout.device.type == "cuda")
    is_sparse = is_quantized = is_mkldnn = is_nested = is_sparse_csr = False

    # differentiation: the fields; `autograd` adds what works on them

    @property
    def requires_grad(self) -> bool:
        """Gradients of it are wanted, or of something it was computed from."""
        return self._requires or self._node is not None

    @requires_grad.setter
    def requires_grad(self, wanted: bool) -> None:
        if self._node is not None and not wanted:
            raise BackendError(
                "you can only change requires_grad flags of leaf variables. If you want to use a "
                "computed variable in a subgraph that doesn't require differentiation use "
                "var_no_grad = var.detach()."
            )
        if wanted and not self._layout.dtype.is_floating_point and not self.is_complex():
            raise DtypeError(
                "only Tensors of floating point and complex dtype can require gradients"
            )
        if wanted and self.is_inference() and not modes.inference:
            raise BackendError(
                "Setting requires_grad=True on inference tensor outside InferenceMode is not "
                "allowed."
            )
        self._requires = bool(wanted)

    def requires_grad_(self, requires_grad: bool = True) -> Tensor:
        """The tensor itself, with `requires_grad` set."""
        self.requires_grad = requires_grad
        return self

    @property
    def grad(self) -> Tensor | None:
        """What backward has collected for this leaf."""
        return self._grad  # type: ignore[no-any-return]

    @grad.setter
    def grad(self, value: Tensor | None) -> None:
        if value is not None:
            _check_grad(self, value)
        self._grad = value

    @grad.deleter
    def grad(self) -> None:
        self._grad = None

    @property
    def grad_fn(self) -> Any:
        """The node of the tape that made the tensor; None for a leaf."""
        return self._node

    @property
    def is_leaf(self) -> bool:
        """It was not computed from tensors that require grad."""
        return self._node is None

    @property
    def output_nr(self) -> int:
        """Which output of `grad_fn` it is."""
        return self._output_number

    @property
    def _version(self) -> int:
        if self.is_inference():
            raise BackendError("Inference tensors do not track version counter.")
        return self._storage.version

    def is_inference(self) -> bool:
        """It was made in inference mode: nothing that is differentiated may need it."""
        return self._storage.version < 0

    def _is_view(self) -> bool:
        return self._base is not None

    @in_front("call_detach")
    def detach(self) -> Tensor:
        """The same elements without history."""
        return alias(self)  # type: ignore[no-any-return]

    def detach_(self) -> Tensor:
        """The tensor itself, its history dropped."""
        self._node = None
        self._requires = False
        return self

    @property
    @in_front("call_data")
    def data(self) -> Tensor:
        """The same elements without history; writes to it are not counted as writes to this one."""
        return alias(self, storage=self._storage.alias())  # type: ignore[no-any-return]

    @data.setter
    def data(self, other: Tensor) -> None:
        if not isinstance(other, Tensor):
            raise ArgumentError(f"data: a tensor is needed, but {type(other).__name__} was given")
        if self._requires and not (other.is_floating_point() or other.is_complex()):
            raise DtypeError("data set to a tensor that requires gradients must be floating point")
        self._storage = other._storage.alias()
        self._layout, self._data, self._offset = other._layout, other._data, other._offset

    @staticmethod
    def _make_subclass(cls: type[Any], data: Tensor, require_grad: bool = False) -> Any:
        made = alias(data, cls)
        made.requires_grad = require_grad
        return made

    def as_subclass(self, cls: type[Any]) -> Any:
        """The same tensor, as an object of a subclass."""
        made = alias(self, cls)
        made._node, made._output_number = self._node, self._output_number
        made._requires = self._requires
        return made


def _check_grad(target: Tensor, value: object) -> None:
    if not isinstance(value, Tensor):
        raise ArgumentError(
            f"assigned grad expected to be a Tensor or None but got grad of {type(value).__name__}"
        )
    if value is target:
        raise BackendError("can't assign Variable as its own grad")
    for what, mine, its in (
        ("size", target.shape, value.shape),
        ("type", target.dtype, value.dtype),
        ("device", target.device, value.device),
    ):
        if mine != its:
            raise BackendError(
                f"assigned grad has data of a different {what}: the tensor has {mine}, grad {its}"
            )


def bare(kind: type[Any]) -> Any:
    """A tensor of class `kind` that has no memory yet, and no history."""
    made = object.__new__(kind)
    made._node = made._grad = made._base = None
    made._accumulator = made._leaf_hooks = made._accumulate_hooks = None
    made._rewritten = -1
    return made


def wrap(
    kind: type[Any], layout: Layout, storage: Storage, offset: int = 0, base: Tensor | None = None
) -> Any:
    """A tensor of class `kind` over memory that exists; `offset` in elements."""
    made = bare(kind)
    made._data = storage.address + offset * layout.dtype.itemsize
    made._offset = offset
    made._layout = layout
    made._storage = storage
    made._base = base
    if interpreters.active and base is not None:
        interpreters.note_view(made)
    return made


def fresh(layout: Layout) -> Tensor:
    """A tensor with memory of its own, its elements undefined."""
    try:
        if SERVING.fresh is not None and layout.device is CPU and layout.nbytes < MOST:
            made: Tensor = SERVING.fresh(layout, layout.nbytes)
            if interpreters.active:
                interpreters.note_birth(made._storage)
            return made
        storage = new_storage(layout.nbytes, layout.device)
    except OutOfMemoryError as error:
        shape, kind = list(layout.shape), layout.dtype.name
        raise OutOfMemoryError(f"a tensor of shape {shape} and {kind}: {error}") from None
    if interpreters.active:
        interpreters.note_birth(storage)
    return wrap(Tensor, layout, storage)  # type: ignore[no-any-return]


def alias(source: Tensor, kind: type[Any] = Tensor, storage: Storage | None = None) -> Any:
    """A tensor over the same memory, without history."""
    if SERVING.alias is not None and kind is Tensor and storage is None:
        return SERVING.alias(source)
    storage = source._storage if storage is None else storage
    return wrap(kind, source._layout, storage, source._offset, None)
