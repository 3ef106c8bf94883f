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
    def abs(self, *, out: Tensor | None = None) -> Tensor:
        """Distance of each element from zero."""
    def abs_(self) -> Tensor:
        """Distance of each element from zero."""
    def absolute(self, *, out: Tensor | None = None) -> Tensor:
        """Distance of each element from zero."""
    def absolute_(self) -> Tensor:
        """Distance of each element from zero."""
    def acos(self, *, out: Tensor | None = None) -> Tensor:
        """Angle between 0 and pi whose cosine is the element."""
    def acos_(self) -> Tensor:
        """Angle between 0 and pi whose cosine is the element."""
    def acosh(self, *, out: Tensor | None = None) -> Tensor:
        """Non-negative number whose hyperbolic cosine is the element."""
    def acosh_(self) -> Tensor:
        """Non-negative number whose hyperbolic cosine is the element."""
    def add(self, other: Tensor | _float, *, alpha: _float = 1, out: Tensor | None = None) -> Tensor:
        """Sum of two tensors, the second one scaled."""
    def add_(self, other: Tensor | _float, *, alpha: _float = 1) -> Tensor:
        """Sum of two tensors, the second one scaled."""
    def addbmm(self, batch1: Tensor, batch2: Tensor, *, beta: _float = 1, alpha: _float = 1, out: Tensor | None = None) -> Tensor:
        """Sum of the products of the matrices of two batches, added to a matrix, each with a factor."""
    def addbmm_(self, batch1: Tensor, batch2: Tensor, *, beta: _float = 1, alpha: _float = 1) -> Tensor:
        """Sum of the products of the matrices of two batches, added to a matrix, each with a factor."""
    def addcdiv(self, tensor1: Tensor | _float, tensor2: Tensor | _float, *, value: _float = 1, out: Tensor | None = None) -> Tensor:
        """A tensor plus the scaled quotient of two others."""
    def addcdiv_(self, tensor1: Tensor | _float, tensor2: Tensor | _float, *, value: _float = 1) -> Tensor:
        """A tensor plus the scaled quotient of two others."""
    def addcmul(self, tensor1: Tensor | _float, tensor2: Tensor | _float, *, value: _float = 1, out: Tensor | None = None) -> Tensor:
        """A tensor plus the scaled product of two others."""
    def addcmul_(self, tensor1: Tensor | _float, tensor2: Tensor | _float, *, value: _float = 1) -> Tensor:
        """A tensor plus the scaled product of two others."""
    def addmm(self, mat1: Tensor, mat2: Tensor, *, beta: _float = 1, alpha: _float = 1, out: Tensor | None = None) -> Tensor:
        """Product of two matrices added to a matrix, each with a factor. With beta zero the matrix is not read."""
    def addmm_(self, mat1: Tensor, mat2: Tensor, *, beta: _float = 1, alpha: _float = 1) -> Tensor:
        """Product of two matrices added to a matrix, each with a factor. With beta zero the matrix is not read."""
    def addmv(self, mat: Tensor, vec: Tensor, *, beta: _float = 1, alpha: _float = 1, out: Tensor | None = None) -> Tensor:
        """Product of a matrix and a vector added to a vector, each with a factor."""
    def addmv_(self, mat: Tensor, vec: Tensor, *, beta: _float = 1, alpha: _float = 1) -> Tensor:
        """Product of a matrix and a vector added to a vector, each with a factor."""
    def addr(self, vec1: Tensor, vec2: Tensor, *, beta: _float = 1, alpha: _float = 1, out: Tensor | None = None) -> Tensor:
        """Outer product of two vectors added to a matrix, each with a factor."""
    def addr_(self, vec1: Tensor, vec2: Tensor, *, beta: _float = 1, alpha: _float = 1) -> Tensor:
        """Outer product of two vectors added to a matrix, each with a factor."""
    def adjoint(self) -> Tensor:
        """The conjugate with the last two dims exchanged."""
    def all(self, dim: _int | Sequence[_int] | None = None, keepdim: _bool = False, *, out: Tensor | None = None, **numpy: Any) -> Tensor:
        """Whether every element along one or more dims is not zero."""
    def allclose(self, other: Tensor, rtol: _float = 1e-05, atol: _float = 1e-08, equal_nan: _bool = False) -> _bool:
        """All elements are close to each other."""
    def amax(self, dim: _int | Sequence[_int] | None = None, keepdim: _bool = False, *, out: Tensor | None = None, **numpy: Any) -> Tensor:
        """Largest element along one or more dims. Ties share the cotangent."""
    def amin(self, dim: _int | Sequence[_int] | None = None, keepdim: _bool = False, *, out: Tensor | None = None, **numpy: Any) -> Tensor:
        """Smallest element along one or more dims. Ties share the cotangent."""
    def aminmax(self, *, dim: _int | Sequence[_int] | None = None, keepdim: _bool = False, out: Any = None, **numpy: Any) -> Any:
        """Smallest and largest element along a dim, or of the whole tensor."""
    def angle(self) -> Tensor:
        """The angle of complex elements; of real ones 0 or pi."""
    def any(self, dim: _int | Sequence[_int] | None = None, keepdim: _bool = False, *, out: Tensor | None = None, **numpy: Any) -> Tensor:
        """Whether at least one element along one or more dims is not zero."""
    def apply_(self, callable: Any) -> Tensor:
        """The tensor itself with a Python function applied to each element. Slow."""
    def arccos(self, *, out: Tensor | None = None) -> Tensor:
        """Angle between 0 and pi whose cosine is the element."""
    def arccos_(self) -> Tensor:
        """Angle between 0 and pi whose cosine is the element."""
    def arccosh(self, *, out: Tensor | None = None) -> Tensor:
        """Non-negative number whose hyperbolic cosine is the element."""
    def arccosh_(self) -> Tensor:
        """Non-negative number whose hyperbolic cosine is the element."""
    def arcsin(self, *, out: Tensor | None = None) -> Tensor:
        """Angle between -pi/2 and pi/2 whose sine is the element."""
    def arcsin_(self) -> Tensor:
        """Angle between -pi/2 and pi/2 whose sine is the element."""
    def arcsinh(self, *, out: Tensor | None = None) -> Tensor:
        """Number whose hyperbolic sine is the element."""
    def arcsinh_(self) -> Tensor:
        """Number whose hyperbolic sine is the element."""
    def arctan(self, *, out: Tensor | None = None) -> Tensor:
        """Angle between -pi/2 and pi/2 whose tangent is the element."""
    def arctan2(self, other: Tensor | _float, *, out: Tensor | None = None) -> Tensor:
        """Angle of the point with the given ordinate and abscissa, between -pi and pi."""
    def arctan2_(self, other: Tensor | _float) -> Tensor:
        """Angle of the point with the given ordinate and abscissa, between -pi and pi."""
    def arctan_(self) -> Tensor:
        """Angle between -pi/2 and pi/2 whose tangent is the element."""
    def arctanh(self, *, out: Tensor | None = None) -> Tensor:
        """Number whose hyperbolic tangent is the element."""
    def arctanh_(self) -> Tensor:
        """Number whose hyperbolic tangent is the element."""
    def argmax(self, dim: _int | Sequence[_int] | None = None, keepdim: _bool = False, *, out: Tensor | None = None, **numpy: Any) -> Tensor:
        """Position of the largest element, the first one among ties."""
    def argmin(self, dim: _int | Sequence[_int] | None = None, keepdim: _bool = False, *, out: Tensor | None = None, **numpy: Any) -> Tensor:
        """Position of the smallest element, the first one among ties."""
    def argsort(self, dim: _int = -1, descending: _bool = False, *, stable: _bool = False, out: Tensor | None = None, **numpy: Any) -> Tensor:
        """The places of the elements of a dim in the order of the elements."""
    def argwhere(self) -> Tensor:
        """Places of the elements that are not zero, one row of numbers for each."""
    def as_strided(self, size: _int | Sequence[_int], stride: _int | Sequence[_int], storage_offset: _int | None = None) -> Tensor:
        """Any shape and any strides over the memory of a tensor."""
    def as_strided_(self, size: _int | Sequence[_int], stride: _int | Sequence[_int], storage_offset: _int | None = None) -> Tensor:
        """Any shape and any strides over the memory of a tensor."""
    def as_strided_scatter(self, src: Tensor, size: Any, stride: Any, storage_offset: _int | None = None) -> Tensor:
        """A copy of the tensor with `src` written to the places that `as_strided` shows."""
    def asin(self, *, out: Tensor | None = None) -> Tensor:
        """Angle between -pi/2 and pi/2 whose sine is the element."""
    def asin_(self) -> Tensor:
        """Angle between -pi/2 and pi/2 whose sine is the element."""
    def asinh(self, *, out: Tensor | None = None) -> Tensor:
        """Number whose hyperbolic sine is the element."""
    def asinh_(self) -> Tensor:
        """Number whose hyperbolic sine is the element."""
    def atan(self, *, out: Tensor | None = None) -> Tensor:
        """Angle between -pi/2 and pi/2 whose tangent is the element."""
    def atan2(self, other: Tensor | _float, *, out: Tensor | None = None) -> Tensor:
        """Angle of the point with the given ordinate and abscissa, between -pi and pi."""
    def atan2_(self, other: Tensor | _float) -> Tensor:
        """Angle of the point with the given ordinate and abscissa, between -pi and pi."""
    def atan_(self) -> Tensor:
        """Angle between -pi/2 and pi/2 whose tangent is the element."""
    def atanh(self, *, out: Tensor | None = None) -> Tensor:
        """Number whose hyperbolic tangent is the element."""
    def atanh_(self) -> Tensor:
        """Number whose hyperbolic tangent is the element."""
    def backward(self, gradient: Tensor | None = None, retain_graph: _bool | None = None, create_graph: _bool = False, inputs: Sequence[Tensor] | None = None) -> None:
        """Adds the gradient of this tensor to `.grad` of the leaves of its graph."""
    def baddbmm(self, batch1: Tensor, batch2: Tensor, *, beta: _float = 1, alpha: _float = 1, out: Tensor | None = None) -> Tensor:
        """Products of the matrices of two batches added to a batch of matrices, each with a factor."""
    def baddbmm_(self, batch1: Tensor, batch2: Tensor, *, beta: _float = 1, alpha: _float = 1) -> Tensor:
        """Products of the matrices of two batches added to a batch of matrices, each with a factor."""
    def bernoulli(self, p: Any = None, *, generator: Any = None, out: Tensor | None = None) -> Tensor:
        """Ones with the probabilities in `input` (or with probability `p`), zeros otherwise."""
    def bernoulli_(self, p: Any = 0.5, *, generator: Any = None) -> Tensor:
        """Fills the tensor with ones with probability `p`, zeros otherwise."""
    def bfloat16(self, memory_format: Any = None) -> Tensor:
        """The tensor with dtype bfloat16."""
    def bincount(self, weights: Tensor | None = None, minlength: _int = 0) -> Tensor:
        """How often each number from 0 on occurs, or the sum of the weights that come with it."""
    def bitwise_and(self, other: Tensor | _float, *, out: Tensor | None = None) -> Tensor:
        """Bits that are set in both elements."""
    def bitwise_and_(self, other: Tensor | _float) -> Tensor:
        """Bits that are set in both elements."""
    def bitwise_left_shift(self, other: Tensor | _float, *, out: Tensor | None = None) -> Tensor:
        """Bits of the first element moved up by as many places as the second one says."""
    def bitwise_left_shift_(self, other: Tensor | _float) -> Tensor:
        """Bits of the first element moved up by as many places as the second one says."""
    def bitwise_not(self, *, out: Tensor | None = None) -> Tensor:
        """Bits that are not set in the element."""
    def bitwise_not_(self) -> Tensor:
        """Bits that are not set in the element."""
    def bitwise_or(self, other: Tensor | _float, *, out: Tensor | None = None) -> Tensor:
        """Bits that are set in at least one of the elements."""
    def bitwise_or_(self, other: Tensor | _float) -> Tensor:
        """Bits that are set in at least one of the elements."""
    def bitwise_right_shift(self, other: Tensor | _float, *, out: Tensor | None = None) -> Tensor:
        """Bits of the first element moved down by as many places as the second one says, the sign kept."""
    def bitwise_right_shift_(self, other: Tensor | _float) -> Tensor:
        """Bits of the first element moved down by as many places as the second one says, the sign kept."""
    def bitwise_xor(self, other: Tensor | _float, *, out: Tensor | None = None) -> Tensor:
        """Bits that are set in exactly one of the elements."""
    def bitwise_xor_(self, other: Tensor | _float) -> Tensor:
        """Bits that are set in exactly one of the elements."""
    def bmm(self, mat2: Tensor, *, out: Tensor | None = None) -> Tensor:
        """Products of the matrices of two batches, pair by pair."""
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
    def ceil(self, *, out: Tensor | None = None) -> Tensor:
        """Smallest whole number that is at least the element."""
    def ceil_(self) -> Tensor:
        """Smallest whole number that is at least the element."""
    def cfloat(self, memory_format: Any = None) -> Tensor:
        """The tensor with dtype complex64."""
    def char(self, memory_format: Any = None) -> Tensor:
        """The tensor with dtype int8."""
    def chunk(self, chunks: _int, dim: _int = 0) -> tuple[Tensor, ...]:
        """Views of at most `chunks` equal parts of a dim; the last may be smaller."""
    def clamp(self, min: Tensor | _float | None = None, max: Tensor | _float | None = None, *, out: Tensor | None = None) -> Tensor:
        """The elements brought into the range between two bounds. The upper one wins."""
    def clamp_(self, min: Tensor | _float | None = None, max: Tensor | _float | None = None) -> Tensor:
        """The elements brought into the range between two bounds. The upper one wins."""
    def clamp_max(self, max: Tensor | _float, *, out: Tensor | None = None) -> Tensor:
        """The elements, and the bound where they are above it."""
    def clamp_max_(self, max: Tensor | _float) -> Tensor:
        """The elements, and the bound where they are above it."""
    def clamp_min(self, min: Tensor | _float, *, out: Tensor | None = None) -> Tensor:
        """The elements, and the bound where they are below it."""
    def clamp_min_(self, min: Tensor | _float) -> Tensor:
        """The elements, and the bound where they are below it."""
    def clip(self, min: Tensor | _float | None = None, max: Tensor | _float | None = None, *, out: Tensor | None = None) -> Tensor:
        """The elements brought into the range between two bounds. The upper one wins."""
    def clip_(self, min: Tensor | _float | None = None, max: Tensor | _float | None = None) -> Tensor:
        """The elements brought into the range between two bounds. The upper one wins."""
    def clone(self, *, memory_format: Any = None) -> Tensor:
        """A copy with memory of its own."""
    def conj(self) -> Tensor:
        """The conjugates, as a view whose elements are not computed yet."""
    def conj_physical(self) -> Tensor:
        """The conjugates, computed."""
    def contiguous(self, memory_format: Any = None) -> Tensor:
        """The tensor in C order, or as `channels_last` has it, without gaps; itself if it is so."""
    def copy_(self, src: Any, non_blocking: _bool = False) -> Tensor:
        """The tensor itself, with the elements of `src`, broadcast and converted."""
    def copysign(self, other: Tensor | _float, *, out: Tensor | None = None) -> Tensor:
        """Size of the first element with the sign of the second."""
    def copysign_(self, other: Tensor | _float) -> Tensor:
        """Size of the first element with the sign of the second."""
    def corrcoef(self) -> Tensor:
        """Correlation coefficients of the rows."""
    def cos(self, *, out: Tensor | None = None) -> Tensor:
        """Cosine of an angle in radians."""
    def cos_(self) -> Tensor:
        """Cosine of an angle in radians."""
    def cosh(self, *, out: Tensor | None = None) -> Tensor:
        """Hyperbolic cosine."""
    def cosh_(self) -> Tensor:
        """Hyperbolic cosine."""
    def count_nonzero(self, dim: _int | Sequence[_int] | None = None, *, out: Tensor | None = None, **numpy: Any) -> Tensor:
        """How many elements along one or more dims are not zero."""
    def cov(self, *, correction: _int = 1, fweights: Tensor | None = None, aweights: Tensor | None = None) -> Tensor:
        """Covariances of the rows."""
    def cpu(self, memory_format: Any = None) -> Tensor:
        """The tensor on the CPU; itself if it is there."""
    def cross(self, other: Tensor, dim: _int | None = None, *, out: Tensor | None = None) -> Tensor:
        """Vector products along a dim of extent 3 (by default the first such dim)."""
    def cuda(self, device: Any = None, non_blocking: _bool = False, memory_format: Any = None) -> Tensor:
        """The tensor on a CUDA device."""
    def cummax(self, dim: _int, *, out: Any = None) -> Any:
        """Largest element up to each position along a dim, and its position, the last one among ties."""
    def cummin(self, dim: _int, *, out: Any = None) -> Any:
        """Smallest element up to each position along a dim, and its position, the last one among ties."""
    def cumprod(self, dim: _int, *, dtype: DType | None = None, out: Tensor | None = None) -> Tensor:
        """Product of the elements up to each position along a dim."""
    def cumprod_(self, dim: _int, *, dtype: DType | None = None) -> Tensor:
        """Product of the elements up to each position along a dim."""
    def cumsum(self, dim: _int, *, dtype: DType | None = None, out: Tensor | None = None) -> Tensor:
        """Sum of the elements up to each position along a dim."""
    def cumsum_(self, dim: _int, *, dtype: DType | None = None) -> Tensor:
        """Sum of the elements up to each position along a dim."""
    def deg2rad(self, *, out: Tensor | None = None) -> Tensor:
        """Angle in radians, given in degrees."""
    def deg2rad_(self) -> Tensor:
        """Angle in radians, given in degrees."""
    def detach_(self) -> Tensor:
        """The tensor itself, its history dropped."""
    def diag(self, diagonal: _int = 0, *, out: Tensor | None = None) -> Tensor:
        """A matrix with a vector on its diagonal; of a matrix, the diagonal."""
    def diag_embed(self, offset: _int = 0, dim1: _int = -2, dim2: _int = -1) -> Tensor:
        """Square matrices of zeros with the last dim on a diagonal; dim1 and dim2 are their dims."""
    def diagflat(self, offset: _int = 0) -> Tensor:
        """A matrix with the elements of the flattened tensor on its diagonal."""
    def diagonal(self, offset: _int = 0, dim1: _int = 0, dim2: _int = 1) -> Tensor:
        """The diagonals of the matrices that two dims make, as a last dim."""
    def diagonal_scatter(self, src: Tensor, offset: _int = 0, dim1: _int = 0, dim2: _int = 1) -> Tensor:
        """A copy of the tensor with `src` written to diagonals."""
    def diff(self, n: _int = 1, dim: _int = -1, prepend: Any = None, append: Any = None) -> Tensor:
        """Differences of neighbours along a dim, `n` times."""
    def digamma(self, *, out: Tensor | None = None) -> Tensor:
        """Derivative of the logarithm of the gamma function."""
    def digamma_(self) -> Tensor:
        """Derivative of the logarithm of the gamma function."""
    def dist(self, other: Tensor, p: _float = 2) -> Tensor:
        """The p-norm of the difference."""
    def div(self, other: Tensor | _float, *, rounding_mode: str | None = None, out: Tensor | None = None) -> Tensor:
        """Quotient of two tensors, exact or rounded toward zero or down."""
    def div_(self, other: Tensor | _float, *, rounding_mode: str | None = None) -> Tensor:
        """Quotient of two tensors, exact or rounded toward zero or down."""
    def divide(self, other: Tensor | _float, *, rounding_mode: str | None = None, out: Tensor | None = None) -> Tensor:
        """Quotient of two tensors, exact or rounded toward zero or down."""
    def divide_(self, other: Tensor | _float, *, rounding_mode: str | None = None) -> Tensor:
        """Quotient of two tensors, exact or rounded toward zero or down."""
    def dot(self, tensor: Tensor, *, out: Tensor | None = None) -> Tensor:
        """Scalar product of two vectors."""
    def double(self, memory_format: Any = None) -> Tensor:
        """The tensor with dtype float64."""
    def dsplit(self, indices_or_sections: Any) -> tuple[Tensor, ...]:
        """The tensor split along its third dim."""
    def eq(self, other: Tensor | _float, *, out: Tensor | None = None) -> Tensor:
        """Whether elements are equal."""
    def eq_(self, other: Tensor | _float) -> Tensor:
        """Whether elements are equal."""
    def equal(self, other: Tensor) -> _bool:
        """Both have the same shape and the same elements."""
    def erf(self, *, out: Tensor | None = None) -> Tensor:
        """Error function, the chance that a normal deviate of variance one half is at most this far from zero."""
    def erf_(self) -> Tensor:
        """Error function, the chance that a normal deviate of variance one half is at most this far from zero."""
    def erfc(self, *, out: Tensor | None = None) -> Tensor:
        """One minus the error function, exact in the tail."""
    def erfc_(self) -> Tensor:
        """One minus the error function, exact in the tail."""
    def erfinv(self, *, out: Tensor | None = None) -> Tensor:
        """Number whose error function is the element."""
    def erfinv_(self) -> Tensor:
        """Number whose error function is the element."""
    def exp(self, *, out: Tensor | None = None) -> Tensor:
        """Exponential function."""
    def exp2(self, *, out: Tensor | None = None) -> Tensor:
        """Two to the power of each element."""
    def exp2_(self) -> Tensor:
        """Two to the power of each element."""
    def exp_(self) -> Tensor:
        """Exponential function."""
    def expand(self, *size: Any, implicit: _bool = False) -> Tensor:
        """Dims of extent 1 repeated without a copy; -1 keeps a dim."""
    def expand_as(self, other: Tensor) -> Tensor:
        """The tensor expanded to the shape of another."""
    def expm1(self, *, out: Tensor | None = None) -> Tensor:
        """Exponential minus one, exact near zero."""
    def expm1_(self) -> Tensor:
        """Exponential minus one, exact near zero."""
    def exponential_(self, lambd: _float = 1.0, *, generator: Any = None) -> Tensor:
        """Fills the tensor with numbers drawn from an exponential distribution."""
    def fill_(self, value: Any) -> Tensor:
        """The tensor itself, filled with a number."""
    def fill_diagonal_(self, fill_value: Any, wrap: _bool = False) -> Tensor:
        """The tensor itself with a number on its diagonal; `wrap` goes on below in tall matrices."""
    def fix(self, *, out: Tensor | None = None) -> Tensor:
        """Element without its fractional part."""
    def fix_(self) -> Tensor:
        """Element without its fractional part."""
    def flatten(self, start_dim: _int = 0, end_dim: _int = -1) -> Tensor:
        """The dims from `start_dim` to `end_dim` merged into one."""
    def flip(self, *dims: Any) -> Tensor:
        """The elements of some dims in reverse order."""
    def fliplr(self, *, out: Tensor | None = None) -> Tensor:
        """The columns in reverse order."""
    def flipud(self, *, out: Tensor | None = None) -> Tensor:
        """The rows in reverse order."""
    def float(self, memory_format: Any = None) -> Tensor:
        """The tensor with dtype float32."""
    def float_power(self, exponent: Tensor | _float, *, out: Tensor | None = None) -> Tensor:
        """First argument raised to the power of the second, in double precision."""
    def float_power_(self, exponent: Tensor | _float) -> Tensor:
        """First argument raised to the power of the second, in double precision."""
    def floor(self, *, out: Tensor | None = None) -> Tensor:
        """Largest whole number that is at most the element."""
    def floor_(self) -> Tensor:
        """Largest whole number that is at most the element."""
    def floor_divide(self, other: Tensor | _float, *, out: Tensor | None = None) -> Tensor:
        """Quotient of two tensors, rounded down."""
    def floor_divide_(self, other: Tensor | _float) -> Tensor:
        """Quotient of two tensors, rounded down."""
    def fmax(self, other: Tensor | _float, *, out: Tensor | None = None) -> Tensor:
        """Larger of two elements, the other one where one is NaN."""
    def fmin(self, other: Tensor | _float, *, out: Tensor | None = None) -> Tensor:
        """Smaller of two elements, the other one where one is NaN."""
    def fmod(self, other: Tensor | _float, *, out: Tensor | None = None) -> Tensor:
        """What is left after division rounded toward zero, with the sign of the dividend."""
    def fmod_(self, other: Tensor | _float) -> Tensor:
        """What is left after division rounded toward zero, with the sign of the dividend."""
    def frac(self, *, out: Tensor | None = None) -> Tensor:
        """Fractional part of the element, with its sign."""
    def frac_(self) -> Tensor:
        """Fractional part of the element, with its sign."""
    def gather(self, dim: _int, index: Tensor, *, sparse_grad: _bool = False, out: Tensor | None = None) -> Tensor:
        """Elements along a dim chosen by an index tensor, each at its own place in the other dims."""
    def ge(self, other: Tensor | _float, *, out: Tensor | None = None) -> Tensor:
        """Whether the first element is at least the second."""
    def ge_(self, other: Tensor | _float) -> Tensor:
        """Whether the first element is at least the second."""
    def geometric_(self, p: _float, *, generator: Any = None) -> Tensor:
        """Fills the tensor with the numbers of trials until the first success."""
    def ger(self, vec2: Tensor, *, out: Tensor | None = None) -> Tensor:
        """All products of an element of one vector and an element of the other."""
    @property
    def grad_fn(self) -> Any: ...
    def greater(self, other: Tensor | _float, *, out: Tensor | None = None) -> Tensor:
        """Whether the first element is greater than the second."""
    def greater_(self, other: Tensor | _float) -> Tensor:
        """Whether the first element is greater than the second."""
    def greater_equal(self, other: Tensor | _float, *, out: Tensor | None = None) -> Tensor:
        """Whether the first element is at least the second."""
    def greater_equal_(self, other: Tensor | _float) -> Tensor:
        """Whether the first element is at least the second."""
    def gt(self, other: Tensor | _float, *, out: Tensor | None = None) -> Tensor:
        """Whether the first element is greater than the second."""
    def gt_(self, other: Tensor | _float) -> Tensor:
        """Whether the first element is greater than the second."""
    def half(self, memory_format: Any = None) -> Tensor:
        """The tensor with dtype float16."""
    def hardshrink(self, lambd: _float = 0.5, *, out: Tensor | None = None) -> Tensor:
        """The elements further from zero than a threshold, zero instead of the rest."""
    def heaviside(self, values: Tensor | _float, *, out: Tensor | None = None) -> Tensor:
        """Step from zero to one, with the given value at zero."""
    def heaviside_(self, values: Tensor | _float) -> Tensor:
        """Step from zero to one, with the given value at zero."""
    def histc(self, bins: _int = 100, min: _float = 0, max: _float = 0) -> Tensor:
        """How many elements fall into each of `bins` equal intervals from `min` to `max`."""
    def hsplit(self, indices_or_sections: Any) -> tuple[Tensor, ...]:
        """The tensor split along its second dim (its first if it has one)."""
    def hypot(self, other: Tensor | _float, *, out: Tensor | None = None) -> Tensor:
        """Length of the hypotenuse of a right triangle with the given legs."""
    def hypot_(self, other: Tensor | _float) -> Tensor:
        """Length of the hypotenuse of a right triangle with the given legs."""
    def i0(self, *, out: Tensor | None = None) -> Tensor:
        """Modified Bessel function of the first kind of order zero."""
    def i0_(self) -> Tensor:
        """Modified Bessel function of the first kind of order zero."""
    @property
    def imag(self) -> Tensor: ...
    def index_add(self, dim: _int, index: Tensor, source: Tensor, *, alpha: _float = 1, out: Tensor | None = None) -> Tensor:
        """The tensor with slices added along a dim, at places that a list of numbers gives."""
    def index_add_(self, dim: _int, index: Tensor, source: Tensor, *, alpha: _float = 1) -> Tensor:
        """The tensor with slices added along a dim, at places that a list of numbers gives."""
    def index_copy(self, dim: _int, index: Tensor, source: Tensor, *, out: Tensor | None = None) -> Tensor:
        """The tensor with slices of a dim replaced, at places that a list of numbers gives."""
    def index_copy_(self, dim: _int, index: Tensor, source: Tensor) -> Tensor:
        """The tensor with slices of a dim replaced, at places that a list of numbers gives."""
    def index_fill(self, dim: _int, index: Tensor, value: _float, *, out: Tensor | None = None) -> Tensor:
        """The tensor with one number in some slices of a dim."""
    def index_fill_(self, dim: _int, index: Tensor, value: _float) -> Tensor:
        """The tensor with one number in some slices of a dim."""
    def index_put(self, indices: Sequence[Any], values: Any, accumulate: _bool = False) -> Tensor:
        """A copy of `input` with `values` written to the elements that `indices` pick."""
    def index_put_(self, indices: Sequence[Any], values: Any, accumulate: _bool = False) -> Tensor:
        """Writes `values` to the elements that `indices` pick, or adds them there."""
    def index_reduce(self, dim: _int, index: Tensor, source: Tensor, reduce: str, *, include_self: _bool = True) -> Tensor:
        """A copy of the tensor combined with slices, at places of a dim that an index gives."""
    def index_reduce_(self, dim: _int, index: Tensor, source: Tensor, reduce: str, *, include_self: _bool = True) -> Tensor:
        """The tensor itself combined with slices, at places of a dim that a list of numbers gives."""
    def index_select(self, dim: _int, index: Tensor, *, out: Tensor | None = None) -> Tensor:
        """Slices of a dim chosen by a list of numbers."""
    def inner(self, other: Tensor, *, out: Tensor | None = None) -> Tensor:
        """Scalar products of every row of one tensor with every row of the other."""
    def int(self, memory_format: Any = None) -> Tensor:
        """The tensor with dtype int32."""
    def is_conj(self) -> _bool:
        """Its conjugates are not computed yet."""
    def is_contiguous(self, memory_format: Any = None) -> _bool:
        """The elements lie in C order without gaps (or as `channels_last` has them)."""
    @property
    def is_leaf(self) -> _bool: ...
    def is_neg(self) -> _bool:
        """Its negation is not computed yet: never."""
    def is_nonzero(self) -> _bool:
        """The only element is not zero."""
    def is_pinned(self, device: Any = None) -> _bool:
        """The tensor lies in pinned memory of the host."""
    def is_shared(self) -> _bool:
        """`Tensor.is_shared`: other processes see the memory."""
    def isclose(self, other: Tensor | _float, rtol: _float = 1e-05, atol: _float = 1e-08, equal_nan: _bool = False, *, out: Tensor | None = None) -> Tensor:
        """Whether elements are equal up to an absolute and a relative error."""
    def isfinite(self, *, out: Tensor | None = None) -> Tensor:
        """Whether an element is neither infinite nor NaN."""
    def isinf(self, *, out: Tensor | None = None) -> Tensor:
        """Whether an element is infinite."""
    def isnan(self, *, out: Tensor | None = None) -> Tensor:
        """Whether an element is NaN."""
    def isneginf(self, *, out: Tensor | None = None) -> Tensor:
        """Whether an element is minus infinity."""
    def isposinf(self, *, out: Tensor | None = None) -> Tensor:
        """Whether an element is infinity."""
    def isreal(self, *, out: Tensor | None = None) -> Tensor:
        """Whether an element has no imaginary part, as all numbers of a real dtype."""
    def item(self) -> Any:
        """The only element as a Python number."""
    def kron(self, other: Tensor, *, out: Tensor | None = None) -> Tensor:
        """Kronecker product of two matrices, each element of the first times the whole second."""
    def kthvalue(self, k: _int, dim: _int = -1, keepdim: _bool = False, *, out: Any = None, **numpy: Any) -> Any:
        """The k-th smallest element of a dim, and where it was."""
    @property
    def layout(self) -> Any: ...
    def ldexp(self, other: Tensor | _float, *, out: Tensor | None = None) -> Tensor:
        """Each element times two to the power of another."""
    def ldexp_(self, other: Tensor | _float) -> Tensor:
        """Each element times two to the power of another."""
    def le(self, other: Tensor | _float, *, out: Tensor | None = None) -> Tensor:
        """Whether the first element is at most the second."""
    def le_(self, other: Tensor | _float) -> Tensor:
        """Whether the first element is at most the second."""
    def lerp(self, end: Tensor | _float, weight: Tensor | _float, *, out: Tensor | None = None) -> Tensor:
        """Point on the straight line from one tensor to another."""
    def lerp_(self, end: Tensor | _float, weight: Tensor | _float) -> Tensor:
        """Point on the straight line from one tensor to another."""
    def less(self, other: Tensor | _float, *, out: Tensor | None = None) -> Tensor:
        """Whether the first element is less than the second."""
    def less_(self, other: Tensor | _float) -> Tensor:
        """Whether the first element is less than the second."""
    def less_equal(self, other: Tensor | _float, *, out: Tensor | None = None) -> Tensor:
        """Whether the first element is at most the second."""
    def less_equal_(self, other: Tensor | _float) -> Tensor:
        """Whether the first element is at most the second."""
    def lgamma(self, *, out: Tensor | None = None) -> Tensor:
        """Logarithm of the size of the gamma function."""
    def lgamma_(self) -> Tensor:
        """Logarithm of the size of the gamma function."""
    def log(self, *, out: Tensor | None = None) -> Tensor:
        """Natural logarithm."""
    def log10(self, *, out: Tensor | None = None) -> Tensor:
        """Logarithm to base ten."""
    def log10_(self) -> Tensor:
        """Logarithm to base ten."""
    def log1p(self, *, out: Tensor | None = None) -> Tensor:
        """Logarithm of one plus each element, exact near zero."""
    def log1p_(self) -> Tensor:
        """Logarithm of one plus each element, exact near zero."""
    def log2(self, *, out: Tensor | None = None) -> Tensor:
        """Logarithm to base two."""
    def log2_(self) -> Tensor:
        """Logarithm to base two."""
    def log_(self) -> Tensor:
        """Natural logarithm."""
    def log_normal_(self, mean: _float = 1.0, std: _float = 2.0, *, generator: Any = None) -> Tensor:
        """Fills the tensor with numbers whose logarithm is normally distributed."""
    def log_softmax(self, dim: _int, dtype: DType | None = None, *, out: Tensor | None = None) -> Tensor:
        """Logarithm of softmax, safe from overflow."""
    def logaddexp(self, other: Tensor | _float, *, out: Tensor | None = None) -> Tensor:
        """Logarithm of the sum of two exponentials, safe from overflow."""
    def logaddexp2(self, other: Tensor | _float, *, out: Tensor | None = None) -> Tensor:
        """Logarithm to base two of the sum of two powers of two, safe from overflow."""
    def logcumsumexp(self, dim: _int, *, out: Tensor | None = None) -> Tensor:
        """Logarithm of the sum of exponentials up to each position along a dim, safe from overflow."""
    def logical_and(self, other: Tensor | _float, *, out: Tensor | None = None) -> Tensor:
        """Whether both elements are other than zero."""
    def logical_and_(self, other: Tensor | _float) -> Tensor:
        """Whether both elements are other than zero."""
    def logical_not(self, *, out: Tensor | None = None) -> Tensor:
        """Whether the element is zero."""
    def logical_not_(self) -> Tensor:
        """Whether the element is zero."""
    def logical_or(self, other: Tensor | _float, *, out: Tensor | None = None) -> Tensor:
        """Whether one of the elements is other than zero."""
    def logical_or_(self, other: Tensor | _float) -> Tensor:
        """Whether one of the elements is other than zero."""
    def logical_xor(self, other: Tensor | _float, *, out: Tensor | None = None) -> Tensor:
        """Whether exactly one of the elements is other than zero."""
    def logical_xor_(self, other: Tensor | _float) -> Tensor:
        """Whether exactly one of the elements is other than zero."""
    def logit(self, eps: _float | None = None, *, out: Tensor | None = None) -> Tensor:
        """Logarithm of the odds, the inverse of sigmoid."""
    def logit_(self, eps: _float | None = None) -> Tensor:
        """Logarithm of the odds, the inverse of sigmoid."""
    def logsumexp(self, dim: _int | Sequence[_int] | None, keepdim: _bool = False, *, out: Tensor | None = None) -> Tensor:
        """Logarithm of a sum of exponentials, safe from overflow."""
    def long(self, memory_format: Any = None) -> Tensor:
        """The tensor with dtype int64."""
    def lt(self, other: Tensor | _float, *, out: Tensor | None = None) -> Tensor:
        """Whether the first element is less than the second."""
    def lt_(self, other: Tensor | _float) -> Tensor:
        """Whether the first element is less than the second."""
    @property
    def mH(self) -> Tensor: ...
    @property
    def mT(self) -> Tensor: ...
    def make(self, *arguments: Any, device: Any = None) -> Any:
        """`Tensor(...)`: of a shape, undefined; or of data; always of the default dtype."""
    def map_(self, tensor: Tensor, callable: Any) -> Tensor:
        """The tensor itself with a Python function of its and another's elements. Slow."""
    def masked_fill(self, mask: Tensor, value: Any) -> Tensor:
        """The elements, replaced by a value, a number or a 0-dim tensor, where the mask holds."""
    def masked_fill_(self, mask: Tensor, value: Any) -> Tensor:
        """The tensor itself, its elements replaced by a value where the mask holds."""
    def masked_scatter(self, mask: Tensor, source: Tensor, *, out: Tensor | None = None) -> Tensor:
        """The tensor with elements replaced where the mask holds, by the elements of source in their order."""
    def masked_scatter_(self, mask: Tensor, source: Tensor) -> Tensor:
        """The tensor with elements replaced where the mask holds, by the elements of source in their order."""
    def masked_select(self, mask: Tensor, *, size: _int | None = None, out: Tensor | None = None) -> Tensor:
        """The elements where the mask holds, in row-major order."""
    def matmul(self, other: Tensor, *, out: Tensor | None = None) -> Tensor:
        """Matrix product over the last two dims. Leading dims broadcast, and a 1-d operand is a row on the left, a column on the right."""
    def max(self, *arguments: Any, **options: Any) -> Any:
        """Largest element of the whole tensor, along a dim with its position, or of two tensors."""
    def maximum(self, other: Tensor | _float, *, out: Tensor | None = None) -> Tensor:
        """Larger of two elements. NaN if either is."""
    def mean(self, dim: _int | Sequence[_int] | None = None, keepdim: _bool = False, *, dtype: DType | None = None, out: Tensor | None = None, **numpy: Any) -> Tensor:
        """Average of the elements along one or more dims."""
    def median(self, *arguments: Any, **options: Any) -> Any:
        """The lower of the middle elements, of the whole tensor or along a dim; NaN if there is one."""
    def min(self, *arguments: Any, **options: Any) -> Any:
        """Smallest element of the whole tensor, along a dim with its position, or of two tensors."""
    def minimum(self, other: Tensor | _float, *, out: Tensor | None = None) -> Tensor:
        """Smaller of two elements. NaN if either is."""
    def mm(self, mat2: Tensor, *, out: Tensor | None = None) -> Tensor:
        """Product of two matrices."""
    def mode(self, dim: _int = -1, keepdim: _bool = False, *, out: Any = None, **numpy: Any) -> Any:
        """The smallest of the most frequent elements along a dim, and the last place where it stands."""
    def moveaxis(self, source: _int | Sequence[_int], destination: _int | Sequence[_int]) -> Tensor:
        """Some dims moved to new places, the others kept in order."""
    def movedim(self, source: _int | Sequence[_int], destination: _int | Sequence[_int]) -> Tensor:
        """Some dims moved to new places, the others kept in order."""
    def msort(self) -> Tensor:
        """The elements of the first dim in order."""
    def mul(self, other: Tensor | _float, *, out: Tensor | None = None) -> Tensor:
        """Product of two tensors, element by element."""
    def mul_(self, other: Tensor | _float) -> Tensor:
        """Product of two tensors, element by element."""
    def multinomial(self, num_samples: _int, replacement: _bool = False, *, generator: Any = None, out: Tensor | None = None) -> Tensor:
        """Places drawn with the probabilities that the weights in each row have."""
    def multiply(self, other: Tensor | _float, *, out: Tensor | None = None) -> Tensor:
        """Product of two tensors, element by element."""
    def multiply_(self, other: Tensor | _float) -> Tensor:
        """Product of two tensors, element by element."""
    def mv(self, vec: Tensor, *, out: Tensor | None = None) -> Tensor:
        """Product of a matrix and a vector."""
    def mvlgamma(self, p: _int, *, out: Tensor | None = None) -> Tensor:
        """Logarithm of the multivariate gamma function of dimension p."""
    def mvlgamma_(self, p: _int) -> Tensor:
        """Logarithm of the multivariate gamma function of dimension p."""
    def nan_to_num(self, nan: _float = 0.0, posinf: _float | None = None, neginf: _float | None = None, *, out: Tensor | None = None) -> Tensor:
        """The elements with NaN and the infinities replaced by numbers."""
    def nan_to_num_(self, nan: _float = 0.0, posinf: _float | None = None, neginf: _float | None = None) -> Tensor:
        """The elements with NaN and the infinities replaced by numbers."""
    def nanmean(self, dim: _int | Sequence[_int] | None = None, keepdim: _bool = False, *, dtype: DType | None = None, out: Tensor | None = None, **numpy: Any) -> Tensor:
        """Average of the elements along one or more dims that are not NaN."""
    def nanmedian(self, *arguments: Any, **options: Any) -> Any:
        """The lower of the middle elements, of the whole tensor or along a dim, without regard to NaN."""
    def nanquantile(self, q: Any, dim: _int | None = None, keepdim: _bool = False, *, interpolation: str = 'linear', out: Tensor | None = None) -> Tensor:
        """Quantiles along a dim, without regard to NaN."""
    def nansum(self, dim: _int | Sequence[_int] | None = None, keepdim: _bool = False, *, dtype: DType | None = None, out: Tensor | None = None, **numpy: Any) -> Tensor:
        """Sum of the elements along one or more dims, NaN counted as zero."""
    def narrow(self, dim: _int, start: Any, length: _int) -> Tensor:
        """A run of places along a dim."""
    def narrow_copy(self, dim: _int, start: _int, length: _int) -> Tensor:
        """A copy of a run of places along a dim."""
    def ne(self, other: Tensor | _float, *, out: Tensor | None = None) -> Tensor:
        """Whether elements differ."""
    def ne_(self, other: Tensor | _float) -> Tensor:
        """Whether elements differ."""
    def neg(self, *, out: Tensor | None = None) -> Tensor:
        """Element with the opposite sign."""
    def neg_(self) -> Tensor:
        """Element with the opposite sign."""
    def negative(self, *, out: Tensor | None = None) -> Tensor:
        """Element with the opposite sign."""
    def negative_(self) -> Tensor:
        """Element with the opposite sign."""
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
    def nextafter(self, other: Tensor | _float, *, out: Tensor | None = None) -> Tensor:
        """Next number of the same dtype on the way from the first element to the second."""
    def nextafter_(self, other: Tensor | _float) -> Tensor:
        """Next number of the same dtype on the way from the first element to the second."""
    def nonzero(self, *, out: Tensor | None = None, as_tuple: _bool = False) -> Any:
        """Places of the elements that are not zero: rows of numbers, or one tensor for each dim."""
    def norm(self, *arguments: Any, **options: Any) -> Any:
        """Length of the elements along one or more dims, as the root of the sum of their powers."""
    def normal_(self, mean: _float = 0.0, std: _float = 1.0, *, generator: Any = None) -> Tensor:
        """Fills the tensor with numbers drawn from a normal distribution."""
    def not_equal(self, other: Tensor | _float, *, out: Tensor | None = None) -> Tensor:
        """Whether elements differ."""
    def not_equal_(self, other: Tensor | _float) -> Tensor:
        """Whether elements differ."""
    def numpy(self, *, force: Any = False) -> Any: ...
    def outer(self, vec2: Tensor, *, out: Tensor | None = None) -> Tensor:
        """All products of an element of one vector and an element of the other."""
    def permute(self, *dims: Any) -> Tensor:
        """All dims in a new order."""
    def pin_memory(self, device: Any = None) -> Tensor:
        """The tensor in pinned memory of the host, from which copies need not wait; itself if it is."""
    def polygamma(self, n: Any) -> Any: ...
    def polygamma_(self, n: Any) -> Any: ...
    def positive(self, *, out: Tensor | None = None) -> Tensor:
        """The element itself."""
    def pow(self, exponent: Tensor | _float, *, out: Tensor | None = None) -> Tensor:
        """First argument raised to the power of the second."""
    def pow_(self, exponent: Tensor | _float) -> Tensor:
        """First argument raised to the power of the second."""
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
    def rad2deg(self, *, out: Tensor | None = None) -> Tensor:
        """Angle in degrees, given in radians."""
    def rad2deg_(self) -> Tensor:
        """Angle in degrees, given in radians."""
    def random_(self, a: Any = None, b: Any = None, *, generator: Any = None, **bounds: Any) -> Tensor:
        """Fills the tensor with whole numbers drawn evenly from [from, to)."""
    def ravel(self) -> Tensor:
        """All elements in one dim."""
    @property
    def real(self) -> Tensor: ...
    def reciprocal(self, *, out: Tensor | None = None) -> Tensor:
        """One divided by each element."""
    def reciprocal_(self) -> Tensor:
        """One divided by each element."""
    def record_stream(self, stream: Any) -> None:
        """Another stream uses the memory, too: it is given out again only when that has done so."""
    def register_hook(self, hook: Callable[[Tensor], Tensor | None]) -> Any:
        """Registers `hook(grad) -> Tensor or None`, called when the gradient of the tensor is known."""
    def register_post_accumulate_grad_hook(self, hook: Callable[[Tensor], None]) -> Any:
        """Registers `hook(leaf)`, called after `.grad` of the leaf was written."""
    def relu(self, *, out: Tensor | None = None) -> Tensor:
        """The identity for positive elements, zero for the others."""
    def relu_(self) -> Tensor:
        """The identity for positive elements, zero for the others."""
    def remainder(self, other: Tensor | _float, *, out: Tensor | None = None) -> Tensor:
        """What is left after division rounded down, with the sign of the divisor."""
    def remainder_(self, other: Tensor | _float) -> Tensor:
        """What is left after division rounded down, with the sign of the divisor."""
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
    def rsqrt(self, *, out: Tensor | None = None) -> Tensor:
        """Reciprocal of the square root."""
    def rsqrt_(self) -> Tensor:
        """Reciprocal of the square root."""
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
    def select(self, dim: _int, index: _int) -> Tensor:
        """One place of a dim, which goes away."""
    def select_scatter(self, src: Tensor, dim: _int, index: _int) -> Tensor:
        """A copy of the tensor with `src` written to one place of a dim."""
    def set_(self, source: Any = None, storage_offset: _int = 0, size: Any = None, stride: Any = None) -> Tensor:
        """The tensor itself over the memory of `source`, a tensor or a storage."""
    def sgn(self, *, out: Tensor | None = None) -> Tensor:
        """One for positive elements, minus one for negative ones, zero for zero."""
    def sgn_(self) -> Tensor:
        """One for positive elements, minus one for negative ones, zero for zero."""
    def share_memory_(self) -> Any: ...
    def short(self, memory_format: Any = None) -> Tensor:
        """The tensor with dtype int16."""
    def sigmoid(self, *, out: Tensor | None = None) -> Tensor:
        """Logistic function. Squashes the real line into the open interval (0, 1)."""
    def sigmoid_(self) -> Tensor:
        """Logistic function. Squashes the real line into the open interval (0, 1)."""
    def sign(self, *, out: Tensor | None = None) -> Tensor:
        """One for positive elements, minus one for negative ones, zero for zero."""
    def sign_(self) -> Tensor:
        """One for positive elements, minus one for negative ones, zero for zero."""
    def signbit(self, *, out: Tensor | None = None) -> Tensor:
        """Whether the sign of an element is minus, that of minus zero included."""
    def sin(self, *, out: Tensor | None = None) -> Tensor:
        """Sine of an angle in radians."""
    def sin_(self) -> Tensor:
        """Sine of an angle in radians."""
    def sinc(self, *, out: Tensor | None = None) -> Tensor:
        """Sine of pi times the element, divided by pi times the element."""
    def sinc_(self) -> Tensor:
        """Sine of pi times the element, divided by pi times the element."""
    def sinh(self, *, out: Tensor | None = None) -> Tensor:
        """Hyperbolic sine."""
    def sinh_(self) -> Tensor:
        """Hyperbolic sine."""
    def slice_scatter(self, src: Tensor, dim: _int = 0, start: Any = None, end: Any = None, step: _int = 1) -> Tensor:
        """A copy of the tensor with `src` written to a slice of a dim."""
    def softmax(self, dim: _int, dtype: DType | None = None, *, out: Tensor | None = None) -> Tensor:
        """Exponentials normalized to sum to one along a dim."""
    def sort(self, dim: _int = -1, descending: _bool = False, *, stable: _bool = False, out: Any = None, **numpy: Any) -> Any:
        """The elements of a dim in order, NaN last, and where they were."""
    def split(self, split_size_or_sections: Any, dim: _int = 0) -> tuple[Tensor, ...]:
        """Views of parts of a dim: of one size (the last may be smaller), or of given sizes."""
    def split_with_sizes(self, split_size_or_sections: Any, dim: _int = 0) -> tuple[Tensor, ...]:
        """Views of parts of a dim: of one size (the last may be smaller), or of given sizes."""
    def sqrt(self, *, out: Tensor | None = None) -> Tensor:
        """Non-negative number whose square is the element."""
    def sqrt_(self) -> Tensor:
        """Non-negative number whose square is the element."""
    def square(self, *, out: Tensor | None = None) -> Tensor:
        """Each element times itself."""
    def square_(self) -> Tensor:
        """Each element times itself."""
    def squeeze(self, dim: _int | Sequence[_int] | None = None, **numpy: Any) -> Tensor:
        """Without the dims of extent one, or without those of them that are named."""
    def squeeze_(self, dim: _int | Sequence[_int] | None = None) -> Tensor:
        """Without the dims of extent one, or without those of them that are named."""
    def std(self, *arguments: Any, **options: Any) -> Any:
        """Root of the mean squared distance of the elements from their mean."""
    def sub(self, other: Tensor | _float, *, alpha: _float = 1, out: Tensor | None = None) -> Tensor:
        """Difference of two tensors, the second one scaled."""
    def sub_(self, other: Tensor | _float, *, alpha: _float = 1) -> Tensor:
        """Difference of two tensors, the second one scaled."""
    def subtract(self, other: Tensor | _float, *, alpha: _float = 1, out: Tensor | None = None) -> Tensor:
        """Difference of two tensors, the second one scaled."""
    def subtract_(self, other: Tensor | _float, *, alpha: _float = 1) -> Tensor:
        """Difference of two tensors, the second one scaled."""
    def sum(self, dim: _int | Sequence[_int] | None = None, keepdim: _bool = False, *, dtype: DType | None = None, out: Tensor | None = None, **numpy: Any) -> Tensor:
        """Sum of the elements along one or more dims."""
    def sum_to_size(self, *size: Any) -> Tensor:
        """The tensor summed to a shape that broadcasts to its own."""
    def swapaxes(self, axis0: _int, axis1: _int) -> Tensor:
        """Two dims exchanged, under NumPy's name."""
    def swapaxes_(self, axis0: _int, axis1: _int) -> Tensor:
        """Two dims exchanged, under NumPy's name."""
    def swapdims(self, dim0: _int, dim1: _int) -> Tensor:
        """Two dims exchanged."""
    def swapdims_(self, dim0: _int, dim1: _int) -> Tensor:
        """Two dims exchanged."""
    def t(self) -> Tensor:
        """The transpose of a matrix. A vector or a scalar stays as it is."""
    def t_(self) -> Tensor:
        """The transpose of a matrix. A vector or a scalar stays as it is."""
    def take(self, index: Tensor, *, out: Tensor | None = None) -> Tensor:
        """Elements of the flattened tensor. Negative numbers count from the end."""
    def take_along_dim(self, indices: Tensor, dim: _int | None = None) -> Tensor:
        """Elements along a dim chosen by an index tensor that broadcasts over the others."""
    def tan(self, *, out: Tensor | None = None) -> Tensor:
        """Tangent of an angle in radians."""
    def tan_(self) -> Tensor:
        """Tangent of an angle in radians."""
    def tanh(self, *, out: Tensor | None = None) -> Tensor:
        """Hyperbolic tangent. Squashes the real line into the open interval (-1, 1)."""
    def tanh_(self) -> Tensor:
        """Hyperbolic tangent. Squashes the real line into the open interval (-1, 1)."""
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
    def trace(self, *, out: Tensor | None = None) -> Tensor:
        """Sum of the main diagonal of a matrix."""
    def transpose(self, dim0: _int, dim1: _int) -> Tensor:
        """Two dims exchanged."""
    def transpose_(self, dim0: _int, dim1: _int) -> Tensor:
        """Two dims exchanged."""
    def tril(self, diagonal: _int = 0, *, out: Tensor | None = None) -> Tensor:
        """The elements on and below a diagonal, zeros above."""
    def tril_(self, diagonal: _int = 0) -> Tensor:
        """The elements on and below a diagonal, zeros above."""
    def triu(self, diagonal: _int = 0, *, out: Tensor | None = None) -> Tensor:
        """The elements on and above a diagonal, zeros below."""
    def triu_(self, diagonal: _int = 0) -> Tensor:
        """The elements on and above a diagonal, zeros below."""
    def true_divide(self, other: Tensor | _float, *, out: Tensor | None = None) -> Tensor:
        """Quotient of two tensors, always exact."""
    def true_divide_(self, other: Tensor | _float) -> Tensor:
        """Quotient of two tensors, always exact."""
    def trunc(self, *, out: Tensor | None = None) -> Tensor:
        """Element without its fractional part."""
    def trunc_(self) -> Tensor:
        """Element without its fractional part."""
    def type(self, dtype: Any = None, non_blocking: _bool = False) -> Any:
        """The name of the tensor's type; or the tensor with another dtype."""
    def type_as(self, other: Tensor) -> Tensor:
        """The tensor with the dtype and on the device of another."""
    def unbind(self, dim: _int = 0) -> tuple[Tensor, ...]:
        """The slices along a dim, without it."""
    def unflatten(self, dim: _int, sizes: Any) -> Tensor:
        """One dim split into several."""
    def unfold(self, dimension: _int, size: _int, step: _int) -> Tensor:
        """All windows of a dim, a given step apart, as a new last dim."""
    def uniform_(self, a: Any = 0.0, b: Any = 1.0, *, generator: Any = None, **bounds: Any) -> Tensor:
        """Fills the tensor with numbers drawn evenly from [from, to)."""
    def unique(self, sorted: _bool = True, return_inverse: _bool = False, return_counts: _bool = False, dim: _int | None = None) -> Any:
        """The different elements (or slices of a dim) in order."""
    def unique_consecutive(self, return_inverse: _bool = False, return_counts: _bool = False, dim: _int | None = None) -> Any:
        """The elements (or slices of a dim) without repetitions of the one before."""
    def unsqueeze(self, dim: _int) -> Tensor:
        """With a new dim of extent one."""
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
    def xlogy(self, other: Tensor | _float, *, out: Tensor | None = None) -> Tensor:
        """First argument times the logarithm of the second, zero where the first is zero."""
    def xlogy_(self, other: Tensor | _float) -> Tensor:
        """First argument times the logarithm of the second, zero where the first is zero."""
    def zero_(self) -> Tensor:
        """The tensor itself, filled with 0."""
