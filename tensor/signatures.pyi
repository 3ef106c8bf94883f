"""Methods that are put on `Tensor`. Written by `tools.generate`; do not edit."""

from collections.abc import Callable, Sequence
from math import inf, nan
from typing import Any

from ..ops.dtype import dtype as DType
from .base import TensorBase
from .layout import Size
from .storage import Storage
from .tensor import Tensor

_bool = bool
_float = float
_int = int
_type = type

class Methods(TensorBase):
    @property
    def H(self) -> Tensor: ...
    @property
    def T(self) -> Tensor: ...
    def adjoint(self) -> Tensor:
        """The conjugate with the last two dims exchanged."""
    def allclose(self, other: Tensor, rtol: _float = 1e-05, atol: _float = 1e-08, equal_nan: _bool = False) -> _bool:
        """All elements are close to each other."""
    def angle(self) -> Tensor:
        """The angle of complex elements; of real ones 0 or pi."""
    def apply_(self, callable: Any) -> Tensor:
        """The tensor itself with a Python function applied to each element. Slow."""
    def argsort(self, dim: _int = -1, descending: _bool = False, *, stable: _bool = False, out: Tensor | None = None, **numpy: Any) -> Tensor:
        """The places of the elements of a dim in the order of the elements."""
    def argwhere(self) -> Tensor:
        """Places of the elements that are not zero, one row of numbers for each."""
    def as_strided_(self, size: _int | Sequence[_int], stride: _int | Sequence[_int], storage_offset: _int | None = None) -> Tensor:
        """Any shape and any strides over the memory of a tensor."""
    def as_strided_scatter(self, src: Tensor, size: Any, stride: Any, storage_offset: _int | None = None) -> Tensor:
        """A copy of the tensor with `src` written to the places that `as_strided` shows."""
    def backward(self, gradient: Tensor | None = None, retain_graph: _bool | None = None, create_graph: _bool = False, inputs: Sequence[Tensor] | None = None) -> None:
        """Adds the gradient of this tensor to `.grad` of the leaves of its graph."""
    def bernoulli(self, p: Any = None, *, generator: Any = None, out: Tensor | None = None) -> Tensor:
        """Ones with the probabilities in `input` (or with probability `p`), zeros otherwise."""
    def bernoulli_(self, p: Any = 0.5, *, generator: Any = None) -> Tensor:
        """Fills the tensor with ones with probability `p`, zeros otherwise."""
    def bfloat16(self, memory_format: Any = None) -> Tensor:
        """The tensor with dtype bfloat16."""
    def bincount(self, weights: Tensor | None = None, minlength: _int = 0) -> Tensor:
        """How often each number from 0 on occurs, or the sum of the weights that come with it."""
    def bool(self, memory_format: Any = None) -> Tensor:
        """The tensor with dtype bool."""
    def broadcast_to(self, size: Any) -> Tensor:
        """The tensor expanded to a shape."""
    def bucketize(self, boundaries: Tensor, *, out_int32: _bool = False, right: _bool = False, out: Tensor | None = None) -> Tensor:
        """For each element the interval between sorted boundaries in which it lies."""
    def byte(self, memory_format: Any = None) -> Tensor:
        """The tensor with dtype uint8."""
    def cauchy_(self, median: _float = 0.0, sigma: _float = 1.0, *, generator: Any = None) -> Tensor:
        """Fills the tensor with numbers drawn from a Cauchy distribution."""
    def cdouble(self, memory_format: Any = None) -> Tensor:
        """The tensor with dtype complex128."""
    def cfloat(self, memory_format: Any = None) -> Tensor:
        """The tensor with dtype complex64."""
    def char(self, memory_format: Any = None) -> Tensor:
        """The tensor with dtype int8."""
    def chunk(self, chunks: _int, dim: _int = 0) -> tuple[Tensor, ...]:
        """Views of at most `chunks` equal parts of a dim; the last may be smaller."""
    def clone(self, *, memory_format: Any = None) -> Tensor:
        """A copy with memory of its own."""
    def conj(self) -> Tensor:
        """The conjugates, as a view whose elements are not computed yet."""
    def conj_physical(self) -> Tensor:
        """The conjugates, computed."""
    def contiguous(self, memory_format: Any = None) -> Tensor:
        """The tensor in C order without gaps; itself if it is so."""
    def copy_(self, src: Any, non_blocking: _bool = False) -> Tensor:
        """The tensor itself, with the elements of `src`, broadcast and converted."""
    def corrcoef(self) -> Tensor:
        """Correlation coefficients of the rows."""
    def cov(self, *, correction: _int = 1, fweights: Tensor | None = None, aweights: Tensor | None = None) -> Tensor:
        """Covariances of the rows."""
    def cpu(self, memory_format: Any = None) -> Tensor:
        """The tensor on the CPU; itself if it is there."""
    def cross(self, other: Tensor, dim: _int | None = None, *, out: Tensor | None = None) -> Tensor:
        """Vector products along a dim of extent 3 (by default the first such dim)."""
    def cuda(self, device: Any = None, non_blocking: _bool = False, memory_format: Any = None) -> Tensor:
        """The tensor on a CUDA device."""
    def detach_(self) -> Tensor:
        """The tensor itself, its history dropped."""
    def diag(self, diagonal: _int = 0, *, out: Tensor | None = None) -> Tensor:
        """A matrix with a vector on its diagonal; of a matrix, the diagonal."""
    def diag_embed(self, offset: _int = 0, dim1: _int = -2, dim2: _int = -1) -> Tensor:
        """Square matrices of zeros with the last dim on a diagonal; dim1 and dim2 are their dims."""
    def diagflat(self, offset: _int = 0) -> Tensor:
        """A matrix with the elements of the flattened tensor on its diagonal."""
    def diagonal_scatter(self, src: Tensor, offset: _int = 0, dim1: _int = 0, dim2: _int = 1) -> Tensor:
        """A copy of the tensor with `src` written to diagonals."""
    def diff(self, n: _int = 1, dim: _int = -1, prepend: Any = None, append: Any = None) -> Tensor:
        """Differences of neighbours along a dim, `n` times."""
    def dist(self, other: Tensor, p: _float = 2) -> Tensor:
        """The p-norm of the difference."""
    def double(self, memory_format: Any = None) -> Tensor:
        """The tensor with dtype float64."""
    def dsplit(self, indices_or_sections: Any) -> tuple[Tensor, ...]:
        """The tensor split along its third dim."""
    def equal(self, other: Tensor) -> _bool:
        """Both have the same shape and the same elements."""
    def expand(self, *size: Any, implicit: _bool = False) -> Tensor:
        """Dims of extent 1 repeated without a copy; -1 keeps a dim."""
    def expand_as(self, other: Tensor) -> Tensor:
        """The tensor expanded to the shape of another."""
    def exponential_(self, lambd: _float = 1.0, *, generator: Any = None) -> Tensor:
        """Fills the tensor with numbers drawn from an exponential distribution."""
    def fill_(self, value: Any) -> Tensor:
        """The tensor itself, filled with a number."""
    def fill_diagonal_(self, fill_value: Any, wrap: _bool = False) -> Tensor:
        """The tensor itself with a number on its diagonal; `wrap` goes on below in tall matrices."""
    def flatten(self, start_dim: _int = 0, end_dim: _int = -1) -> Tensor:
        """The dims from `start_dim` to `end_dim` merged into one."""
    def float(self, memory_format: Any = None) -> Tensor:
        """The tensor with dtype float32."""
    def gather(self, dim: _int, index: Tensor, *, sparse_grad: _bool = False, out: Tensor | None = None) -> Tensor:
        """Elements along a dim chosen by an index tensor, each at its own place in the other dims."""
    def geometric_(self, p: _float, *, generator: Any = None) -> Tensor:
        """Fills the tensor with the numbers of trials until the first success."""
    @property
    def grad_fn(self) -> Any: ...
    def half(self, memory_format: Any = None) -> Tensor:
        """The tensor with dtype float16."""
    def histc(self, bins: _int = 100, min: _float = 0, max: _float = 0) -> Tensor:
        """How many elements fall into each of `bins` equal intervals from `min` to `max`."""
    def hsplit(self, indices_or_sections: Any) -> tuple[Tensor, ...]:
        """The tensor split along its second dim (its first if it has one)."""
    @property
    def imag(self) -> Tensor: ...
    def index_put(self, indices: Sequence[Any], values: Any, accumulate: _bool = False) -> Tensor:
        """A copy of `input` with `values` written to the elements that `indices` pick."""
    def index_put_(self, indices: Sequence[Any], values: Any, accumulate: _bool = False) -> Tensor:
        """Writes `values` to the elements that `indices` pick, or adds them there."""
    def index_reduce(self, dim: _int, index: Tensor, source: Tensor, reduce: str, *, include_self: _bool = True) -> Tensor:
        """A copy of the tensor combined with slices, at places of a dim that an index gives."""
    def index_reduce_(self, dim: _int, index: Tensor, source: Tensor, reduce: str, *, include_self: _bool = True) -> Tensor:
        """The tensor itself combined with slices, at places of a dim that a list of numbers gives."""
    def int(self, memory_format: Any = None) -> Tensor:
        """The tensor with dtype int32."""
    def is_conj(self) -> _bool:
        """Its conjugates are not computed yet."""
    def is_contiguous(self, memory_format: Any = None) -> _bool:
        """The elements lie in C order without gaps (or as `channels_last` has them)."""
    def is_inference(self) -> Any: ...
    @property
    def is_leaf(self) -> _bool: ...
    def is_neg(self) -> _bool:
        """Its negation is not computed yet: never."""
    def is_nonzero(self) -> _bool:
        """The only element is not zero."""
    def is_pinned(self, device: Any = None) -> Any: ...
    def is_shared(self) -> _bool:
        """`Tensor.is_shared`: other processes see the memory."""
    def item(self) -> Any:
        """The only element as a Python number."""
    def kthvalue(self, k: _int, dim: _int = -1, keepdim: _bool = False, *, out: Any = None, **numpy: Any) -> Any:
        """The k-th smallest element of a dim, and where it was."""
    @property
    def layout(self) -> Any: ...
    def log_normal_(self, mean: _float = 1.0, std: _float = 2.0, *, generator: Any = None) -> Tensor:
        """Fills the tensor with numbers whose logarithm is normally distributed."""
    def long(self, memory_format: Any = None) -> Tensor:
        """The tensor with dtype int64."""
    @property
    def mH(self) -> Tensor: ...
    @property
    def mT(self) -> Tensor: ...
    def map_(self, tensor: Tensor, callable: Any) -> Tensor:
        """The tensor itself with a Python function of its and another's elements. Slow."""
    def masked_fill(self, mask: Tensor, value: Any) -> Tensor:
        """The elements, replaced by a value, a number or a 0-dim tensor, where the mask holds."""
    def masked_fill_(self, mask: Tensor, value: Any) -> Tensor:
        """The tensor itself, its elements replaced by a value where the mask holds."""
    def masked_select(self, mask: Tensor, *, out: Tensor | None = None) -> Tensor:
        """The elements where the mask holds, in row-major order."""
    def max(self, *arguments: Any, **options: Any) -> Any:
        """Largest element of the whole tensor, along a dim with its position, or of two tensors."""
    def median(self, *arguments: Any, **options: Any) -> Any:
        """The lower of the middle elements, of the whole tensor or along a dim; NaN if there is one."""
    def min(self, *arguments: Any, **options: Any) -> Any:
        """Smallest element of the whole tensor, along a dim with its position, or of two tensors."""
    def mode(self, dim: _int = -1, keepdim: _bool = False, *, out: Any = None, **numpy: Any) -> Any:
        """The smallest of the most frequent elements along a dim, and the last place where it stands."""
    def msort(self) -> Tensor:
        """The elements of the first dim in order."""
    def multinomial(self, num_samples: _int, replacement: _bool = False, *, generator: Any = None, out: Tensor | None = None) -> Tensor:
        """Places drawn with the probabilities that the weights in each row have."""
    def nanmedian(self, *arguments: Any, **options: Any) -> Any:
        """The lower of the middle elements, of the whole tensor or along a dim, without regard to NaN."""
    def nanquantile(self, q: Any, dim: _int | None = None, keepdim: _bool = False, *, interpolation: str = 'linear', out: Tensor | None = None) -> Tensor:
        """Quantiles along a dim, without regard to NaN."""
    def narrow(self, dim: _int, start: Any, length: _int) -> Tensor:
        """A run of places along a dim."""
    def narrow_copy(self, dim: _int, start: _int, length: _int) -> Tensor:
        """A copy of a run of places along a dim."""
    def new_empty(self, *size: Any, dtype: Any = None, device: Any = None, requires_grad: _bool = False, layout: Any = None, pin_memory: _bool = False) -> Tensor:
        """A tensor of shape `size` of this one's dtype and device; its elements are undefined."""
    def new_empty_strided(self, size: Any, stride: Any, *, dtype: Any = None, device: Any = None, requires_grad: _bool = False) -> Tensor:
        """A tensor with these strides, of this one's dtype and device; its elements are undefined."""
    def new_full(self, size: Any, fill_value: Any, *, dtype: Any = None, device: Any = None, requires_grad: _bool = False, layout: Any = None, pin_memory: _bool = False) -> Tensor:
        """A tensor of shape `size` of this one's dtype and device, filled with `fill_value`."""
    def new_ones(self, *size: Any, dtype: Any = None, device: Any = None, requires_grad: _bool = False, layout: Any = None, pin_memory: _bool = False) -> Tensor:
        """A tensor of shape `size` of this one's dtype and device, filled with 1."""
    def new_tensor(self, data: Any, *, dtype: Any = None, device: Any = None, requires_grad: _bool = False, **_: Any) -> Tensor:
        """A new leaf with a copy of `data`, of this tensor's dtype and device."""
    def new_zeros(self, *size: Any, dtype: Any = None, device: Any = None, requires_grad: _bool = False, layout: Any = None, pin_memory: _bool = False) -> Tensor:
        """A tensor of shape `size` of this one's dtype and device, filled with 0."""
    def nonzero(self, *, out: Tensor | None = None, as_tuple: _bool = False) -> Any:
        """Places of the elements that are not zero: rows of numbers, or one tensor for each dim."""
    def norm(self, *arguments: Any, **options: Any) -> Any:
        """Length of the elements along one or more dims, as the root of the sum of their powers."""
    def normal_(self, mean: _float = 0.0, std: _float = 1.0, *, generator: Any = None) -> Tensor:
        """Fills the tensor with numbers drawn from a normal distribution."""
    def numpy(self, *, force: Any = False) -> Any: ...
    def permute(self, *dims: Any) -> Tensor:
        """All dims in a new order."""
    def pin_memory(self, device: Any = None) -> Any: ...
    def polygamma(self, n: Any) -> Any: ...
    def polygamma_(self, n: Any) -> Any: ...
    def prelu(self, *arguments: Any, **options: Any) -> Any:
        """The identity for positive elements, a learned slope for the others."""
    def prod(self, *arguments: Any, **options: Any) -> Any:
        """Product of all elements, or of those along a dim."""
    def put(self, index: Tensor, source: Tensor, accumulate: _bool = False) -> Tensor:
        """A copy of the tensor with elements of its flattened form replaced (or added to)."""
    def put_(self, index: Tensor, source: Tensor, accumulate: _bool = False) -> Tensor:
        """The tensor itself with elements of its flattened form replaced (or added to)."""
    def quantile(self, q: Any, dim: _int | None = None, keepdim: _bool = False, *, interpolation: str = 'linear', out: Tensor | None = None) -> Tensor:
        """Quantiles along a dim: values below which a part `q` of the elements lies."""
    def random_(self, a: Any = None, b: Any = None, *, generator: Any = None, **bounds: Any) -> Tensor:
        """Fills the tensor with whole numbers drawn evenly from [from, to)."""
    def randperm(self, seed: _int = 0, offset: _int = 0, *, out: Tensor | None = None) -> Tensor:
        """The numbers from 0 to n - 1 in random order."""
    def ravel(self) -> Tensor:
        """All elements in one dim."""
    @property
    def real(self) -> Tensor: ...
    def register_hook(self, hook: Callable[[Tensor], Tensor | None]) -> Any:
        """Registers `hook(grad) -> Tensor or None`, called when the gradient of the tensor is known."""
    def register_post_accumulate_grad_hook(self, hook: Callable[[Tensor], None]) -> Any:
        """Registers `hook(leaf)`, called after `.grad` of the leaf was written."""
    def renorm(self, p: _float, dim: _int, maxnorm: _float) -> Tensor:
        """Slices of a dim scaled down to a largest norm."""
    def repeat(self, *repeats: Any) -> Tensor:
        """The tensor repeated along each dim."""
    def repeat_interleave(self, repeats: Any = None, dim: _int | None = None, *, output_size: _int | None = None) -> Tensor:
        """Every slice of a dim (or element of the flattened tensor) several times in a row."""
    @property
    def requires_grad(self) -> _bool: ...
    def reshape(self, *shape: Any) -> Tensor:
        """The same elements under another shape, sharing memory if possible."""
    def reshape_as(self, other: Tensor) -> Tensor:
        """The same elements under the shape of another tensor."""
    def resize_(self, *sizes: Any, memory_format: Any = None) -> Tensor:
        """The tensor itself with another shape in C order; new elements are undefined."""
    def resize_as_(self, tensor: Tensor, memory_format: Any = None) -> Tensor:
        """The tensor itself with the shape of another."""
    def resolve_conj(self) -> Tensor:
        """The tensor with its conjugates computed."""
    def resolve_neg(self) -> Tensor:
        """The tensor: negation is never delayed."""
    def retain_grad(self) -> None:
        """Has `.grad` of a tensor that is no leaf filled in the backward."""
    @property
    def retains_grad(self) -> _bool: ...
    def roll(self, shifts: Any, dims: Any = None) -> Tensor:
        """The elements of dims moved on; what leaves at the end comes in again at the start."""
    def rot90(self, k: _int = 1, dims: Any = ...) -> Tensor:
        """The plane of two dims turned by quarters."""
    def round(self, *arguments: Any, **options: Any) -> Any:
        """Nearest whole number, the even one of two equally near."""
    def round_(self, *arguments: Any, **options: Any) -> Any:
        """Nearest whole number, the even one of two equally near."""
    def scatter(self, dim: _int, index: Tensor, src: Any = None, *, value: Any = None, reduce: Any = None, out: Tensor | None = None) -> Tensor:
        """A copy of the tensor with elements along a dim replaced, at places that an index gives."""
    def scatter_(self, *arguments: Any, **options: Any) -> Any:
        """The tensor itself, with what `scatter` gives."""
    def scatter_add(self, dim: _int, index: Tensor, src: Tensor) -> Tensor:
        """A copy of the tensor with values added along a dim, at places that an index tensor gives."""
    def scatter_add_(self, *arguments: Any, **options: Any) -> Any:
        """The tensor itself, with what `scatter_add` gives."""
    def scatter_reduce(self, dim: _int, index: Tensor, src: Tensor, reduce: str, *, include_self: _bool = True) -> Tensor:
        """A copy of the tensor combined along a dim with values that an index sends to places."""
    def scatter_reduce_(self, *arguments: Any, **options: Any) -> Any:
        """The tensor itself, with what `scatter_reduce` gives."""
    def searchsorted(self, input: Tensor, *, out_int32: _bool = False, right: _bool = False, out: Tensor | None = None) -> Tensor:
        """For each value the place in a sorted row at which it would have to be inserted."""
    def select_scatter(self, src: Tensor, dim: _int, index: _int) -> Tensor:
        """A copy of the tensor with `src` written to one place of a dim."""
    def set_(self, source: Any = None, storage_offset: _int = 0, size: Any = None, stride: Any = None) -> Tensor:
        """The tensor itself over the memory of `source`, a tensor or a storage."""
    def share_memory_(self) -> Any: ...
    def short(self, memory_format: Any = None) -> Tensor:
        """The tensor with dtype int16."""
    def slice_scatter(self, src: Tensor, dim: _int = 0, start: Any = None, end: Any = None, step: _int = 1) -> Tensor:
        """A copy of the tensor with `src` written to a slice of a dim."""
    def sort(self, dim: _int = -1, descending: _bool = False, *, stable: _bool = False, out: Any = None, **numpy: Any) -> Any:
        """The elements of a dim in order, NaN last, and where they were."""
    def split(self, split_size_or_sections: Any, dim: _int = 0) -> tuple[Tensor, ...]:
        """Views of parts of a dim: of one size (the last may be smaller), or of given sizes."""
    def split_with_sizes(self, split_size_or_sections: Any, dim: _int = 0) -> tuple[Tensor, ...]:
        """Views of parts of a dim: of one size (the last may be smaller), or of given sizes."""
    def squeeze_(self, dim: _int | Sequence[_int] | None = None) -> Tensor:
        """Without the dims of extent one, or without those of them that are named."""
    def std(self, *arguments: Any, **options: Any) -> Any:
        """Root of the mean squared distance of the elements from their mean."""
    def sum_to_size(self, *size: Any) -> Tensor:
        """The tensor summed to a shape that broadcasts to its own."""
    def swapaxes_(self, axis0: _int, axis1: _int) -> Tensor:
        """Two dims exchanged, under NumPy's name."""
    def swapdims_(self, dim0: _int, dim1: _int) -> Tensor:
        """Two dims exchanged."""
    def t_(self) -> Tensor:
        """The transpose of a matrix. A vector or a scalar stays as it is."""
    def take_along_dim(self, indices: Tensor, dim: _int | None = None) -> Tensor:
        """Elements along a dim chosen by an index tensor that broadcasts over the others."""
    def tensor_split(self, indices_or_sections: Any, dim: _int = 0) -> tuple[Tensor, ...]:
        """Views of parts of a dim: a number of nearly equal ones, or cut at given places."""
    def tile(self, *dims: Any) -> Tensor:
        """The tensor repeated along each dim, as NumPy's `tile` has it."""
    def to(self, *arguments: Any, **options: Any) -> Tensor:
        """The tensor with another dtype or on another device; itself if nothing changes."""
    def tolist(self) -> Any:
        """The elements as nested lists; of a 0-dim tensor the number."""
    def topk(self, k: _int, dim: _int = -1, largest: _bool = True, sorted: _bool = True, *, out: Any = None, **numpy: Any) -> Any:
        """The k largest or smallest elements of a dim, in order, and where they were."""
    def transpose_(self, dim0: _int, dim1: _int) -> Tensor:
        """Two dims exchanged."""
    def type(self, dtype: Any = None, non_blocking: _bool = False) -> Any:
        """The name of the tensor's type; or the tensor with another dtype."""
    def type_as(self, other: Tensor) -> Tensor:
        """The tensor with the dtype and on the device of another."""
    def unbind(self, dim: _int = 0) -> tuple[Tensor, ...]:
        """The slices along a dim, without it."""
    def unflatten(self, dim: _int, sizes: Any) -> Tensor:
        """One dim split into several."""
    def uniform_(self, a: Any = 0.0, b: Any = 1.0, *, generator: Any = None, **bounds: Any) -> Tensor:
        """Fills the tensor with numbers drawn evenly from [from, to)."""
    def unique(self, sorted: _bool = True, return_inverse: _bool = False, return_counts: _bool = False, dim: _int | None = None) -> Any:
        """The different elements (or slices of a dim) in order."""
    def unique_consecutive(self, return_inverse: _bool = False, return_counts: _bool = False, dim: _int | None = None) -> Any:
        """The elements (or slices of a dim) without repetitions of the one before."""
    def unsqueeze_(self, dim: _int) -> Tensor:
        """With a new dim of extent one."""
    def var(self, *arguments: Any, **options: Any) -> Any:
        """Mean squared distance of the elements from their mean."""
    def vdot(self, other: Tensor, *, out: Tensor | None = None) -> Tensor:
        """Scalar product of 1-d tensors, the first conjugated."""
    def view(self, *size: Any, dtype: Any = None) -> Tensor:
        """The same memory under another shape, or read as another dtype."""
    def view_as(self, other: Tensor) -> Tensor:
        """The same memory under the shape of another tensor."""
    def view_as_complex(self) -> Tensor:
        """A view of pairs along the last dim as complex elements."""
    def view_as_real(self) -> Tensor:
        """A view of complex elements as pairs of real ones along a new last dim."""
    def vsplit(self, indices_or_sections: Any) -> tuple[Tensor, ...]:
        """The tensor split along its first dim."""
    def where(self, condition: Any, other: Any) -> Any:
        """Elements of the tensor where the condition holds, of `other` elsewhere."""
    def zero_(self) -> Tensor:
        """The tensor itself, filled with 0."""
