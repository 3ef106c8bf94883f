"""Functions of the op registry. Written by `tools.generate`; do not edit."""

from __future__ import annotations

from math import inf, nan
from typing import Any

from ..ops.op import REQUIRED
from .dispatch import call
from .dispatch import inplace as write_back
from .overloads import numpy_names, overloaded, overloaded_inplace
from .results import named
from .views import inplace_view


def relu(input: Any, *, out: Any = None) -> Any:
    """The identity for positive elements, zero for the others."""
    return call('relu', (input,), (), out=out)


def relu_(input: Any) -> Any:
    """The identity for positive elements, zero for the others."""
    return write_back('relu', (input,), ())


def functional_relu(input: Any, inplace: Any = False) -> Any:
    """The identity for positive elements, zero for the others."""
    return (write_back if inplace else call)('relu', (input,), ())


def relu6(input: Any, *, out: Any = None) -> Any:
    """The elements brought into the range from 0 to 6."""
    return call('relu6', (input,), (), out=out)


def relu6_(input: Any) -> Any:
    """The elements brought into the range from 0 to 6."""
    return write_back('relu6', (input,), ())


def functional_relu6(input: Any, inplace: Any = False) -> Any:
    """The elements brought into the range from 0 to 6."""
    return (write_back if inplace else call)('relu6', (input,), ())


def hardtanh(input: Any, min_val: Any = -1.0, max_val: Any = 1.0, *, out: Any = None) -> Any:
    """The elements brought into a range, at whose ends the slope is zero.

    Args:
        min_val: lower end
        max_val: upper end
    """
    return call('hardtanh', (input,), (min_val, max_val), out=out)


def hardtanh_(input: Any, min_val: Any = -1.0, max_val: Any = 1.0) -> Any:
    """The elements brought into a range, at whose ends the slope is zero.

    Args:
        min_val: lower end
        max_val: upper end
    """
    return write_back('hardtanh', (input,), (min_val, max_val))


def functional_hardtanh(input: Any, min_val: Any = -1.0, max_val: Any = 1.0, inplace: Any = False) -> Any:
    """The elements brought into a range, at whose ends the slope is zero.

    Args:
        min_val: lower end
        max_val: upper end
    """
    return (write_back if inplace else call)('hardtanh', (input,), (min_val, max_val))


def threshold(input: Any, threshold: Any, value: Any, *, out: Any = None) -> Any:
    """The elements above a threshold, another value instead of the rest.

    Args:
        threshold: what an element must exceed to stay
        value: what the others become
    """
    return call('threshold', (input,), (threshold, value), out=out)


def threshold_(input: Any, threshold: Any, value: Any) -> Any:
    """The elements above a threshold, another value instead of the rest.

    Args:
        threshold: what an element must exceed to stay
        value: what the others become
    """
    return write_back('threshold', (input,), (threshold, value))


def functional_threshold(input: Any, threshold: Any, value: Any, inplace: Any = False) -> Any:
    """The elements above a threshold, another value instead of the rest.

    Args:
        threshold: what an element must exceed to stay
        value: what the others become
    """
    return (write_back if inplace else call)('threshold', (input,), (threshold, value))


def hardshrink(input: Any, lambd: Any = 0.5, *, out: Any = None) -> Any:
    """The elements further from zero than a threshold, zero instead of the rest.

    Args:
        lambd: the threshold
    """
    return call('hardshrink', (input,), (lambd,), out=out)


def softshrink(input: Any, lambd: Any = 0.5, *, out: Any = None) -> Any:
    """The elements moved toward zero by a threshold, and not beyond it.

    Args:
        lambd: the threshold
    """
    return call('softshrink', (input,), (lambd,), out=out)


def leaky_relu(input: Any, negative_slope: Any = 0.01, *, out: Any = None) -> Any:
    """The identity for positive elements, a gentle slope for the others.

    Args:
        negative_slope: slope for negative elements
    """
    return call('leaky_relu', (input,), (negative_slope,), out=out)


def leaky_relu_(input: Any, negative_slope: Any = 0.01) -> Any:
    """The identity for positive elements, a gentle slope for the others.

    Args:
        negative_slope: slope for negative elements
    """
    return write_back('leaky_relu', (input,), (negative_slope,))


def functional_leaky_relu(input: Any, negative_slope: Any = 0.01, inplace: Any = False) -> Any:
    """The identity for positive elements, a gentle slope for the others.

    Args:
        negative_slope: slope for negative elements
    """
    return (write_back if inplace else call)('leaky_relu', (input,), (negative_slope,))


def prelu(*arguments: Any, **options: Any) -> Any:
    """The identity for positive elements, a learned slope for the others.

    Args:
        weight: slope for negative elements
    """
    return overloaded('prelu', arguments, options)


def elu(input: Any, alpha: Any = 1.0, *, out: Any = None) -> Any:
    """The identity for positive elements, an exponential that tends to a constant for the others.

    Args:
        alpha: minus the limit for very negative elements
    """
    return call('elu', (input,), (alpha,), out=out)


def elu_(input: Any, alpha: Any = 1.0) -> Any:
    """The identity for positive elements, an exponential that tends to a constant for the others.

    Args:
        alpha: minus the limit for very negative elements
    """
    return write_back('elu', (input,), (alpha,))


def functional_elu(input: Any, alpha: Any = 1.0, inplace: Any = False) -> Any:
    """The identity for positive elements, an exponential that tends to a constant for the others.

    Args:
        alpha: minus the limit for very negative elements
    """
    return (write_back if inplace else call)('elu', (input,), (alpha,))


def selu(input: Any, *, out: Any = None) -> Any:
    """Scaled elu whose constants keep zero mean and unit variance from layer to layer."""
    return call('selu', (input,), (), out=out)


def selu_(input: Any) -> Any:
    """Scaled elu whose constants keep zero mean and unit variance from layer to layer."""
    return write_back('selu', (input,), ())


def functional_selu(input: Any, inplace: Any = False) -> Any:
    """Scaled elu whose constants keep zero mean and unit variance from layer to layer."""
    return (write_back if inplace else call)('selu', (input,), ())


def celu(input: Any, alpha: Any = 1.0, *, out: Any = None) -> Any:
    """Elu whose slope has no step, whatever its limit is.

    Args:
        alpha: minus the limit for very negative elements
    """
    return call('celu', (input,), (alpha,), out=out)


def celu_(input: Any, alpha: Any = 1.0) -> Any:
    """Elu whose slope has no step, whatever its limit is.

    Args:
        alpha: minus the limit for very negative elements
    """
    return write_back('celu', (input,), (alpha,))


def functional_celu(input: Any, alpha: Any = 1.0, inplace: Any = False) -> Any:
    """Elu whose slope has no step, whatever its limit is.

    Args:
        alpha: minus the limit for very negative elements
    """
    return (write_back if inplace else call)('celu', (input,), (alpha,))


def sigmoid(input: Any, *, out: Any = None) -> Any:
    """Logistic function. Squashes the real line into the open interval (0, 1)."""
    return call('sigmoid', (input,), (), out=out)


def sigmoid_(input: Any) -> Any:
    """Logistic function. Squashes the real line into the open interval (0, 1)."""
    return write_back('sigmoid', (input,), ())


def functional_sigmoid(input: Any, inplace: Any = False) -> Any:
    """Logistic function. Squashes the real line into the open interval (0, 1)."""
    return (write_back if inplace else call)('sigmoid', (input,), ())


def logsigmoid(input: Any, *, out: Any = None) -> Any:
    """Logarithm of sigmoid, safe from overflow."""
    return call('logsigmoid', (input,), (), out=out)


def hardsigmoid(input: Any, *, out: Any = None) -> Any:
    """Piecewise linear approximation of sigmoid."""
    return call('hardsigmoid', (input,), (), out=out)


def functional_hardsigmoid(input: Any, inplace: Any = False) -> Any:
    """Piecewise linear approximation of sigmoid."""
    return (write_back if inplace else call)('hardsigmoid', (input,), ())


def softsign(input: Any, *, out: Any = None) -> Any:
    """The element divided by one plus its size."""
    return call('softsign', (input,), (), out=out)


def tanhshrink(input: Any, *, out: Any = None) -> Any:
    """The element minus its hyperbolic tangent."""
    return call('tanhshrink', (input,), (), out=out)


def softplus(input: Any, beta: Any = 1, threshold: Any = 20, *, out: Any = None) -> Any:
    """Smooth approximation of relu.

    Args:
        beta: how sharp the bend is
        threshold: where beta times the element exceeds it, the identity is used
    """
    return call('softplus', (input,), (beta, threshold), out=out)


def silu(input: Any, *, out: Any = None) -> Any:
    """The element times its sigmoid."""
    return call('silu', (input,), (), out=out)


def functional_silu(input: Any, inplace: Any = False) -> Any:
    """The element times its sigmoid."""
    return (write_back if inplace else call)('silu', (input,), ())


def hardswish(input: Any, *, out: Any = None) -> Any:
    """The element times its hardsigmoid."""
    return call('hardswish', (input,), (), out=out)


def functional_hardswish(input: Any, inplace: Any = False) -> Any:
    """The element times its hardsigmoid."""
    return (write_back if inplace else call)('hardswish', (input,), ())


def mish(input: Any, *, out: Any = None) -> Any:
    """The element times the hyperbolic tangent of its softplus."""
    return call('mish', (input,), (), out=out)


def functional_mish(input: Any, inplace: Any = False) -> Any:
    """The element times the hyperbolic tangent of its softplus."""
    return (write_back if inplace else call)('mish', (input,), ())


def gelu(input: Any, *, approximate: Any = None, out: Any = None) -> Any:
    """The element times the chance that a standard normal deviate is at most as large.

    Args:
        approximate: exact, or with a hyperbolic tangent for the chance
    """
    return call('gelu', (input,), (approximate,), out=out)


def glu(input: Any, dim: Any = -1, *, out: Any = None, **numpy: Any) -> Any:
    """First half of the elements along a dim times the sigmoid of the second half.

    Args:
        dim: dim to halve
    """
    if numpy:
        dim, = numpy_names('glu', numpy, dim=dim)
    return call('glu', (input,), (dim,), out=out)


def flip(input: Any, *dims: Any) -> Any:
    """The elements of some dims in reverse order.

    Args:
        dims: all of them are reversed
    """
    if len(dims) == 1 and isinstance(dims[0], (tuple, list)):
        dims = tuple(dims[0])
    return call('flip', (input,), (dims,))


def fliplr(input: Any, *, out: Any = None) -> Any:
    """The columns in reverse order."""
    return call('fliplr', (input,), (), out=out)


def flipud(input: Any, *, out: Any = None) -> Any:
    """The rows in reverse order."""
    return call('flipud', (input,), (), out=out)


def tril(input: Any, diagonal: Any = 0, *, out: Any = None) -> Any:
    """The elements on and below a diagonal, zeros above.

    Args:
        diagonal: above the main diagonal if positive
    """
    return call('tril', (input,), (diagonal,), out=out)


def tril_(input: Any, diagonal: Any = 0) -> Any:
    """The elements on and below a diagonal, zeros above.

    Args:
        diagonal: above the main diagonal if positive
    """
    return write_back('tril', (input,), (diagonal,))


def triu(input: Any, diagonal: Any = 0, *, out: Any = None) -> Any:
    """The elements on and above a diagonal, zeros below.

    Args:
        diagonal: above the main diagonal if positive
    """
    return call('triu', (input,), (diagonal,), out=out)


def triu_(input: Any, diagonal: Any = 0) -> Any:
    """The elements on and above a diagonal, zeros below.

    Args:
        diagonal: above the main diagonal if positive
    """
    return write_back('triu', (input,), (diagonal,))


def trace(input: Any, *, out: Any = None) -> Any:
    """Sum of the main diagonal of a matrix."""
    return call('trace', (input,), (), out=out)


def pixel_shuffle(input: Any, upscale_factor: Any, *, out: Any = None) -> Any:
    """Blocks of channels laid out as finer pixels."""
    return call('pixel_shuffle', (input,), (upscale_factor,), out=out)


def pixel_unshuffle(input: Any, downscale_factor: Any, *, out: Any = None) -> Any:
    """Fine pixels gathered into blocks of channels."""
    return call('pixel_unshuffle', (input,), (downscale_factor,), out=out)


def channel_shuffle(input: Any, groups: Any, *, out: Any = None) -> Any:
    """The channels of the groups dealt out in turn."""
    return call('channel_shuffle', (input,), (groups,), out=out)


def clone(input: Any, *, out: Any = None) -> Any:
    """A copy with memory of its own."""
    return call('clone', (input,), (), out=out)


def eq(input: Any, other: Any, *, out: Any = None) -> Any:
    """Whether elements are equal."""
    return call('eq', (input, other), (), out=out)


def eq_(input: Any, other: Any) -> Any:
    """Whether elements are equal."""
    return write_back('eq', (input, other), ())


def ne(input: Any, other: Any, *, out: Any = None) -> Any:
    """Whether elements differ."""
    return call('ne', (input, other), (), out=out)


def ne_(input: Any, other: Any) -> Any:
    """Whether elements differ."""
    return write_back('ne', (input, other), ())


def lt(input: Any, other: Any, *, out: Any = None) -> Any:
    """Whether the first element is less than the second."""
    return call('lt', (input, other), (), out=out)


def lt_(input: Any, other: Any) -> Any:
    """Whether the first element is less than the second."""
    return write_back('lt', (input, other), ())


def le(input: Any, other: Any, *, out: Any = None) -> Any:
    """Whether the first element is at most the second."""
    return call('le', (input, other), (), out=out)


def le_(input: Any, other: Any) -> Any:
    """Whether the first element is at most the second."""
    return write_back('le', (input, other), ())


def gt(input: Any, other: Any, *, out: Any = None) -> Any:
    """Whether the first element is greater than the second."""
    return call('gt', (input, other), (), out=out)


def gt_(input: Any, other: Any) -> Any:
    """Whether the first element is greater than the second."""
    return write_back('gt', (input, other), ())


def ge(input: Any, other: Any, *, out: Any = None) -> Any:
    """Whether the first element is at least the second."""
    return call('ge', (input, other), (), out=out)


def ge_(input: Any, other: Any) -> Any:
    """Whether the first element is at least the second."""
    return write_back('ge', (input, other), ())


def isclose(input: Any, other: Any, rtol: Any = 1e-05, atol: Any = 1e-08, equal_nan: Any = False, *, out: Any = None) -> Any:
    """Whether elements are equal up to an absolute and a relative error.

    Args:
        rtol: error allowed per unit of `other`
        atol: error allowed in any case
        equal_nan: whether two NaNs are equal
    """
    return call('isclose', (input, other), (rtol, atol, equal_nan), out=out)


def maximum(input: Any, other: Any, *, out: Any = None) -> Any:
    """Larger of two elements. NaN if either is."""
    return call('maximum', (input, other), (), out=out)


def minimum(input: Any, other: Any, *, out: Any = None) -> Any:
    """Smaller of two elements. NaN if either is."""
    return call('minimum', (input, other), (), out=out)


def fmax(input: Any, other: Any, *, out: Any = None) -> Any:
    """Larger of two elements, the other one where one is NaN."""
    return call('fmax', (input, other), (), out=out)


def fmin(input: Any, other: Any, *, out: Any = None) -> Any:
    """Smaller of two elements, the other one where one is NaN."""
    return call('fmin', (input, other), (), out=out)


def matmul(input: Any, other: Any, *, out: Any = None) -> Any:
    """Matrix product over the last two dims. Leading dims broadcast, and a 1-d operand is a row on the left, a column on the right."""
    return call('matmul', (input, other), (), out=out)


def mm(input: Any, mat2: Any, *, out: Any = None) -> Any:
    """Product of two matrices."""
    return call('mm', (input, mat2), (), out=out)


def bmm(input: Any, mat2: Any, *, out: Any = None) -> Any:
    """Products of the matrices of two batches, pair by pair."""
    return call('bmm', (input, mat2), (), out=out)


def linear(input: Any, weight: Any, bias: Any = None, *, out: Any = None) -> Any:
    """Affine map of the last dim, with one row of weight for each output feature."""
    return call('linear', (input, weight, bias), (), out=out)


def mv(input: Any, vec: Any, *, out: Any = None) -> Any:
    """Product of a matrix and a vector."""
    return call('mv', (input, vec), (), out=out)


def dot(input: Any, tensor: Any, *, out: Any = None) -> Any:
    """Scalar product of two vectors."""
    return call('dot', (input, tensor), (), out=out)


def inner(input: Any, other: Any, *, out: Any = None) -> Any:
    """Scalar products of every row of one tensor with every row of the other."""
    return call('inner', (input, other), (), out=out)


def outer(input: Any, vec2: Any, *, out: Any = None) -> Any:
    """All products of an element of one vector and an element of the other."""
    return call('outer', (input, vec2), (), out=out)


def kron(input: Any, other: Any, *, out: Any = None) -> Any:
    """Kronecker product of two matrices, each element of the first times the whole second."""
    return call('kron', (input, other), (), out=out)


def addmm(input: Any, mat1: Any, mat2: Any, *, beta: Any = 1, alpha: Any = 1, out: Any = None) -> Any:
    """Product of two matrices added to a matrix, each with a factor. With beta zero the matrix is not read.

    Args:
        beta: factor of input
        alpha: factor of the product
    """
    return call('addmm', (input, mat1, mat2), (beta, alpha), out=out)


def addmm_(input: Any, mat1: Any, mat2: Any, *, beta: Any = 1, alpha: Any = 1) -> Any:
    """Product of two matrices added to a matrix, each with a factor. With beta zero the matrix is not read.

    Args:
        beta: factor of input
        alpha: factor of the product
    """
    return write_back('addmm', (input, mat1, mat2), (beta, alpha))


def addmv(input: Any, mat: Any, vec: Any, *, beta: Any = 1, alpha: Any = 1, out: Any = None) -> Any:
    """Product of a matrix and a vector added to a vector, each with a factor.

    Args:
        beta: factor of input
        alpha: factor of the product
    """
    return call('addmv', (input, mat, vec), (beta, alpha), out=out)


def addmv_(input: Any, mat: Any, vec: Any, *, beta: Any = 1, alpha: Any = 1) -> Any:
    """Product of a matrix and a vector added to a vector, each with a factor.

    Args:
        beta: factor of input
        alpha: factor of the product
    """
    return write_back('addmv', (input, mat, vec), (beta, alpha))


def addr(input: Any, vec1: Any, vec2: Any, *, beta: Any = 1, alpha: Any = 1, out: Any = None) -> Any:
    """Outer product of two vectors added to a matrix, each with a factor.

    Args:
        beta: factor of input
        alpha: factor of the product
    """
    return call('addr', (input, vec1, vec2), (beta, alpha), out=out)


def addr_(input: Any, vec1: Any, vec2: Any, *, beta: Any = 1, alpha: Any = 1) -> Any:
    """Outer product of two vectors added to a matrix, each with a factor.

    Args:
        beta: factor of input
        alpha: factor of the product
    """
    return write_back('addr', (input, vec1, vec2), (beta, alpha))


def baddbmm(input: Any, batch1: Any, batch2: Any, *, beta: Any = 1, alpha: Any = 1, out: Any = None) -> Any:
    """Products of the matrices of two batches added to a batch of matrices, each with a factor.

    Args:
        beta: factor of input
        alpha: factor of the product
    """
    return call('baddbmm', (input, batch1, batch2), (beta, alpha), out=out)


def baddbmm_(input: Any, batch1: Any, batch2: Any, *, beta: Any = 1, alpha: Any = 1) -> Any:
    """Products of the matrices of two batches added to a batch of matrices, each with a factor.

    Args:
        beta: factor of input
        alpha: factor of the product
    """
    return write_back('baddbmm', (input, batch1, batch2), (beta, alpha))


def addbmm(input: Any, batch1: Any, batch2: Any, *, beta: Any = 1, alpha: Any = 1, out: Any = None) -> Any:
    """Sum of the products of the matrices of two batches, added to a matrix, each with a factor.

    Args:
        beta: factor of input
        alpha: factor of the sum
    """
    return call('addbmm', (input, batch1, batch2), (beta, alpha), out=out)


def addbmm_(input: Any, batch1: Any, batch2: Any, *, beta: Any = 1, alpha: Any = 1) -> Any:
    """Sum of the products of the matrices of two batches, added to a matrix, each with a factor.

    Args:
        beta: factor of input
        alpha: factor of the sum
    """
    return write_back('addbmm', (input, batch1, batch2), (beta, alpha))


def bilinear(input1: Any, input2: Any, weight: Any, bias: Any = None, *, out: Any = None) -> Any:
    """A form for each output feature that is linear in both of two inputs."""
    return call('bilinear', (input1, input2, weight, bias), (), out=out)


def conv1d(input: Any, weight: Any, bias: Any = None, stride: Any = 1, padding: Any = 0, dilation: Any = 1, groups: Any = 1, *, out: Any = None) -> Any:
    """Cross-correlation of signals with a bank of filters.

    Args:
        input: signals, channels first
        weight: F filters for each group
        bias: added to every output channel
        stride: step of the window
        padding: zeros added on both sides
        dilation: distance between filter taps
        groups: groups of channels that do not mix
    """
    return call('conv1d', (input, weight, bias), (stride, padding, dilation, groups), out=out)


def conv2d(input: Any, weight: Any, bias: Any = None, stride: Any = 1, padding: Any = 0, dilation: Any = 1, groups: Any = 1, *, out: Any = None) -> Any:
    """Cross-correlation of images with a bank of filters.

    Args:
        input: images, channels first
        weight: F filters for each group
        bias: added to every output channel
        stride: step of the window
        padding: zeros added on both sides
        dilation: distance between filter taps
        groups: groups of channels that do not mix
    """
    return call('conv2d', (input, weight, bias), (stride, padding, dilation, groups), out=out)


def conv3d(input: Any, weight: Any, bias: Any = None, stride: Any = 1, padding: Any = 0, dilation: Any = 1, groups: Any = 1, *, out: Any = None) -> Any:
    """Cross-correlation of volumes with a bank of filters.

    Args:
        input: volumes, channels first
        weight: F filters for each group
        bias: added to every output channel
        stride: step of the window
        padding: zeros added on both sides
        dilation: distance between filter taps
        groups: groups of channels that do not mix
    """
    return call('conv3d', (input, weight, bias), (stride, padding, dilation, groups), out=out)


def conv_transpose1d(input: Any, weight: Any, bias: Any = None, stride: Any = 1, padding: Any = 0, output_padding: Any = 0, groups: Any = 1, dilation: Any = 1, *, out: Any = None) -> Any:
    """Every element of the input, spread out by the filters. The adjoint of conv1d as a layer of its own.

    Args:
        input: signals, channels first
        weight: F filters for each input channel
        bias: added to every output channel
        stride: distance of neighbours in the output
        padding: elements cut off on both sides
        output_padding: elements added at the far side
        groups: groups of channels that do not mix
        dilation: distance between filter taps
    """
    return call('conv_transpose1d', (input, weight, bias), (stride, padding, output_padding, groups, dilation), out=out)


def conv_transpose2d(input: Any, weight: Any, bias: Any = None, stride: Any = 1, padding: Any = 0, output_padding: Any = 0, groups: Any = 1, dilation: Any = 1, *, out: Any = None) -> Any:
    """Every element of the input, spread out by the filters. The adjoint of conv2d as a layer of its own.

    Args:
        input: images, channels first
        weight: F filters for each input channel
        bias: added to every output channel
        stride: distance of neighbours in the output
        padding: elements cut off on both sides
        output_padding: elements added at the far side
        groups: groups of channels that do not mix
        dilation: distance between filter taps
    """
    return call('conv_transpose2d', (input, weight, bias), (stride, padding, output_padding, groups, dilation), out=out)


def conv_transpose3d(input: Any, weight: Any, bias: Any = None, stride: Any = 1, padding: Any = 0, output_padding: Any = 0, groups: Any = 1, dilation: Any = 1, *, out: Any = None) -> Any:
    """Every element of the input, spread out by the filters. The adjoint of conv3d as a layer of its own.

    Args:
        input: volumes, channels first
        weight: F filters for each input channel
        bias: added to every output channel
        stride: distance of neighbours in the output
        padding: elements cut off on both sides
        output_padding: elements added at the far side
        groups: groups of channels that do not mix
        dilation: distance between filter taps
    """
    return call('conv_transpose3d', (input, weight, bias), (stride, padding, output_padding, groups, dilation), out=out)


def embedding(weight: Any, indices: Any, padding_idx: Any = -1, *, out: Any = None) -> Any:
    """Rows of weight chosen by index, as word vectors are looked up. The row padding_idx gets no cotangent.

    Args:
        indices: row numbers, each from 0 to V - 1
        padding_idx: row that is not trained; -1 for none
    """
    return call('embedding', (weight, indices), (padding_idx,), out=out)


def gather(input: Any, dim: Any, index: Any, *, out: Any = None) -> Any:
    """Elements along a dim chosen by an index tensor, each at its own place in the other dims.

    Args:
        index: places along dim, each from 0 to N - 1
    """
    return call('gather', (input, index), (dim,), out=out)


def take_along_dim(input: Any, indices: Any, dim: Any, *, out: Any = None) -> Any:
    """Elements along a dim chosen by an index tensor that broadcasts over the other dims.

    Args:
        indices: places along dim, each from 0 to N - 1
    """
    return call('take_along_dim', (input, indices), (dim,), out=out)


def index_select(input: Any, dim: Any, index: Any, *, out: Any = None) -> Any:
    """Slices of a dim chosen by a list of numbers.

    Args:
        index: places along dim, each from 0 to N - 1
    """
    return call('index_select', (input, index), (dim,), out=out)


def take(input: Any, index: Any, *, out: Any = None) -> Any:
    """Elements of the flattened tensor. Negative numbers count from the end."""
    return call('take', (input, index), (), out=out)


def scatter(*arguments: Any, **options: Any) -> Any:
    """The tensor with elements along a dim replaced, at places that an index tensor gives. Of several values for one place the last stays.

    Args:
        index: places along dim, each from 0 to N - 1
    """
    return overloaded('scatter', arguments, options)


def scatter_(*arguments: Any, **options: Any) -> Any:
    """The tensor with elements along a dim replaced, at places that an index tensor gives. Of several values for one place the last stays.

    Args:
        index: places along dim, each from 0 to N - 1
    """
    return overloaded_inplace('scatter', arguments, options)


def scatter_add(input: Any, dim: Any, index: Any, src: Any, *, out: Any = None) -> Any:
    """The tensor with values added along a dim, at places that an index tensor gives. Values for one place add up.

    Args:
        index: places along dim, each from 0 to N - 1
    """
    return call('scatter_add', (input, index, src), (dim,), out=out)


def scatter_add_(input: Any, dim: Any, index: Any, src: Any) -> Any:
    """The tensor with values added along a dim, at places that an index tensor gives. Values for one place add up.

    Args:
        index: places along dim, each from 0 to N - 1
    """
    return write_back('scatter_add', (input, index, src), (dim,))


def scatter_reduce(input: Any, dim: Any, index: Any, src: Any, reduce: Any, *, include_self: Any = True, out: Any = None) -> Any:
    """The tensor combined along a dim with the values that an index tensor sends to each place.

    Args:
        index: places along dim, each from 0 to N - 1
        include_self: the old element takes part where values arrive
    """
    return call('scatter_reduce', (input, index, src), (dim, reduce, include_self), out=out)


def scatter_reduce_(input: Any, dim: Any, index: Any, src: Any, reduce: Any, *, include_self: Any = True) -> Any:
    """The tensor combined along a dim with the values that an index tensor sends to each place.

    Args:
        index: places along dim, each from 0 to N - 1
        include_self: the old element takes part where values arrive
    """
    return write_back('scatter_reduce', (input, index, src), (dim, reduce, include_self))


def index_add(input: Any, dim: Any, index: Any, source: Any, *, alpha: Any = 1, out: Any = None) -> Any:
    """The tensor with slices added along a dim, at places that a list of numbers gives.

    Args:
        index: places along dim, each from 0 to N - 1
        alpha: factor of source
    """
    return call('index_add', (input, index, source), (dim, alpha), out=out)


def index_add_(input: Any, dim: Any, index: Any, source: Any, *, alpha: Any = 1) -> Any:
    """The tensor with slices added along a dim, at places that a list of numbers gives.

    Args:
        index: places along dim, each from 0 to N - 1
        alpha: factor of source
    """
    return write_back('index_add', (input, index, source), (dim, alpha))


def index_copy(input: Any, dim: Any, index: Any, source: Any, *, out: Any = None) -> Any:
    """The tensor with slices of a dim replaced, at places that a list of numbers gives.

    Args:
        index: places along dim, each from 0 to N - 1
    """
    return call('index_copy', (input, index, source), (dim,), out=out)


def index_copy_(input: Any, dim: Any, index: Any, source: Any) -> Any:
    """The tensor with slices of a dim replaced, at places that a list of numbers gives.

    Args:
        index: places along dim, each from 0 to N - 1
    """
    return write_back('index_copy', (input, index, source), (dim,))


def index_fill(input: Any, dim: Any, index: Any, value: Any, *, out: Any = None) -> Any:
    """The tensor with one number in some slices of a dim.

    Args:
        index: places along dim, each from 0 to N - 1
    """
    return call('index_fill', (input, index), (dim, value), out=out)


def index_fill_(input: Any, dim: Any, index: Any, value: Any) -> Any:
    """The tensor with one number in some slices of a dim.

    Args:
        index: places along dim, each from 0 to N - 1
    """
    return write_back('index_fill', (input, index), (dim, value))


def masked_scatter(input: Any, mask: Any, source: Any, *, out: Any = None) -> Any:
    """The tensor with elements replaced where the mask holds, by the elements of source in their order."""
    return call('masked_scatter', (input, mask, source), (), out=out)


def masked_scatter_(input: Any, mask: Any, source: Any) -> Any:
    """The tensor with elements replaced where the mask holds, by the elements of source in their order."""
    return write_back('masked_scatter', (input, mask, source), ())


def one_hot(input: Any, num_classes: Any, *, out: Any = None) -> Any:
    """Rows of zeros with a one at the place that the element gives.

    Args:
        num_classes: length of a row
    """
    return call('one_hot', (input,), (num_classes,), out=out)


def sort(input: Any, dim: Any = -1, descending: Any = False, *, stable: Any = False, out: Any = None, **numpy: Any) -> Any:
    """The elements of a dim in order, NaN last, and where they were.

    Args:
        stable: keep the order of equal elements, which is always done
    """
    if numpy:
        dim, = numpy_names('sort', numpy, dim=dim)
    return named('sort', ('values', 'indices'), call('sort', (input,), (dim, descending, stable), out=out))


def argsort(input: Any, dim: Any = -1, descending: Any = False, *, stable: Any = False, out: Any = None, **numpy: Any) -> Any:
    """The places of the elements of a dim in the order of the elements."""
    if numpy:
        dim, = numpy_names('argsort', numpy, dim=dim)
    return call('argsort', (input,), (dim, descending, stable), out=out)


def topk(input: Any, k: Any, dim: Any = -1, largest: Any = True, sorted: Any = True, *, out: Any = None, **numpy: Any) -> Any:
    """The k largest or smallest elements of a dim, in order, and where they were."""
    if numpy:
        dim, = numpy_names('topk', numpy, dim=dim)
    return named('topk', ('values', 'indices'), call('topk', (input,), (k, dim, largest, sorted), out=out))


def kthvalue(input: Any, k: Any, dim: Any = -1, keepdim: Any = False, *, out: Any = None, **numpy: Any) -> Any:
    """The k-th smallest element of a dim, and where it was.

    Args:
        k: counted from 1
    """
    if numpy:
        dim, keepdim = numpy_names('kthvalue', numpy, dim=dim, keepdim=keepdim)
    return named('kthvalue', ('values', 'indices'), call('kthvalue', (input,), (k, dim, keepdim), out=out))


def median(*arguments: Any, **options: Any) -> Any:
    """The lower of the middle elements, of the whole tensor or along a dim; NaN if there is one."""
    return overloaded('median', arguments, options)


def nanmedian(*arguments: Any, **options: Any) -> Any:
    """The lower of the middle elements, of the whole tensor or along a dim, without regard to NaN."""
    return overloaded('nanmedian', arguments, options)


def mode(input: Any, dim: Any = -1, keepdim: Any = False, *, out: Any = None, **numpy: Any) -> Any:
    """The smallest of the most frequent elements along a dim, and the last place where it stands."""
    if numpy:
        dim, keepdim = numpy_names('mode', numpy, dim=dim, keepdim=keepdim)
    return named('mode', ('values', 'indices'), call('mode', (input,), (dim, keepdim), out=out))


def nonzero(input: Any, *, out: Any = None) -> Any:
    """The places of all elements that are not zero, one row of numbers for each, in row-major order."""
    return call('nonzero', (input,), (), out=out)


def masked_select(input: Any, mask: Any, *, out: Any = None) -> Any:
    """The elements where the mask holds, in row-major order."""
    return call('masked_select', (input, mask), (), out=out)


def searchsorted(sorted_sequence: Any, input: Any, *, out_int32: Any = False, right: Any = False, out: Any = None) -> Any:
    """For each value the place in a sorted row at which it would have to be inserted.

    Args:
        right: after equal elements, not before
    """
    return call('searchsorted', (sorted_sequence, input), (out_int32, right), out=out)


def bucketize(input: Any, boundaries: Any, *, out_int32: Any = False, right: Any = False, out: Any = None) -> Any:
    """For each element the interval between sorted boundaries in which it lies.

    Args:
        right: intervals are closed on the left
    """
    return call('bucketize', (input, boundaries), (out_int32, right), out=out)


def multinomial(input: Any, num_samples: Any, replacement: Any = False, seed: Any = 0, offset: Any = 0, *, out: Any = None) -> Any:
    """Places drawn with the probabilities that the weights of a row have.

    Args:
        replacement: a place may be drawn again
    """
    return call('multinomial', (input,), (num_samples, replacement, seed, offset), out=out)


def randperm(n: Any, seed: Any = 0, offset: Any = 0, *, out: Any = None) -> Any:
    """The numbers from 0 to n - 1 in random order."""
    return call('randperm', (), (n, seed, offset), out=out)


def cat(tensors: Any, dim: Any = 0, *, out: Any = None, **numpy: Any) -> Any:
    """Tensors joined along a dim."""
    if numpy:
        dim, = numpy_names('cat', numpy, dim=dim)
    return call('cat', (tensors,), (dim,), out=out)


def logical_and(input: Any, other: Any, *, out: Any = None) -> Any:
    """Whether both elements are other than zero."""
    return call('logical_and', (input, other), (), out=out)


def logical_and_(input: Any, other: Any) -> Any:
    """Whether both elements are other than zero."""
    return write_back('logical_and', (input, other), ())


def logical_or(input: Any, other: Any, *, out: Any = None) -> Any:
    """Whether one of the elements is other than zero."""
    return call('logical_or', (input, other), (), out=out)


def logical_or_(input: Any, other: Any) -> Any:
    """Whether one of the elements is other than zero."""
    return write_back('logical_or', (input, other), ())


def logical_xor(input: Any, other: Any, *, out: Any = None) -> Any:
    """Whether exactly one of the elements is other than zero."""
    return call('logical_xor', (input, other), (), out=out)


def logical_xor_(input: Any, other: Any) -> Any:
    """Whether exactly one of the elements is other than zero."""
    return write_back('logical_xor', (input, other), ())


def logical_not(input: Any, *, out: Any = None) -> Any:
    """Whether the element is zero."""
    return call('logical_not', (input,), (), out=out)


def logical_not_(input: Any) -> Any:
    """Whether the element is zero."""
    return write_back('logical_not', (input,), ())


def bitwise_and(input: Any, other: Any, *, out: Any = None) -> Any:
    """Bits that are set in both elements."""
    return call('bitwise_and', (input, other), (), out=out)


def bitwise_and_(input: Any, other: Any) -> Any:
    """Bits that are set in both elements."""
    return write_back('bitwise_and', (input, other), ())


def bitwise_or(input: Any, other: Any, *, out: Any = None) -> Any:
    """Bits that are set in at least one of the elements."""
    return call('bitwise_or', (input, other), (), out=out)


def bitwise_or_(input: Any, other: Any) -> Any:
    """Bits that are set in at least one of the elements."""
    return write_back('bitwise_or', (input, other), ())


def bitwise_xor(input: Any, other: Any, *, out: Any = None) -> Any:
    """Bits that are set in exactly one of the elements."""
    return call('bitwise_xor', (input, other), (), out=out)


def bitwise_xor_(input: Any, other: Any) -> Any:
    """Bits that are set in exactly one of the elements."""
    return write_back('bitwise_xor', (input, other), ())


def bitwise_not(input: Any, *, out: Any = None) -> Any:
    """Bits that are not set in the element."""
    return call('bitwise_not', (input,), (), out=out)


def bitwise_not_(input: Any) -> Any:
    """Bits that are not set in the element."""
    return write_back('bitwise_not', (input,), ())


def bitwise_left_shift(input: Any, other: Any, *, out: Any = None) -> Any:
    """Bits of the first element moved up by as many places as the second one says."""
    return call('bitwise_left_shift', (input, other), (), out=out)


def bitwise_left_shift_(input: Any, other: Any) -> Any:
    """Bits of the first element moved up by as many places as the second one says."""
    return write_back('bitwise_left_shift', (input, other), ())


def bitwise_right_shift(input: Any, other: Any, *, out: Any = None) -> Any:
    """Bits of the first element moved down by as many places as the second one says, the sign kept."""
    return call('bitwise_right_shift', (input, other), (), out=out)


def bitwise_right_shift_(input: Any, other: Any) -> Any:
    """Bits of the first element moved down by as many places as the second one says, the sign kept."""
    return write_back('bitwise_right_shift', (input, other), ())


def mse_loss(input: Any, target: Any, reduction: Any = 'mean', weight: Any = None, *, out: Any = None) -> Any:
    """Squared difference between prediction and target.

    Args:
        input: predictions
        target: what they should be
        weight: importance of each element
        reduction: how the losses of the elements become one
    """
    return call('mse_loss', (input, target, weight), (reduction,), out=out)


def l1_loss(input: Any, target: Any, reduction: Any = 'mean', weight: Any = None, *, out: Any = None) -> Any:
    """Size of the difference between prediction and target.

    Args:
        input: predictions
        target: what they should be
        weight: importance of each element
        reduction: how the losses of the elements become one
    """
    return call('l1_loss', (input, target, weight), (reduction,), out=out)


def smooth_l1_loss(input: Any, target: Any, reduction: Any = 'mean', beta: Any = 1.0, *, out: Any = None) -> Any:
    """Size of the difference between prediction and target, a parabola near zero.

    Args:
        input: predictions
        target: what they should be
        beta: where the parabola ends
        reduction: how the losses of the elements become one
    """
    return call('smooth_l1_loss', (input, target), (beta, reduction), out=out)


def huber_loss(input: Any, target: Any, reduction: Any = 'mean', delta: Any = 1.0, weight: Any = None, *, out: Any = None) -> Any:
    """Half the squared difference between prediction and target, a straight line far from zero.

    Args:
        input: predictions
        target: what they should be
        weight: importance of each element
        delta: where the line begins
        reduction: how the losses of the elements become one
    """
    return call('huber_loss', (input, target, weight), (delta, reduction), out=out)


def gaussian_nll_loss(input: Any, target: Any, var: Any, full: Any = False, eps: Any = 1e-06, reduction: Any = 'mean', *, out: Any = None) -> Any:
    """Negative logarithm of the density of a normal distribution at the target.

    Args:
        input: predicted means
        target: what was observed
        var: predicted variances
        full: add the constant term too
        eps: least variance
        reduction: how the losses of the elements become one
    """
    return call('gaussian_nll_loss', (input, target, var), (full, eps, reduction), out=out)


def poisson_nll_loss(input: Any, target: Any, log_input: Any = True, full: Any = False, eps: Any = 1e-08, reduction: Any = 'mean', *, out: Any = None) -> Any:
    """Negative logarithm of the probability of the target in a Poisson distribution.

    Args:
        input: predicted rates, or their logarithms
        target: counts
        log_input: the input is the logarithm of the rate
        full: add Stirling's term for the factorial too
        eps: added to the rate before its logarithm
        reduction: how the losses of the elements become one
    """
    return call('poisson_nll_loss', (input, target), (log_input, full, eps, reduction), out=out)


def binary_cross_entropy(input: Any, target: Any, weight: Any = None, reduction: Any = 'mean', *, out: Any = None) -> Any:
    """Cross entropy between probabilities of a yes and what was wanted.

    Args:
        input: probabilities
        target: wanted probabilities
        weight: importance of each element
        reduction: how the losses of the elements become one
    """
    return call('binary_cross_entropy', (input, target, weight), (reduction,), out=out)


def binary_cross_entropy_with_logits(input: Any, target: Any, weight: Any = None, reduction: Any = 'mean', pos_weight: Any = None, *, out: Any = None) -> Any:
    """Cross entropy between the sigmoid of scores and what was wanted.

    Args:
        input: scores
        target: wanted probabilities
        weight: importance of each element
        pos_weight: importance of a yes
        reduction: how the losses of the elements become one
    """
    return call('binary_cross_entropy_with_logits', (input, target, weight, pos_weight), (reduction,), out=out)


def kl_div(input: Any, target: Any, reduction: Any = 'mean', log_target: Any = False, *, out: Any = None) -> Any:
    """Kullback-Leibler divergence of predicted log-probabilities from the target distribution.

    Args:
        input: predicted log-probabilities
        target: wanted probabilities, or their logarithms
        reduction: how the losses of the elements become one
        log_target: the target is the logarithm of the probabilities
    """
    return call('kl_div', (input, target), (reduction, log_target), out=out)


def nll_loss(input: Any, target: Any, weight: Any = None, ignore_index: Any = -100, reduction: Any = 'mean', *, out: Any = None) -> Any:
    """Negative log-probability that was predicted for the target class.

    Args:
        input: predicted log-probabilities
        target: class numbers, each in [0, C) or `ignore_index`
        weight: importance of each class
        ignore_index: target that does not count
        reduction: how the losses of the elements become one
    """
    return call('nll_loss', (input, target, weight), (ignore_index, reduction), out=out)


def cross_entropy(*arguments: Any, **options: Any) -> Any:
    """Cross entropy between unnormalized scores and target classes or class probabilities.

    Args:
        input: unnormalized scores
        target: class numbers, each in [0, C) or `ignore_index`
        weight: importance of each class
        ignore_index: target that does not count
        reduction: how the losses of the elements become one
        label_smoothing: share of the target spread evenly over all classes
    """
    return overloaded('cross_entropy', arguments, options)


def soft_margin_loss(input: Any, target: Any, reduction: Any = 'mean', *, out: Any = None) -> Any:
    """Logistic loss of scores for targets of 1 or -1.

    Args:
        input: scores
        target: 1 or -1
        reduction: how the losses of the elements become one
    """
    return call('soft_margin_loss', (input, target), (reduction,), out=out)


def hinge_embedding_loss(input: Any, target: Any, margin: Any = 1.0, reduction: Any = 'mean', *, out: Any = None) -> Any:
    """Distances of pairs that are alike, and how far the others fall short of a margin.

    Args:
        input: distances
        target: 1 for pairs that are alike, -1 for the others
        margin: distance that is enough for the others
        reduction: how the losses of the elements become one
    """
    return call('hinge_embedding_loss', (input, target), (margin, reduction), out=out)


def margin_ranking_loss(input1: Any, input2: Any, target: Any, margin: Any = 0.0, reduction: Any = 'mean', *, out: Any = None) -> Any:
    """How far the first of two scores fails to exceed the second by a margin.

    Args:
        target: 1 if the first should be larger, -1 if the second
        margin: difference that is enough
        reduction: how the losses of the elements become one
    """
    return call('margin_ranking_loss', (input1, input2, target), (margin, reduction), out=out)


def cosine_embedding_loss(input1: Any, input2: Any, target: Any, margin: Any = 0.0, reduction: Any = 'mean', *, out: Any = None) -> Any:
    """One minus the cosine of pairs that are alike, the cosine above a margin of the others.

    Args:
        target: 1 for pairs that are alike, -1 for the others
        margin: cosine that is small enough for the others
        reduction: how the losses of the elements become one
    """
    return call('cosine_embedding_loss', (input1, input2, target), (margin, reduction), out=out)


def triplet_margin_loss(anchor: Any, positive: Any, negative: Any, margin: Any = 1.0, p: Any = 2, eps: Any = 1e-06, swap: Any = False, reduction: Any = 'mean', *, out: Any = None) -> Any:
    """How far an anchor fails to be closer to the positive than to the negative by a margin.

    Args:
        positive: should be close to the anchor
        negative: should be far from the anchor
        margin: difference of distances that is enough
        p: exponent of the norm that measures distance
        eps: added to differences before the norm
        swap: take the distance from positive to negative if it is smaller
        reduction: how the losses of the elements become one
    """
    return call('triplet_margin_loss', (anchor, positive, negative), (margin, p, eps, swap, reduction), out=out)


def multi_margin_loss(input: Any, target: Any, p: Any = 1, margin: Any = 1.0, weight: Any = None, reduction: Any = 'mean', *, out: Any = None) -> Any:
    """How far the score of the target class fails to exceed the others by a margin.

    Args:
        input: scores
        target: class numbers, each in [0, C)
        weight: importance of each class
        p: exponent, 1 or 2
        margin: difference that is enough
        reduction: how the losses of the elements become one
    """
    return call('multi_margin_loss', (input, target, weight), (p, margin, reduction), out=out)


def multilabel_margin_loss(input: Any, target: Any, reduction: Any = 'mean', *, out: Any = None) -> Any:
    """How far the scores of the target classes fail to exceed the others by one.

    Args:
        input: scores
        target: class numbers up to the first -1
        reduction: how the losses of the elements become one
    """
    return call('multilabel_margin_loss', (input, target), (reduction,), out=out)


def multilabel_soft_margin_loss(input: Any, target: Any, weight: Any = None, reduction: Any = 'mean', *, out: Any = None) -> Any:
    """Mean over classes of the cross entropy between the sigmoid of scores and yes or no.

    Args:
        input: scores
        target: 1 for classes that apply, 0 for the others
        weight: importance of each class
        reduction: how the losses of the elements become one
    """
    return call('multilabel_soft_margin_loss', (input, target, weight), (reduction,), out=out)


def softmax(input: Any, dim: Any, dtype: Any = None, *, out: Any = None) -> Any:
    """Exponentials normalized to sum to one along a dim.

    Args:
        dim: dim whose elements will sum to one
        dtype: type to convert to first, and of the result
    """
    return call('softmax', (input,), (dim, dtype), out=out)


def log_softmax(input: Any, dim: Any, dtype: Any = None, *, out: Any = None) -> Any:
    """Logarithm of softmax, safe from overflow.

    Args:
        dim: dim whose exponentials will sum to one
        dtype: type to convert to first, and of the result
    """
    return call('log_softmax', (input,), (dim, dtype), out=out)


def softmin(input: Any, dim: Any, dtype: Any = None, *, out: Any = None) -> Any:
    """Exponentials of the negated elements normalized to sum to one along a dim.

    Args:
        dim: dim whose elements will sum to one
        dtype: type to convert to first, and of the result
    """
    return call('softmin', (input,), (dim, dtype), out=out)


def layer_norm(input: Any, normalized_shape: Any, weight: Any = None, bias: Any = None, eps: Any = 1e-05, *, out: Any = None) -> Any:
    """Trailing dims brought to zero mean and unit variance, then an affine map.

    Args:
        weight: factor of each element
        bias: added to each element
        normalized_shape: extents of the trailing dims
        eps: added to the variance before the root
    """
    return call('layer_norm', (input, weight, bias), (normalized_shape, eps), out=out)


def rms_norm(input: Any, normalized_shape: Any, weight: Any = None, eps: Any = None, *, out: Any = None) -> Any:
    """Trailing dims divided by the root of their mean square, then scaled.

    Args:
        weight: factor of each element
        normalized_shape: extents of the trailing dims
        eps: added to the mean square before the root
    """
    return call('rms_norm', (input, weight), (normalized_shape, eps), out=out)


def group_norm(input: Any, num_groups: Any, weight: Any = None, bias: Any = None, eps: Any = 1e-05, *, out: Any = None) -> Any:
    """Groups of channels brought to zero mean and unit variance in each sample, then an affine map.

    Args:
        weight: factor of each channel
        bias: added to each channel
        num_groups: number of groups
        eps: added to the variance before the root
    """
    return call('group_norm', (input, weight, bias), (num_groups, eps), out=out)


def local_response_norm(input: Any, size: Any, alpha: Any = 0.0001, beta: Any = 0.75, k: Any = 1.0, *, out: Any = None) -> Any:
    """Each channel divided by a power of the mean square of the channels around it.

    Args:
        size: number of channels that count
        alpha: factor of the mean square
        beta: exponent
        k: added to the mean square
    """
    return call('local_response_norm', (input,), (size, alpha, beta, k), out=out)


def normalize(*arguments: Any, **options: Any) -> Any:
    """Elements along a dim divided by their norm.

    Args:
        p: exponent of the norm
        dim: dim whose norm will be one
        eps: least divisor
    """
    return overloaded('normalize', arguments, options)


def cosine_similarity(x1: Any, x2: Any, dim: Any = 1, eps: Any = 1e-08, *, out: Any = None, **numpy: Any) -> Any:
    """Cosine of the angle between vectors along a dim.

    Args:
        dim: dim of the vectors
        eps: least length of a vector
    """
    if numpy:
        dim, = numpy_names('cosine_similarity', numpy, dim=dim)
    return call('cosine_similarity', (x1, x2), (dim, eps), out=out)


def pairwise_distance(*arguments: Any, **options: Any) -> Any:
    """Norm of the difference between vectors along the last dim.

    Args:
        p: exponent of the norm
        eps: added to the difference
        keepdim: keep the reduced dim with size 1
    """
    return overloaded('pairwise_distance', arguments, options)


def sgd_step(param: Any, gradient: Any, lr: Any, weight_decay: Any = 0.0, *, out: Any = None) -> Any:
    """One step of gradient descent without momentum.

    Args:
        lr: step size
        weight_decay: L2 penalty
    """
    return call('sgd_step', (param, gradient), (lr, weight_decay), out=out)


def momentum_step(param: Any, gradient: Any, buffer: Any, lr: Any, momentum: Any, dampening: Any = 0.0, weight_decay: Any = 0.0, nesterov: Any = 'no', *, out: Any = None) -> Any:
    """One step of gradient descent with momentum, plain or Nesterov's.

    Args:
        buffer: running sum of gradients
        lr: step size
        momentum: factor on the running sum
        dampening: part of a new gradient that is left out
        weight_decay: L2 penalty
        nesterov: look one step ahead
    """
    return named('momentum_step', ('new_param', 'new_buffer'), call('momentum_step', (param, gradient, buffer), (lr, momentum, dampening, weight_decay, nesterov), out=out))


def adam_step(param: Any, gradient: Any, first: Any, second: Any, lr: Any, beta1: Any, beta2: Any, eps: Any, correction1: Any, correction2: Any, weight_decay: Any = 0.0, decoupled: Any = 'no', *, out: Any = None) -> Any:
    """One step of Adam on a parameter and its running moments.

    Args:
        first: running mean of gradients
        second: running mean of squared gradients
        lr: step size
        beta1: memory of the first moment
        beta2: memory of the second moment
        eps: added to the root of the second moment
        correction1: 1 - beta1 ** t
        correction2: 1 - beta2 ** t
        weight_decay: L2 penalty, or shrinkage if decoupled
        decoupled: shrink the parameter itself, as AdamW does
    """
    return named('adam_step', ('new_param', 'new_first', 'new_second'), call('adam_step', (param, gradient, first, second), (lr, beta1, beta2, eps, correction1, correction2, weight_decay, decoupled), out=out))


def add(input: Any, other: Any, *, alpha: Any = 1, out: Any = None) -> Any:
    """Sum of two tensors, the second one scaled.

    Args:
        alpha: factor of `other`
    """
    return call('add', (input, other), (alpha,), out=out)


def add_(input: Any, other: Any, *, alpha: Any = 1) -> Any:
    """Sum of two tensors, the second one scaled.

    Args:
        alpha: factor of `other`
    """
    return write_back('add', (input, other), (alpha,))


def sub(input: Any, other: Any, *, alpha: Any = 1, out: Any = None) -> Any:
    """Difference of two tensors, the second one scaled.

    Args:
        alpha: factor of `other`
    """
    return call('sub', (input, other), (alpha,), out=out)


def sub_(input: Any, other: Any, *, alpha: Any = 1) -> Any:
    """Difference of two tensors, the second one scaled.

    Args:
        alpha: factor of `other`
    """
    return write_back('sub', (input, other), (alpha,))


def rsub(input: Any, other: Any, alpha: Any = 1, *, out: Any = None) -> Any:
    """Difference of two tensors with the first one, scaled, taken away.

    Args:
        alpha: factor of `input`
    """
    return call('rsub', (input, other), (alpha,), out=out)


def neg(input: Any, *, out: Any = None) -> Any:
    """Element with the opposite sign."""
    return call('neg', (input,), (), out=out)


def neg_(input: Any) -> Any:
    """Element with the opposite sign."""
    return write_back('neg', (input,), ())


def positive(input: Any, *, out: Any = None) -> Any:
    """The element itself."""
    return call('positive', (input,), (), out=out)


def abs(input: Any, *, out: Any = None) -> Any:
    """Distance of each element from zero."""
    return call('abs', (input,), (), out=out)


def abs_(input: Any) -> Any:
    """Distance of each element from zero."""
    return write_back('abs', (input,), ())


def mul(input: Any, other: Any, *, out: Any = None) -> Any:
    """Product of two tensors, element by element."""
    return call('mul', (input, other), (), out=out)


def mul_(input: Any, other: Any) -> Any:
    """Product of two tensors, element by element."""
    return write_back('mul', (input, other), ())


def square(input: Any, *, out: Any = None) -> Any:
    """Each element times itself."""
    return call('square', (input,), (), out=out)


def square_(input: Any) -> Any:
    """Each element times itself."""
    return write_back('square', (input,), ())


def div(input: Any, other: Any, *, rounding_mode: Any = None, out: Any = None) -> Any:
    """Quotient of two tensors, exact or rounded toward zero or down.

    Args:
        rounding_mode: how the quotient is made a whole number
    """
    return call('div', (input, other), (rounding_mode,), out=out)


def div_(input: Any, other: Any, *, rounding_mode: Any = None) -> Any:
    """Quotient of two tensors, exact or rounded toward zero or down.

    Args:
        rounding_mode: how the quotient is made a whole number
    """
    return write_back('div', (input, other), (rounding_mode,))


def true_divide(input: Any, other: Any, *, out: Any = None) -> Any:
    """Quotient of two tensors, always exact."""
    return call('true_divide', (input, other), (), out=out)


def true_divide_(input: Any, other: Any) -> Any:
    """Quotient of two tensors, always exact."""
    return write_back('true_divide', (input, other), ())


def floor_divide(input: Any, other: Any, *, out: Any = None) -> Any:
    """Quotient of two tensors, rounded down."""
    return call('floor_divide', (input, other), (), out=out)


def floor_divide_(input: Any, other: Any) -> Any:
    """Quotient of two tensors, rounded down."""
    return write_back('floor_divide', (input, other), ())


def remainder(input: Any, other: Any, *, out: Any = None) -> Any:
    """What is left after division rounded down, with the sign of the divisor."""
    return call('remainder', (input, other), (), out=out)


def remainder_(input: Any, other: Any) -> Any:
    """What is left after division rounded down, with the sign of the divisor."""
    return write_back('remainder', (input, other), ())


def fmod(input: Any, other: Any, *, out: Any = None) -> Any:
    """What is left after division rounded toward zero, with the sign of the dividend."""
    return call('fmod', (input, other), (), out=out)


def fmod_(input: Any, other: Any) -> Any:
    """What is left after division rounded toward zero, with the sign of the dividend."""
    return write_back('fmod', (input, other), ())


def reciprocal(input: Any, *, out: Any = None) -> Any:
    """One divided by each element."""
    return call('reciprocal', (input,), (), out=out)


def reciprocal_(input: Any) -> Any:
    """One divided by each element."""
    return write_back('reciprocal', (input,), ())


def hypot(input: Any, other: Any, *, out: Any = None) -> Any:
    """Length of the hypotenuse of a right triangle with the given legs."""
    return call('hypot', (input, other), (), out=out)


def hypot_(input: Any, other: Any) -> Any:
    """Length of the hypotenuse of a right triangle with the given legs."""
    return write_back('hypot', (input, other), ())


def addcmul(input: Any, tensor1: Any, tensor2: Any, *, value: Any = 1, out: Any = None) -> Any:
    """A tensor plus the scaled product of two others.

    Args:
        value: factor of the product
    """
    return call('addcmul', (input, tensor1, tensor2), (value,), out=out)


def addcmul_(input: Any, tensor1: Any, tensor2: Any, *, value: Any = 1) -> Any:
    """A tensor plus the scaled product of two others.

    Args:
        value: factor of the product
    """
    return write_back('addcmul', (input, tensor1, tensor2), (value,))


def addcdiv(input: Any, tensor1: Any, tensor2: Any, *, value: Any = 1, out: Any = None) -> Any:
    """A tensor plus the scaled quotient of two others.

    Args:
        value: factor of the quotient
    """
    return call('addcdiv', (input, tensor1, tensor2), (value,), out=out)


def addcdiv_(input: Any, tensor1: Any, tensor2: Any, *, value: Any = 1) -> Any:
    """A tensor plus the scaled quotient of two others.

    Args:
        value: factor of the quotient
    """
    return write_back('addcdiv', (input, tensor1, tensor2), (value,))


def lerp(input: Any, end: Any, weight: Any, *, out: Any = None) -> Any:
    """Point on the straight line from one tensor to another.

    Args:
        input: where the weight is 0
        end: where the weight is 1
        weight: how far to go
    """
    return call('lerp', (input, end, weight), (), out=out)


def lerp_(input: Any, end: Any, weight: Any) -> Any:
    """Point on the straight line from one tensor to another.

    Args:
        input: where the weight is 0
        end: where the weight is 1
        weight: how far to go
    """
    return write_back('lerp', (input, end, weight), ())


def deg2rad(input: Any, *, out: Any = None) -> Any:
    """Angle in radians, given in degrees."""
    return call('deg2rad', (input,), (), out=out)


def deg2rad_(input: Any) -> Any:
    """Angle in radians, given in degrees."""
    return write_back('deg2rad', (input,), ())


def rad2deg(input: Any, *, out: Any = None) -> Any:
    """Angle in degrees, given in radians."""
    return call('rad2deg', (input,), (), out=out)


def rad2deg_(input: Any) -> Any:
    """Angle in degrees, given in radians."""
    return write_back('rad2deg', (input,), ())


def pow(input: Any, exponent: Any, *, out: Any = None) -> Any:
    """First argument raised to the power of the second."""
    return call('pow', (input, exponent), (), out=out)


def pow_(input: Any, exponent: Any) -> Any:
    """First argument raised to the power of the second."""
    return write_back('pow', (input, exponent), ())


def float_power(input: Any, exponent: Any, *, out: Any = None) -> Any:
    """First argument raised to the power of the second, in double precision."""
    return call('float_power', (input, exponent), (), out=out)


def float_power_(input: Any, exponent: Any) -> Any:
    """First argument raised to the power of the second, in double precision."""
    return write_back('float_power', (input, exponent), ())


def sqrt(input: Any, *, out: Any = None) -> Any:
    """Non-negative number whose square is the element."""
    return call('sqrt', (input,), (), out=out)


def sqrt_(input: Any) -> Any:
    """Non-negative number whose square is the element."""
    return write_back('sqrt', (input,), ())


def rsqrt(input: Any, *, out: Any = None) -> Any:
    """Reciprocal of the square root."""
    return call('rsqrt', (input,), (), out=out)


def rsqrt_(input: Any) -> Any:
    """Reciprocal of the square root."""
    return write_back('rsqrt', (input,), ())


def exp(input: Any, *, out: Any = None) -> Any:
    """Exponential function."""
    return call('exp', (input,), (), out=out)


def exp_(input: Any) -> Any:
    """Exponential function."""
    return write_back('exp', (input,), ())


def exp2(input: Any, *, out: Any = None) -> Any:
    """Two to the power of each element."""
    return call('exp2', (input,), (), out=out)


def exp2_(input: Any) -> Any:
    """Two to the power of each element."""
    return write_back('exp2', (input,), ())


def expm1(input: Any, *, out: Any = None) -> Any:
    """Exponential minus one, exact near zero."""
    return call('expm1', (input,), (), out=out)


def expm1_(input: Any) -> Any:
    """Exponential minus one, exact near zero."""
    return write_back('expm1', (input,), ())


def log(input: Any, *, out: Any = None) -> Any:
    """Natural logarithm."""
    return call('log', (input,), (), out=out)


def log_(input: Any) -> Any:
    """Natural logarithm."""
    return write_back('log', (input,), ())


def log2(input: Any, *, out: Any = None) -> Any:
    """Logarithm to base two."""
    return call('log2', (input,), (), out=out)


def log2_(input: Any) -> Any:
    """Logarithm to base two."""
    return write_back('log2', (input,), ())


def log10(input: Any, *, out: Any = None) -> Any:
    """Logarithm to base ten."""
    return call('log10', (input,), (), out=out)


def log10_(input: Any) -> Any:
    """Logarithm to base ten."""
    return write_back('log10', (input,), ())


def log1p(input: Any, *, out: Any = None) -> Any:
    """Logarithm of one plus each element, exact near zero."""
    return call('log1p', (input,), (), out=out)


def log1p_(input: Any) -> Any:
    """Logarithm of one plus each element, exact near zero."""
    return write_back('log1p', (input,), ())


def logaddexp(input: Any, other: Any, *, out: Any = None) -> Any:
    """Logarithm of the sum of two exponentials, safe from overflow."""
    return call('logaddexp', (input, other), (), out=out)


def logaddexp2(input: Any, other: Any, *, out: Any = None) -> Any:
    """Logarithm to base two of the sum of two powers of two, safe from overflow."""
    return call('logaddexp2', (input, other), (), out=out)


def ldexp(input: Any, other: Any, *, out: Any = None) -> Any:
    """Each element times two to the power of another."""
    return call('ldexp', (input, other), (), out=out)


def ldexp_(input: Any, other: Any) -> Any:
    """Each element times two to the power of another."""
    return write_back('ldexp', (input, other), ())


def floor(input: Any, *, out: Any = None) -> Any:
    """Largest whole number that is at most the element."""
    return call('floor', (input,), (), out=out)


def floor_(input: Any) -> Any:
    """Largest whole number that is at most the element."""
    return write_back('floor', (input,), ())


def ceil(input: Any, *, out: Any = None) -> Any:
    """Smallest whole number that is at least the element."""
    return call('ceil', (input,), (), out=out)


def ceil_(input: Any) -> Any:
    """Smallest whole number that is at least the element."""
    return write_back('ceil', (input,), ())


def trunc(input: Any, *, out: Any = None) -> Any:
    """Element without its fractional part."""
    return call('trunc', (input,), (), out=out)


def trunc_(input: Any) -> Any:
    """Element without its fractional part."""
    return write_back('trunc', (input,), ())


def round(*arguments: Any, **options: Any) -> Any:
    """Nearest whole number, the even one of two equally near."""
    return overloaded('round', arguments, options)


def round_(*arguments: Any, **options: Any) -> Any:
    """Nearest whole number, the even one of two equally near."""
    return overloaded_inplace('round', arguments, options)


def frac(input: Any, *, out: Any = None) -> Any:
    """Fractional part of the element, with its sign."""
    return call('frac', (input,), (), out=out)


def frac_(input: Any) -> Any:
    """Fractional part of the element, with its sign."""
    return write_back('frac', (input,), ())


def erf(input: Any, *, out: Any = None) -> Any:
    """Error function, the chance that a normal deviate of variance one half is at most this far from zero."""
    return call('erf', (input,), (), out=out)


def erf_(input: Any) -> Any:
    """Error function, the chance that a normal deviate of variance one half is at most this far from zero."""
    return write_back('erf', (input,), ())


def erfc(input: Any, *, out: Any = None) -> Any:
    """One minus the error function, exact in the tail."""
    return call('erfc', (input,), (), out=out)


def erfc_(input: Any) -> Any:
    """One minus the error function, exact in the tail."""
    return write_back('erfc', (input,), ())


def erfinv(input: Any, *, out: Any = None) -> Any:
    """Number whose error function is the element."""
    return call('erfinv', (input,), (), out=out)


def erfinv_(input: Any) -> Any:
    """Number whose error function is the element."""
    return write_back('erfinv', (input,), ())


def erfcx(input: Any, *, out: Any = None) -> Any:
    """Complementary error function times the exponential of the square, finite for large arguments."""
    return call('erfcx', (input,), (), out=out)


def ndtr(input: Any, *, out: Any = None) -> Any:
    """Chance that a standard normal deviate is at most this large."""
    return call('ndtr', (input,), (), out=out)


def ndtri(input: Any, *, out: Any = None) -> Any:
    """Number that a standard normal deviate stays below with the given chance."""
    return call('ndtri', (input,), (), out=out)


def log_ndtr(input: Any, *, out: Any = None) -> Any:
    """Logarithm of the chance that a standard normal deviate is at most this large."""
    return call('log_ndtr', (input,), (), out=out)


def lgamma(input: Any, *, out: Any = None) -> Any:
    """Logarithm of the size of the gamma function."""
    return call('lgamma', (input,), (), out=out)


def lgamma_(input: Any) -> Any:
    """Logarithm of the size of the gamma function."""
    return write_back('lgamma', (input,), ())


def digamma(input: Any, *, out: Any = None) -> Any:
    """Derivative of the logarithm of the gamma function."""
    return call('digamma', (input,), (), out=out)


def digamma_(input: Any) -> Any:
    """Derivative of the logarithm of the gamma function."""
    return write_back('digamma', (input,), ())


def polygamma(n: Any, input: Any, *, out: Any = None) -> Any:
    """Derivative of the given order of the digamma function.

    Args:
        n: order of the derivative
    """
    return call('polygamma', (input,), (n,), out=out)


def polygamma_(n: Any, input: Any) -> Any:
    """Derivative of the given order of the digamma function.

    Args:
        n: order of the derivative
    """
    return write_back('polygamma', (input,), (n,))


def mvlgamma(input: Any, p: Any, *, out: Any = None) -> Any:
    """Logarithm of the multivariate gamma function of dimension p.

    Args:
        p: dimension
    """
    return call('mvlgamma', (input,), (p,), out=out)


def mvlgamma_(input: Any, p: Any) -> Any:
    """Logarithm of the multivariate gamma function of dimension p.

    Args:
        p: dimension
    """
    return write_back('mvlgamma', (input,), (p,))


def sinc(input: Any, *, out: Any = None) -> Any:
    """Sine of pi times the element, divided by pi times the element."""
    return call('sinc', (input,), (), out=out)


def sinc_(input: Any) -> Any:
    """Sine of pi times the element, divided by pi times the element."""
    return write_back('sinc', (input,), ())


def logit(input: Any, eps: Any = None, *, out: Any = None) -> Any:
    """Logarithm of the odds, the inverse of sigmoid.

    Args:
        eps: if given, the input is first clamped to [eps, 1 - eps]
    """
    return call('logit', (input,), (eps,), out=out)


def logit_(input: Any, eps: Any = None) -> Any:
    """Logarithm of the odds, the inverse of sigmoid.

    Args:
        eps: if given, the input is first clamped to [eps, 1 - eps]
    """
    return write_back('logit', (input,), (eps,))


def xlogy(input: Any, other: Any, *, out: Any = None) -> Any:
    """First argument times the logarithm of the second, zero where the first is zero."""
    return call('xlogy', (input, other), (), out=out)


def xlogy_(input: Any, other: Any) -> Any:
    """First argument times the logarithm of the second, zero where the first is zero."""
    return write_back('xlogy', (input, other), ())


def xlog1py(input: Any, other: Any, *, out: Any = None) -> Any:
    """First argument times the logarithm of one plus the second, zero where the first is zero."""
    return call('xlog1py', (input, other), (), out=out)


def entr(input: Any, *, out: Any = None) -> Any:
    """Entropy of an outcome of the given probability."""
    return call('entr', (input,), (), out=out)


def i0(input: Any, *, out: Any = None) -> Any:
    """Modified Bessel function of the first kind of order zero."""
    return call('i0', (input,), (), out=out)


def i0_(input: Any) -> Any:
    """Modified Bessel function of the first kind of order zero."""
    return write_back('i0', (input,), ())


def i0e(input: Any, *, out: Any = None) -> Any:
    """Modified Bessel function of order zero, divided by the exponential of the size of its argument."""
    return call('i0e', (input,), (), out=out)


def i1(input: Any, *, out: Any = None) -> Any:
    """Modified Bessel function of the first kind of order one."""
    return call('i1', (input,), (), out=out)


def i1e(input: Any, *, out: Any = None) -> Any:
    """Modified Bessel function of order one, divided by the exponential of the size of its argument."""
    return call('i1e', (input,), (), out=out)


def sin(input: Any, *, out: Any = None) -> Any:
    """Sine of an angle in radians."""
    return call('sin', (input,), (), out=out)


def sin_(input: Any) -> Any:
    """Sine of an angle in radians."""
    return write_back('sin', (input,), ())


def cos(input: Any, *, out: Any = None) -> Any:
    """Cosine of an angle in radians."""
    return call('cos', (input,), (), out=out)


def cos_(input: Any) -> Any:
    """Cosine of an angle in radians."""
    return write_back('cos', (input,), ())


def tan(input: Any, *, out: Any = None) -> Any:
    """Tangent of an angle in radians."""
    return call('tan', (input,), (), out=out)


def tan_(input: Any) -> Any:
    """Tangent of an angle in radians."""
    return write_back('tan', (input,), ())


def asin(input: Any, *, out: Any = None) -> Any:
    """Angle between -pi/2 and pi/2 whose sine is the element."""
    return call('asin', (input,), (), out=out)


def asin_(input: Any) -> Any:
    """Angle between -pi/2 and pi/2 whose sine is the element."""
    return write_back('asin', (input,), ())


def acos(input: Any, *, out: Any = None) -> Any:
    """Angle between 0 and pi whose cosine is the element."""
    return call('acos', (input,), (), out=out)


def acos_(input: Any) -> Any:
    """Angle between 0 and pi whose cosine is the element."""
    return write_back('acos', (input,), ())


def atan(input: Any, *, out: Any = None) -> Any:
    """Angle between -pi/2 and pi/2 whose tangent is the element."""
    return call('atan', (input,), (), out=out)


def atan_(input: Any) -> Any:
    """Angle between -pi/2 and pi/2 whose tangent is the element."""
    return write_back('atan', (input,), ())


def atan2(input: Any, other: Any, *, out: Any = None) -> Any:
    """Angle of the point with the given ordinate and abscissa, between -pi and pi.

    Args:
        input: ordinate
        other: abscissa
    """
    return call('atan2', (input, other), (), out=out)


def atan2_(input: Any, other: Any) -> Any:
    """Angle of the point with the given ordinate and abscissa, between -pi and pi.

    Args:
        input: ordinate
        other: abscissa
    """
    return write_back('atan2', (input, other), ())


def sinh(input: Any, *, out: Any = None) -> Any:
    """Hyperbolic sine."""
    return call('sinh', (input,), (), out=out)


def sinh_(input: Any) -> Any:
    """Hyperbolic sine."""
    return write_back('sinh', (input,), ())


def cosh(input: Any, *, out: Any = None) -> Any:
    """Hyperbolic cosine."""
    return call('cosh', (input,), (), out=out)


def cosh_(input: Any) -> Any:
    """Hyperbolic cosine."""
    return write_back('cosh', (input,), ())


def tanh(input: Any, *, out: Any = None) -> Any:
    """Hyperbolic tangent. Squashes the real line into the open interval (-1, 1)."""
    return call('tanh', (input,), (), out=out)


def tanh_(input: Any) -> Any:
    """Hyperbolic tangent. Squashes the real line into the open interval (-1, 1)."""
    return write_back('tanh', (input,), ())


def functional_tanh(input: Any, inplace: Any = False) -> Any:
    """Hyperbolic tangent. Squashes the real line into the open interval (-1, 1)."""
    return (write_back if inplace else call)('tanh', (input,), ())


def asinh(input: Any, *, out: Any = None) -> Any:
    """Number whose hyperbolic sine is the element."""
    return call('asinh', (input,), (), out=out)


def asinh_(input: Any) -> Any:
    """Number whose hyperbolic sine is the element."""
    return write_back('asinh', (input,), ())


def acosh(input: Any, *, out: Any = None) -> Any:
    """Non-negative number whose hyperbolic cosine is the element."""
    return call('acosh', (input,), (), out=out)


def acosh_(input: Any) -> Any:
    """Non-negative number whose hyperbolic cosine is the element."""
    return write_back('acosh', (input,), ())


def atanh(input: Any, *, out: Any = None) -> Any:
    """Number whose hyperbolic tangent is the element."""
    return call('atanh', (input,), (), out=out)


def atanh_(input: Any) -> Any:
    """Number whose hyperbolic tangent is the element."""
    return write_back('atanh', (input,), ())


def sum(input: Any, dim: Any = None, keepdim: Any = False, *, dtype: Any = None, out: Any = None, **numpy: Any) -> Any:
    """Sum of the elements along one or more dims.

    Args:
        dim: dims to add up
        keepdim: keep the reduced dims with size 1
        dtype: type to convert to before adding, and of the result
    """
    if numpy:
        dim, keepdim = numpy_names('sum', numpy, dim=dim, keepdim=keepdim)
    return call('sum', (input,), (dim, keepdim, dtype), out=out)


def nansum(input: Any, dim: Any = None, keepdim: Any = False, *, dtype: Any = None, out: Any = None, **numpy: Any) -> Any:
    """Sum of the elements along one or more dims, NaN counted as zero.

    Args:
        dim: dims to add up
        keepdim: keep the reduced dims with size 1
        dtype: type to convert to before adding, and of the result
    """
    if numpy:
        dim, keepdim = numpy_names('nansum', numpy, dim=dim, keepdim=keepdim)
    return call('nansum', (input,), (dim, keepdim, dtype), out=out)


def mean(input: Any, dim: Any = None, keepdim: Any = False, *, dtype: Any = None, out: Any = None, **numpy: Any) -> Any:
    """Average of the elements along one or more dims.

    Args:
        dim: dims to average over
        keepdim: keep the reduced dims with size 1
        dtype: type to convert to before averaging, and of the result
    """
    if numpy:
        dim, keepdim = numpy_names('mean', numpy, dim=dim, keepdim=keepdim)
    return call('mean', (input,), (dim, keepdim, dtype), out=out)


def nanmean(input: Any, dim: Any = None, keepdim: Any = False, *, dtype: Any = None, out: Any = None, **numpy: Any) -> Any:
    """Average of the elements along one or more dims that are not NaN.

    Args:
        dim: dims to average over
        keepdim: keep the reduced dims with size 1
        dtype: type to convert to before averaging, and of the result
    """
    if numpy:
        dim, keepdim = numpy_names('nanmean', numpy, dim=dim, keepdim=keepdim)
    return call('nanmean', (input,), (dim, keepdim, dtype), out=out)


def prod(*arguments: Any, **options: Any) -> Any:
    """Product of all elements, or of those along a dim.

    Args:
        dtype: type to convert to before multiplying, and of the result
    """
    return overloaded('prod', arguments, options)


def count_nonzero(input: Any, dim: Any = None, *, out: Any = None, **numpy: Any) -> Any:
    """How many elements along one or more dims are not zero.

    Args:
        dim: dims to count along
    """
    if numpy:
        dim, = numpy_names('count_nonzero', numpy, dim=dim)
    return call('count_nonzero', (input,), (dim,), out=out)


def any(input: Any, dim: Any = None, keepdim: Any = False, *, out: Any = None, **numpy: Any) -> Any:
    """Whether at least one element along one or more dims is not zero.

    Args:
        dim: dims to reduce
        keepdim: keep the reduced dims with size 1
    """
    if numpy:
        dim, keepdim = numpy_names('any', numpy, dim=dim, keepdim=keepdim)
    return call('any', (input,), (dim, keepdim), out=out)


def all(input: Any, dim: Any = None, keepdim: Any = False, *, out: Any = None, **numpy: Any) -> Any:
    """Whether every element along one or more dims is not zero.

    Args:
        dim: dims to reduce
        keepdim: keep the reduced dims with size 1
    """
    if numpy:
        dim, keepdim = numpy_names('all', numpy, dim=dim, keepdim=keepdim)
    return call('all', (input,), (dim, keepdim), out=out)


def var(*arguments: Any, **options: Any) -> Any:
    """Mean squared distance of the elements from their mean.

    Args:
        dim: dims to reduce
        correction: degrees of freedom subtracted from the number of elements
        keepdim: keep the reduced dims with size 1
    """
    return overloaded('var', arguments, options)


def std(*arguments: Any, **options: Any) -> Any:
    """Root of the mean squared distance of the elements from their mean.

    Args:
        dim: dims to reduce
        correction: degrees of freedom subtracted from the number of elements
        keepdim: keep the reduced dims with size 1
    """
    return overloaded('std', arguments, options)


def var_mean(*arguments: Any, **options: Any) -> Any:
    """Mean squared distance of the elements from their mean, and the mean.

    Args:
        dim: dims to reduce
        correction: degrees of freedom subtracted from the number of elements
        keepdim: keep the reduced dims with size 1
    """
    return overloaded('var_mean', arguments, options)


def std_mean(*arguments: Any, **options: Any) -> Any:
    """Root of the mean squared distance of the elements from their mean, and the mean.

    Args:
        dim: dims to reduce
        correction: degrees of freedom subtracted from the number of elements
        keepdim: keep the reduced dims with size 1
    """
    return overloaded('std_mean', arguments, options)


def vector_norm(*arguments: Any, **options: Any) -> Any:
    """Length of the elements along one or more dims, as the root of the sum of their powers.

    Args:
        ord: exponent, by its limit for 0 and the infinities
        dim: dims to reduce
        keepdim: keep the reduced dims with size 1
        dtype: type to convert to first, and of the result
    """
    return overloaded('vector_norm', arguments, options)


def norm(*arguments: Any, **options: Any) -> Any:
    """Length of the elements along one or more dims, as the root of the sum of their powers.

    Args:
        p: exponent, by its limit for 0 and the infinities; `fro` is 2
        dim: dims to reduce
        keepdim: keep the reduced dims with size 1
        dtype: type to convert to first, and of the result
    """
    return overloaded('norm', arguments, options)


def logsumexp(input: Any, dim: Any, keepdim: Any = False, *, out: Any = None) -> Any:
    """Logarithm of a sum of exponentials, safe from overflow.

    Args:
        dim: dims to add along
        keepdim: keep the reduced dims with size 1
    """
    return call('logsumexp', (input,), (dim, keepdim), out=out)


def amax(input: Any, dim: Any = None, keepdim: Any = False, *, out: Any = None, **numpy: Any) -> Any:
    """Largest element along one or more dims. Ties share the cotangent.

    Args:
        dim: dims to reduce
        keepdim: keep the reduced dims with size 1
    """
    if numpy:
        dim, keepdim = numpy_names('amax', numpy, dim=dim, keepdim=keepdim)
    return call('amax', (input,), (dim, keepdim), out=out)


def max(*arguments: Any, **options: Any) -> Any:
    """Largest element of the whole tensor, along a dim with its position, or of two tensors."""
    return overloaded('max', arguments, options)


def argmax(input: Any, dim: Any = None, keepdim: Any = False, *, out: Any = None, **numpy: Any) -> Any:
    """Position of the largest element, the first one among ties.

    Args:
        dim: dim to search; all dims as one flat sequence if None
        keepdim: keep the reduced dims with size 1
    """
    if numpy:
        dim, keepdim = numpy_names('argmax', numpy, dim=dim, keepdim=keepdim)
    return call('argmax', (input,), (dim, keepdim), out=out)


def amin(input: Any, dim: Any = None, keepdim: Any = False, *, out: Any = None, **numpy: Any) -> Any:
    """Smallest element along one or more dims. Ties share the cotangent.

    Args:
        dim: dims to reduce
        keepdim: keep the reduced dims with size 1
    """
    if numpy:
        dim, keepdim = numpy_names('amin', numpy, dim=dim, keepdim=keepdim)
    return call('amin', (input,), (dim, keepdim), out=out)


def min(*arguments: Any, **options: Any) -> Any:
    """Smallest element of the whole tensor, along a dim with its position, or of two tensors."""
    return overloaded('min', arguments, options)


def argmin(input: Any, dim: Any = None, keepdim: Any = False, *, out: Any = None, **numpy: Any) -> Any:
    """Position of the smallest element, the first one among ties.

    Args:
        dim: dim to search; all dims as one flat sequence if None
        keepdim: keep the reduced dims with size 1
    """
    if numpy:
        dim, keepdim = numpy_names('argmin', numpy, dim=dim, keepdim=keepdim)
    return call('argmin', (input,), (dim, keepdim), out=out)


def aminmax(input: Any, *, dim: Any = None, keepdim: Any = False, out: Any = None, **numpy: Any) -> Any:
    """Smallest and largest element along a dim, or of the whole tensor.

    Args:
        dim: dim to reduce
        keepdim: keep the reduced dims with size 1
    """
    if numpy:
        dim, keepdim = numpy_names('aminmax', numpy, dim=dim, keepdim=keepdim)
    return named('aminmax', ('min', 'max'), call('aminmax', (input,), (dim, keepdim), out=out))


def cumsum(input: Any, dim: Any, *, dtype: Any = None, out: Any = None) -> Any:
    """Sum of the elements up to each position along a dim.

    Args:
        dim: dim to go along
        dtype: type to convert to first, and of the result
    """
    return call('cumsum', (input,), (dim, dtype), out=out)


def cumsum_(input: Any, dim: Any, *, dtype: Any = None) -> Any:
    """Sum of the elements up to each position along a dim.

    Args:
        dim: dim to go along
        dtype: type to convert to first, and of the result
    """
    return write_back('cumsum', (input,), (dim, dtype))


def cumprod(input: Any, dim: Any, *, dtype: Any = None, out: Any = None) -> Any:
    """Product of the elements up to each position along a dim.

    Args:
        dim: dim to go along
        dtype: type to convert to first, and of the result
    """
    return call('cumprod', (input,), (dim, dtype), out=out)


def cumprod_(input: Any, dim: Any, *, dtype: Any = None) -> Any:
    """Product of the elements up to each position along a dim.

    Args:
        dim: dim to go along
        dtype: type to convert to first, and of the result
    """
    return write_back('cumprod', (input,), (dim, dtype))


def cummax(input: Any, dim: Any, *, out: Any = None) -> Any:
    """Largest element up to each position along a dim, and its position, the last one among ties.

    Args:
        dim: dim to go along
    """
    return named('cummax', ('values', 'indices'), call('cummax', (input,), (dim,), out=out))


def cummin(input: Any, dim: Any, *, out: Any = None) -> Any:
    """Smallest element up to each position along a dim, and its position, the last one among ties.

    Args:
        dim: dim to go along
    """
    return named('cummin', ('values', 'indices'), call('cummin', (input,), (dim,), out=out))


def logcumsumexp(input: Any, dim: Any, *, out: Any = None) -> Any:
    """Logarithm of the sum of exponentials up to each position along a dim, safe from overflow.

    Args:
        dim: dim to go along
    """
    return call('logcumsumexp', (input,), (dim,), out=out)


def where(condition: Any, input: Any, other: Any, *, out: Any = None) -> Any:
    """Element of the second argument where the condition holds, of the third elsewhere."""
    return call('where', (condition, input, other), (), out=out)


def masked_fill(input: Any, mask: Any, value: Any, *, out: Any = None) -> Any:
    """The elements, replaced by a value where the mask holds.

    Args:
        value: one element
    """
    return call('masked_fill', (input, mask, value), (), out=out)


def masked_fill_(input: Any, mask: Any, value: Any) -> Any:
    """The elements, replaced by a value where the mask holds.

    Args:
        value: one element
    """
    return write_back('masked_fill', (input, mask, value), ())


def clamp(input: Any, min: Any = None, max: Any = None, *, out: Any = None) -> Any:
    """The elements brought into the range between two bounds. The upper one wins.

    Args:
        min: lower bound
        max: upper bound
    """
    return call('clamp', (input, min, max), (), out=out)


def clamp_(input: Any, min: Any = None, max: Any = None) -> Any:
    """The elements brought into the range between two bounds. The upper one wins.

    Args:
        min: lower bound
        max: upper bound
    """
    return write_back('clamp', (input, min, max), ())


def clamp_min(input: Any, min: Any, *, out: Any = None) -> Any:
    """The elements, and the bound where they are below it."""
    return call('clamp_min', (input, min), (), out=out)


def clamp_min_(input: Any, min: Any) -> Any:
    """The elements, and the bound where they are below it."""
    return write_back('clamp_min', (input, min), ())


def clamp_max(input: Any, max: Any, *, out: Any = None) -> Any:
    """The elements, and the bound where they are above it."""
    return call('clamp_max', (input, max), (), out=out)


def clamp_max_(input: Any, max: Any) -> Any:
    """The elements, and the bound where they are above it."""
    return write_back('clamp_max', (input, max), ())


def sign(input: Any, *, out: Any = None) -> Any:
    """One for positive elements, minus one for negative ones, zero for zero."""
    return call('sign', (input,), (), out=out)


def sign_(input: Any) -> Any:
    """One for positive elements, minus one for negative ones, zero for zero."""
    return write_back('sign', (input,), ())


def sgn(input: Any, *, out: Any = None) -> Any:
    """One for positive elements, minus one for negative ones, zero for zero."""
    return call('sgn', (input,), (), out=out)


def sgn_(input: Any) -> Any:
    """One for positive elements, minus one for negative ones, zero for zero."""
    return write_back('sgn', (input,), ())


def signbit(input: Any, *, out: Any = None) -> Any:
    """Whether the sign of an element is minus, that of minus zero included."""
    return call('signbit', (input,), (), out=out)


def copysign(input: Any, other: Any, *, out: Any = None) -> Any:
    """Size of the first element with the sign of the second."""
    return call('copysign', (input, other), (), out=out)


def copysign_(input: Any, other: Any) -> Any:
    """Size of the first element with the sign of the second."""
    return write_back('copysign', (input, other), ())


def heaviside(input: Any, values: Any, *, out: Any = None) -> Any:
    """Step from zero to one, with the given value at zero."""
    return call('heaviside', (input, values), (), out=out)


def heaviside_(input: Any, values: Any) -> Any:
    """Step from zero to one, with the given value at zero."""
    return write_back('heaviside', (input, values), ())


def nextafter(input: Any, other: Any, *, out: Any = None) -> Any:
    """Next number of the same dtype on the way from the first element to the second."""
    return call('nextafter', (input, other), (), out=out)


def nextafter_(input: Any, other: Any) -> Any:
    """Next number of the same dtype on the way from the first element to the second."""
    return write_back('nextafter', (input, other), ())


def nan_to_num(input: Any, nan: Any = 0.0, posinf: Any = None, neginf: Any = None, *, out: Any = None) -> Any:
    """The elements with NaN and the infinities replaced by numbers.

    Args:
        nan: instead of NaN
        posinf: instead of infinity
        neginf: instead of minus infinity
    """
    return call('nan_to_num', (input,), (nan, posinf, neginf), out=out)


def nan_to_num_(input: Any, nan: Any = 0.0, posinf: Any = None, neginf: Any = None) -> Any:
    """The elements with NaN and the infinities replaced by numbers.

    Args:
        nan: instead of NaN
        posinf: instead of infinity
        neginf: instead of minus infinity
    """
    return write_back('nan_to_num', (input,), (nan, posinf, neginf))


def isnan(input: Any, *, out: Any = None) -> Any:
    """Whether an element is NaN."""
    return call('isnan', (input,), (), out=out)


def isinf(input: Any, *, out: Any = None) -> Any:
    """Whether an element is infinite."""
    return call('isinf', (input,), (), out=out)


def isfinite(input: Any, *, out: Any = None) -> Any:
    """Whether an element is neither infinite nor NaN."""
    return call('isfinite', (input,), (), out=out)


def isposinf(input: Any, *, out: Any = None) -> Any:
    """Whether an element is infinity."""
    return call('isposinf', (input,), (), out=out)


def isneginf(input: Any, *, out: Any = None) -> Any:
    """Whether an element is minus infinity."""
    return call('isneginf', (input,), (), out=out)


def isreal(input: Any, *, out: Any = None) -> Any:
    """Whether an element has no imaginary part, as all numbers of a real dtype."""
    return call('isreal', (input,), (), out=out)


def view(input: Any, *size: Any) -> Any:
    """The same elements in the same order under another shape, sharing memory. One size may be -1."""
    if len(size) == 1 and isinstance(size[0], (tuple, list)):
        size = tuple(size[0])
    return call('view', (input,), (size,))


def flatten(input: Any, start_dim: Any = 0, end_dim: Any = -1) -> Any:
    """The dims from start_dim to end_dim merged into one."""
    return call('flatten', (input,), (start_dim, end_dim))


def ravel(input: Any) -> Any:
    """All elements in one dim."""
    return call('ravel', (input,), ())


def unflatten(input: Any, dim: Any, sizes: Any) -> Any:
    """One dim split into several. One of their sizes may be -1."""
    return call('unflatten', (input,), (dim, sizes))


def transpose(input: Any, dim0: Any, dim1: Any) -> Any:
    """Two dims exchanged."""
    return call('transpose', (input,), (dim0, dim1))


def transpose_(input: Any, dim0: Any, dim1: Any) -> Any:
    """Two dims exchanged."""
    return inplace_view('transpose', (input,), (dim0, dim1))


def swapaxes(input: Any, axis0: Any, axis1: Any) -> Any:
    """Two dims exchanged, under NumPy's name."""
    return call('swapaxes', (input,), (axis0, axis1))


def swapaxes_(input: Any, axis0: Any, axis1: Any) -> Any:
    """Two dims exchanged, under NumPy's name."""
    return inplace_view('swapaxes', (input,), (axis0, axis1))


def t(input: Any) -> Any:
    """The transpose of a matrix. A vector or a scalar stays as it is."""
    return call('t', (input,), ())


def t_(input: Any) -> Any:
    """The transpose of a matrix. A vector or a scalar stays as it is."""
    return inplace_view('t', (input,), ())


def permute(input: Any, *dims: Any) -> Any:
    """All dims in a new order.

    Args:
        dims: for each dim of the result, the dim of the input
    """
    if len(dims) == 1 and isinstance(dims[0], (tuple, list)):
        dims = tuple(dims[0])
    return call('permute', (input,), (dims,))


def movedim(input: Any, source: Any, destination: Any) -> Any:
    """Some dims moved to new places, the others kept in order.

    Args:
        source: dims of the input
        destination: their places in the result
    """
    return call('movedim', (input,), (source, destination))


def squeeze(input: Any, dim: Any = None, **numpy: Any) -> Any:
    """Without the dims of extent one, or without those of them that are named."""
    if numpy:
        dim, = numpy_names('squeeze', numpy, dim=dim)
    return call('squeeze', (input,), (dim,))


def squeeze_(input: Any, dim: Any = None) -> Any:
    """Without the dims of extent one, or without those of them that are named."""
    return inplace_view('squeeze', (input,), (dim,))


def unsqueeze(input: Any, dim: Any) -> Any:
    """With a new dim of extent one.

    Args:
        dim: place of the new dim
    """
    return call('unsqueeze', (input,), (dim,))


def unsqueeze_(input: Any, dim: Any) -> Any:
    """With a new dim of extent one.

    Args:
        dim: place of the new dim
    """
    return inplace_view('unsqueeze', (input,), (dim,))


def expand(input: Any, *size: Any) -> Any:
    """Dims of extent one repeated, and new leading dims, without copies. A size of -1 keeps the extent."""
    if len(size) == 1 and isinstance(size[0], (tuple, list)):
        size = tuple(size[0])
    return call('expand', (input,), (size,))


def broadcast_to(input: Any, *size: Any) -> Any:
    """Dims of extent one repeated, and new leading dims, without copies."""
    if len(size) == 1 and isinstance(size[0], (tuple, list)):
        size = tuple(size[0])
    return call('broadcast_to', (input,), (size,))


def narrow(input: Any, dim: Any, start: Any, length: Any) -> Any:
    """A run of places along a dim.

    Args:
        start: first place; negative counts from the end
        length: how many
    """
    return call('narrow', (input,), (dim, start, length))


def select(input: Any, dim: Any, index: Any) -> Any:
    """One place of a dim, which goes away.

    Args:
        index: place; negative counts from the end
    """
    return call('select', (input,), (dim, index))


def diagonal(input: Any, offset: Any = 0, dim1: Any = 0, dim2: Any = 1) -> Any:
    """The diagonals of the matrices that two dims make, as a last dim.

    Args:
        offset: above the main diagonal if positive
    """
    return call('diagonal', (input,), (offset, dim1, dim2))


def unfold(input: Any, dimension: Any, size: Any, step: Any) -> Any:
    """All windows of a dim, a given step apart, as a new last dim.

    Args:
        size: extent of a window
    """
    return call('unfold', (input,), (dimension, size, step))


def as_strided(input: Any, size: Any, stride: Any, storage_offset: Any = None) -> Any:
    """Any shape and any strides over the memory of a tensor.

    Args:
        storage_offset: from the start of the storage; None stays where the tensor starts
    """
    return call('as_strided', (input,), (size, stride, storage_offset))


def as_strided_(input: Any, size: Any, stride: Any, storage_offset: Any = None) -> Any:
    """Any shape and any strides over the memory of a tensor.

    Args:
        storage_offset: from the start of the storage; None stays where the tensor starts
    """
    return inplace_view('as_strided', (input,), (size, stride, storage_offset))


def max_pool1d(input: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1, ceil_mode: Any = False, *, out: Any = None) -> Any:
    """Largest element of each window of a signal. The cotangent goes to the first of several largest ones.

    Args:
        kernel_size: extents of the window
        stride: step of the window
        padding: places added on both sides, never the largest
        dilation: distance between the elements of a window
        ceil_mode: keep a last window that is cut off
    """
    return call('max_pool1d', (input,), (kernel_size, stride, padding, dilation, ceil_mode), out=out)


def max_pool2d(input: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1, ceil_mode: Any = False, *, out: Any = None) -> Any:
    """Largest element of each window of an image. The cotangent goes to the first of several largest ones.

    Args:
        kernel_size: extents of the window
        stride: step of the window
        padding: places added on both sides, never the largest
        dilation: distance between the elements of a window
        ceil_mode: keep a last window that is cut off
    """
    return call('max_pool2d', (input,), (kernel_size, stride, padding, dilation, ceil_mode), out=out)


def max_pool3d(input: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1, ceil_mode: Any = False, *, out: Any = None) -> Any:
    """Largest element of each window of a volume. The cotangent goes to the first of several largest ones.

    Args:
        kernel_size: extents of the window
        stride: step of the window
        padding: places added on both sides, never the largest
        dilation: distance between the elements of a window
        ceil_mode: keep a last window that is cut off
    """
    return call('max_pool3d', (input,), (kernel_size, stride, padding, dilation, ceil_mode), out=out)


def max_pool1d_with_indices(input: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1, ceil_mode: Any = False, *, out: Any = None) -> Any:
    """Largest element of each window of a signal, and its place in the flattened signal.

    Args:
        kernel_size: extents of the window
        stride: step of the window
        padding: places added on both sides, never the largest
        dilation: distance between the elements of a window
        ceil_mode: keep a last window that is cut off
    """
    return named('max_pool1d_with_indices', ('output', 'indices'), call('max_pool1d_with_indices', (input,), (kernel_size, stride, padding, dilation, ceil_mode), out=out))


def max_pool2d_with_indices(input: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1, ceil_mode: Any = False, *, out: Any = None) -> Any:
    """Largest element of each window of an image, and its place in the flattened image.

    Args:
        kernel_size: extents of the window
        stride: step of the window
        padding: places added on both sides, never the largest
        dilation: distance between the elements of a window
        ceil_mode: keep a last window that is cut off
    """
    return named('max_pool2d_with_indices', ('output', 'indices'), call('max_pool2d_with_indices', (input,), (kernel_size, stride, padding, dilation, ceil_mode), out=out))


def max_pool3d_with_indices(input: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1, ceil_mode: Any = False, *, out: Any = None) -> Any:
    """Largest element of each window of a volume, and its place in the flattened volume.

    Args:
        kernel_size: extents of the window
        stride: step of the window
        padding: places added on both sides, never the largest
        dilation: distance between the elements of a window
        ceil_mode: keep a last window that is cut off
    """
    return named('max_pool3d_with_indices', ('output', 'indices'), call('max_pool3d_with_indices', (input,), (kernel_size, stride, padding, dilation, ceil_mode), out=out))


def avg_pool1d(input: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, ceil_mode: Any = False, count_include_pad: Any = True, *, out: Any = None) -> Any:
    """Average of each window of a signal.

    Args:
        kernel_size: extents of the window
        stride: step of the window
        padding: zeros added on both sides
        ceil_mode: keep a last window that is cut off
        count_include_pad: count the added zeros in the average
    """
    return call('avg_pool1d', (input,), (kernel_size, stride, padding, ceil_mode, count_include_pad), out=out)


def avg_pool2d(input: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, ceil_mode: Any = False, count_include_pad: Any = True, divisor_override: Any = None, *, out: Any = None) -> Any:
    """Average of each window of an image.

    Args:
        kernel_size: extents of the window
        stride: step of the window
        padding: zeros added on both sides
        ceil_mode: keep a last window that is cut off
        count_include_pad: count the added zeros in the average
        divisor_override: divisor to use instead
    """
    return call('avg_pool2d', (input,), (kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override), out=out)


def avg_pool3d(input: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, ceil_mode: Any = False, count_include_pad: Any = True, divisor_override: Any = None, *, out: Any = None) -> Any:
    """Average of each window of a volume.

    Args:
        kernel_size: extents of the window
        stride: step of the window
        padding: zeros added on both sides
        ceil_mode: keep a last window that is cut off
        count_include_pad: count the added zeros in the average
        divisor_override: divisor to use instead
    """
    return call('avg_pool3d', (input,), (kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override), out=out)


def lp_pool1d(input: Any, norm_type: Any, kernel_size: Any, stride: Any = None, ceil_mode: Any = False, *, out: Any = None) -> Any:
    """Norm of each window of a signal.

    Args:
        norm_type: exponent of the norm
        kernel_size: extents of the window
        stride: step of the window
        ceil_mode: keep a last window that is cut off
    """
    return call('lp_pool1d', (input,), (norm_type, kernel_size, stride, ceil_mode), out=out)


def lp_pool2d(input: Any, norm_type: Any, kernel_size: Any, stride: Any = None, ceil_mode: Any = False, *, out: Any = None) -> Any:
    """Norm of each window of an image.

    Args:
        norm_type: exponent of the norm
        kernel_size: extents of the window
        stride: step of the window
        ceil_mode: keep a last window that is cut off
    """
    return call('lp_pool2d', (input,), (norm_type, kernel_size, stride, ceil_mode), out=out)


def lp_pool3d(input: Any, norm_type: Any, kernel_size: Any, stride: Any = None, ceil_mode: Any = False, *, out: Any = None) -> Any:
    """Norm of each window of a volume.

    Args:
        norm_type: exponent of the norm
        kernel_size: extents of the window
        stride: step of the window
        ceil_mode: keep a last window that is cut off
    """
    return call('lp_pool3d', (input,), (norm_type, kernel_size, stride, ceil_mode), out=out)


def adaptive_avg_pool1d(input: Any, output_size: Any, *, out: Any = None) -> Any:
    """Averages of the windows that cut a signal into a given number of nearly equal parts."""
    return call('adaptive_avg_pool1d', (input,), (output_size,), out=out)


def adaptive_avg_pool2d(input: Any, output_size: Any, *, out: Any = None) -> Any:
    """Averages of the windows that cut an image into a given number of nearly equal parts."""
    return call('adaptive_avg_pool2d', (input,), (output_size,), out=out)


def adaptive_avg_pool3d(input: Any, output_size: Any, *, out: Any = None) -> Any:
    """Averages of the windows that cut a volume into a given number of nearly equal parts."""
    return call('adaptive_avg_pool3d', (input,), (output_size,), out=out)


def adaptive_max_pool1d(input: Any, output_size: Any, *, out: Any = None) -> Any:
    """Largest elements of the windows that cut a signal into a given number of nearly equal parts, and their places in it, flattened."""
    return named('adaptive_max_pool1d', ('output', 'indices'), call('adaptive_max_pool1d', (input,), (output_size,), out=out))


def adaptive_max_pool2d(input: Any, output_size: Any, *, out: Any = None) -> Any:
    """Largest elements of the windows that cut an image into a given number of nearly equal parts, and their places in it, flattened."""
    return named('adaptive_max_pool2d', ('output', 'indices'), call('adaptive_max_pool2d', (input,), (output_size,), out=out))


def adaptive_max_pool3d(input: Any, output_size: Any, *, out: Any = None) -> Any:
    """Largest elements of the windows that cut a volume into a given number of nearly equal parts, and their places in it, flattened."""
    return named('adaptive_max_pool3d', ('output', 'indices'), call('adaptive_max_pool3d', (input,), (output_size,), out=out))


def im2col(input: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1, *, out: Any = None) -> Any:
    """The windows of an image as columns.

    Args:
        kernel_size: extents of the window
        dilation: distance between the elements of a window
        padding: zeros added on both sides
        stride: step of the window
    """
    return call('im2col', (input,), (kernel_size, dilation, padding, stride), out=out)


def col2im(input: Any, output_size: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1, *, out: Any = None) -> Any:
    """Columns added up where they overlap as windows of an image. The adjoint of the unfolding.

    Args:
        output_size: extents of the image
        kernel_size: extents of the window
        dilation: distance between the elements of a window
        padding: elements cut off on both sides
        stride: step of the window
    """
    return call('col2im', (input,), (output_size, kernel_size, dilation, padding, stride), out=out)


TOP: dict[str, Any] = {
    'relu': relu,
    'relu_': relu_,
    'threshold': threshold,
    'threshold_': threshold_,
    'hardshrink': hardshrink,
    'prelu': prelu,
    'selu': selu,
    'selu_': selu_,
    'celu': celu,
    'celu_': celu_,
    'sigmoid': sigmoid,
    'sigmoid_': sigmoid_,
    'flip': flip,
    'fliplr': fliplr,
    'flipud': flipud,
    'tril': tril,
    'tril_': tril_,
    'triu': triu,
    'triu_': triu_,
    'trace': trace,
    'pixel_shuffle': pixel_shuffle,
    'pixel_unshuffle': pixel_unshuffle,
    'channel_shuffle': channel_shuffle,
    'clone': clone,
    'eq': eq,
    'eq_': eq_,
    'ne': ne,
    'ne_': ne_,
    'not_equal': ne,
    'not_equal_': ne_,
    'lt': lt,
    'lt_': lt_,
    'less': lt,
    'less_': lt_,
    'le': le,
    'le_': le_,
    'less_equal': le,
    'less_equal_': le_,
    'gt': gt,
    'gt_': gt_,
    'greater': gt,
    'greater_': gt_,
    'ge': ge,
    'ge_': ge_,
    'greater_equal': ge,
    'greater_equal_': ge_,
    'isclose': isclose,
    'maximum': maximum,
    'minimum': minimum,
    'fmax': fmax,
    'fmin': fmin,
    'matmul': matmul,
    'mm': mm,
    'bmm': bmm,
    'mv': mv,
    'dot': dot,
    'vdot': dot,
    'inner': inner,
    'outer': outer,
    'ger': outer,
    'kron': kron,
    'addmm': addmm,
    'addmm_': addmm_,
    'addmv': addmv,
    'addmv_': addmv_,
    'addr': addr,
    'addr_': addr_,
    'baddbmm': baddbmm,
    'baddbmm_': baddbmm_,
    'addbmm': addbmm,
    'addbmm_': addbmm_,
    'conv1d': conv1d,
    'conv2d': conv2d,
    'conv3d': conv3d,
    'conv_transpose1d': conv_transpose1d,
    'conv_transpose2d': conv_transpose2d,
    'conv_transpose3d': conv_transpose3d,
    'embedding': embedding,
    'gather': gather,
    'take_along_dim': take_along_dim,
    'index_select': index_select,
    'take': take,
    'scatter': scatter,
    'scatter_': scatter_,
    'scatter_add': scatter_add,
    'scatter_add_': scatter_add_,
    'scatter_reduce': scatter_reduce,
    'scatter_reduce_': scatter_reduce_,
    'index_add': index_add,
    'index_add_': index_add_,
    'index_copy': index_copy,
    'index_copy_': index_copy_,
    'index_fill': index_fill,
    'index_fill_': index_fill_,
    'masked_scatter': masked_scatter,
    'masked_scatter_': masked_scatter_,
    'sort': sort,
    'argsort': argsort,
    'topk': topk,
    'kthvalue': kthvalue,
    'median': median,
    'nanmedian': nanmedian,
    'mode': mode,
    'nonzero': nonzero,
    'masked_select': masked_select,
    'searchsorted': searchsorted,
    'bucketize': bucketize,
    'multinomial': multinomial,
    'randperm': randperm,
    'cat': cat,
    'concat': cat,
    'concatenate': cat,
    'logical_and': logical_and,
    'logical_and_': logical_and_,
    'logical_or': logical_or,
    'logical_or_': logical_or_,
    'logical_xor': logical_xor,
    'logical_xor_': logical_xor_,
    'logical_not': logical_not,
    'logical_not_': logical_not_,
    'bitwise_and': bitwise_and,
    'bitwise_and_': bitwise_and_,
    'bitwise_or': bitwise_or,
    'bitwise_or_': bitwise_or_,
    'bitwise_xor': bitwise_xor,
    'bitwise_xor_': bitwise_xor_,
    'bitwise_not': bitwise_not,
    'bitwise_not_': bitwise_not_,
    'bitwise_left_shift': bitwise_left_shift,
    'bitwise_left_shift_': bitwise_left_shift_,
    'bitwise_right_shift': bitwise_right_shift,
    'bitwise_right_shift_': bitwise_right_shift_,
    'softmax': softmax,
    'log_softmax': log_softmax,
    'layer_norm': layer_norm,
    'rms_norm': rms_norm,
    'group_norm': group_norm,
    'cosine_similarity': cosine_similarity,
    'pairwise_distance': pairwise_distance,
    '_sgd_step': sgd_step,
    '_momentum_step': momentum_step,
    '_adam_step': adam_step,
    'add': add,
    'add_': add_,
    'sub': sub,
    'sub_': sub_,
    'subtract': sub,
    'subtract_': sub_,
    'rsub': rsub,
    'neg': neg,
    'neg_': neg_,
    'negative': neg,
    'negative_': neg_,
    'positive': positive,
    'abs': abs,
    'abs_': abs_,
    'absolute': abs,
    'absolute_': abs_,
    'mul': mul,
    'mul_': mul_,
    'multiply': mul,
    'multiply_': mul_,
    'square': square,
    'square_': square_,
    'div': div,
    'div_': div_,
    'divide': div,
    'divide_': div_,
    'true_divide': true_divide,
    'true_divide_': true_divide_,
    'floor_divide': floor_divide,
    'floor_divide_': floor_divide_,
    'remainder': remainder,
    'remainder_': remainder_,
    'fmod': fmod,
    'fmod_': fmod_,
    'reciprocal': reciprocal,
    'reciprocal_': reciprocal_,
    'hypot': hypot,
    'hypot_': hypot_,
    'addcmul': addcmul,
    'addcmul_': addcmul_,
    'addcdiv': addcdiv,
    'addcdiv_': addcdiv_,
    'lerp': lerp,
    'lerp_': lerp_,
    'deg2rad': deg2rad,
    'deg2rad_': deg2rad_,
    'rad2deg': rad2deg,
    'rad2deg_': rad2deg_,
    'pow': pow,
    'pow_': pow_,
    'float_power': float_power,
    'float_power_': float_power_,
    'sqrt': sqrt,
    'sqrt_': sqrt_,
    'rsqrt': rsqrt,
    'rsqrt_': rsqrt_,
    'exp': exp,
    'exp_': exp_,
    'exp2': exp2,
    'exp2_': exp2_,
    'expm1': expm1,
    'expm1_': expm1_,
    'log': log,
    'log_': log_,
    'log2': log2,
    'log2_': log2_,
    'log10': log10,
    'log10_': log10_,
    'log1p': log1p,
    'log1p_': log1p_,
    'logaddexp': logaddexp,
    'logaddexp2': logaddexp2,
    'ldexp': ldexp,
    'ldexp_': ldexp_,
    'floor': floor,
    'floor_': floor_,
    'ceil': ceil,
    'ceil_': ceil_,
    'trunc': trunc,
    'trunc_': trunc_,
    'fix': trunc,
    'fix_': trunc_,
    'round': round,
    'round_': round_,
    'frac': frac,
    'frac_': frac_,
    'erf': erf,
    'erf_': erf_,
    'erfc': erfc,
    'erfc_': erfc_,
    'erfinv': erfinv,
    'erfinv_': erfinv_,
    'lgamma': lgamma,
    'lgamma_': lgamma_,
    'digamma': digamma,
    'digamma_': digamma_,
    'polygamma': polygamma,
    'polygamma_': polygamma_,
    'mvlgamma': mvlgamma,
    'mvlgamma_': mvlgamma_,
    'sinc': sinc,
    'sinc_': sinc_,
    'logit': logit,
    'logit_': logit_,
    'xlogy': xlogy,
    'xlogy_': xlogy_,
    'i0': i0,
    'i0_': i0_,
    'sin': sin,
    'sin_': sin_,
    'cos': cos,
    'cos_': cos_,
    'tan': tan,
    'tan_': tan_,
    'asin': asin,
    'asin_': asin_,
    'arcsin': asin,
    'arcsin_': asin_,
    'acos': acos,
    'acos_': acos_,
    'arccos': acos,
    'arccos_': acos_,
    'atan': atan,
    'atan_': atan_,
    'arctan': atan,
    'arctan_': atan_,
    'atan2': atan2,
    'atan2_': atan2_,
    'arctan2': atan2,
    'arctan2_': atan2_,
    'sinh': sinh,
    'sinh_': sinh_,
    'cosh': cosh,
    'cosh_': cosh_,
    'tanh': tanh,
    'tanh_': tanh_,
    'asinh': asinh,
    'asinh_': asinh_,
    'arcsinh': asinh,
    'arcsinh_': asinh_,
    'acosh': acosh,
    'acosh_': acosh_,
    'arccosh': acosh,
    'arccosh_': acosh_,
    'atanh': atanh,
    'atanh_': atanh_,
    'arctanh': atanh,
    'arctanh_': atanh_,
    'sum': sum,
    'nansum': nansum,
    'mean': mean,
    'nanmean': nanmean,
    'prod': prod,
    'count_nonzero': count_nonzero,
    'any': any,
    'all': all,
    'var': var,
    'std': std,
    'var_mean': var_mean,
    'std_mean': std_mean,
    'norm': norm,
    'logsumexp': logsumexp,
    'amax': amax,
    'max': max,
    'argmax': argmax,
    'amin': amin,
    'min': min,
    'argmin': argmin,
    'aminmax': aminmax,
    'cumsum': cumsum,
    'cumsum_': cumsum_,
    'cumprod': cumprod,
    'cumprod_': cumprod_,
    'cummax': cummax,
    'cummin': cummin,
    'logcumsumexp': logcumsumexp,
    'where': where,
    'masked_fill': masked_fill,
    'masked_fill_': masked_fill_,
    'clamp': clamp,
    'clamp_': clamp_,
    'clip': clamp,
    'clip_': clamp_,
    'clamp_min': clamp_min,
    'clamp_min_': clamp_min_,
    'clamp_max': clamp_max,
    'clamp_max_': clamp_max_,
    'sign': sign,
    'sign_': sign_,
    'sgn': sgn,
    'sgn_': sgn_,
    'signbit': signbit,
    'copysign': copysign,
    'copysign_': copysign_,
    'heaviside': heaviside,
    'heaviside_': heaviside_,
    'nextafter': nextafter,
    'nextafter_': nextafter_,
    'nan_to_num': nan_to_num,
    'nan_to_num_': nan_to_num_,
    'isnan': isnan,
    'isinf': isinf,
    'isfinite': isfinite,
    'isposinf': isposinf,
    'isneginf': isneginf,
    'isreal': isreal,
    'flatten': flatten,
    'ravel': ravel,
    'unflatten': unflatten,
    'transpose': transpose,
    'transpose_': transpose_,
    'swapdims': transpose,
    'swapdims_': transpose_,
    'swapaxes': swapaxes,
    'swapaxes_': swapaxes_,
    't': t,
    't_': t_,
    'permute': permute,
    'movedim': movedim,
    'moveaxis': movedim,
    'squeeze': squeeze,
    'squeeze_': squeeze_,
    'unsqueeze': unsqueeze,
    'unsqueeze_': unsqueeze_,
    'broadcast_to': broadcast_to,
    'narrow': narrow,
    'select': select,
    'diagonal': diagonal,
    'as_strided': as_strided,
    'as_strided_': as_strided_,
    'max_pool1d': max_pool1d,
    'max_pool2d': max_pool2d,
    'max_pool3d': max_pool3d,
    'max_pool1d_with_indices': max_pool1d_with_indices,
    'max_pool2d_with_indices': max_pool2d_with_indices,
    'max_pool3d_with_indices': max_pool3d_with_indices,
    'avg_pool1d': avg_pool1d,
    'adaptive_avg_pool1d': adaptive_avg_pool1d,
    'adaptive_max_pool1d': adaptive_max_pool1d,
}
METHODS: dict[str, Any] = {
    'relu': relu,
    'relu_': relu_,
    'hardshrink': hardshrink,
    'prelu': prelu,
    'sigmoid': sigmoid,
    'sigmoid_': sigmoid_,
    'flip': flip,
    'fliplr': fliplr,
    'flipud': flipud,
    'tril': tril,
    'tril_': tril_,
    'triu': triu,
    'triu_': triu_,
    'trace': trace,
    'clone': clone,
    'eq': eq,
    'eq_': eq_,
    'ne': ne,
    'ne_': ne_,
    'not_equal': ne,
    'not_equal_': ne_,
    'lt': lt,
    'lt_': lt_,
    'less': lt,
    'less_': lt_,
    'le': le,
    'le_': le_,
    'less_equal': le,
    'less_equal_': le_,
    'gt': gt,
    'gt_': gt_,
    'greater': gt,
    'greater_': gt_,
    'ge': ge,
    'ge_': ge_,
    'greater_equal': ge,
    'greater_equal_': ge_,
    'isclose': isclose,
    'maximum': maximum,
    'minimum': minimum,
    'fmax': fmax,
    'fmin': fmin,
    'matmul': matmul,
    '__matmul__': matmul,
    'mm': mm,
    'bmm': bmm,
    'mv': mv,
    'dot': dot,
    'vdot': dot,
    'inner': inner,
    'outer': outer,
    'ger': outer,
    'kron': kron,
    'addmm': addmm,
    'addmm_': addmm_,
    'addmv': addmv,
    'addmv_': addmv_,
    'addr': addr,
    'addr_': addr_,
    'baddbmm': baddbmm,
    'baddbmm_': baddbmm_,
    'addbmm': addbmm,
    'addbmm_': addbmm_,
    'gather': gather,
    'take_along_dim': take_along_dim,
    'index_select': index_select,
    'take': take,
    'scatter': scatter,
    'scatter_': scatter_,
    'scatter_add': scatter_add,
    'scatter_add_': scatter_add_,
    'scatter_reduce': scatter_reduce,
    'scatter_reduce_': scatter_reduce_,
    'index_add': index_add,
    'index_add_': index_add_,
    'index_copy': index_copy,
    'index_copy_': index_copy_,
    'index_fill': index_fill,
    'index_fill_': index_fill_,
    'masked_scatter': masked_scatter,
    'masked_scatter_': masked_scatter_,
    'sort': sort,
    'argsort': argsort,
    'topk': topk,
    'kthvalue': kthvalue,
    'median': median,
    'nanmedian': nanmedian,
    'mode': mode,
    'nonzero': nonzero,
    'masked_select': masked_select,
    'searchsorted': searchsorted,
    'bucketize': bucketize,
    'multinomial': multinomial,
    'randperm': randperm,
    'logical_and': logical_and,
    'logical_and_': logical_and_,
    'logical_or': logical_or,
    'logical_or_': logical_or_,
    'logical_xor': logical_xor,
    'logical_xor_': logical_xor_,
    'logical_not': logical_not,
    'logical_not_': logical_not_,
    'bitwise_and': bitwise_and,
    'bitwise_and_': bitwise_and_,
    'bitwise_or': bitwise_or,
    'bitwise_or_': bitwise_or_,
    'bitwise_xor': bitwise_xor,
    'bitwise_xor_': bitwise_xor_,
    'bitwise_not': bitwise_not,
    'bitwise_not_': bitwise_not_,
    'bitwise_left_shift': bitwise_left_shift,
    'bitwise_left_shift_': bitwise_left_shift_,
    'bitwise_right_shift': bitwise_right_shift,
    'bitwise_right_shift_': bitwise_right_shift_,
    'softmax': softmax,
    'log_softmax': log_softmax,
    'add': add,
    'add_': add_,
    'sub': sub,
    'sub_': sub_,
    'subtract': sub,
    'subtract_': sub_,
    'neg': neg,
    'neg_': neg_,
    'negative': neg,
    'negative_': neg_,
    'positive': positive,
    'abs': abs,
    'abs_': abs_,
    'absolute': abs,
    'absolute_': abs_,
    'mul': mul,
    'mul_': mul_,
    'multiply': mul,
    'multiply_': mul_,
    'square': square,
    'square_': square_,
    'div': div,
    'div_': div_,
    'divide': div,
    'divide_': div_,
    'true_divide': true_divide,
    'true_divide_': true_divide_,
    'floor_divide': floor_divide,
    'floor_divide_': floor_divide_,
    'remainder': remainder,
    'remainder_': remainder_,
    'fmod': fmod,
    'fmod_': fmod_,
    'reciprocal': reciprocal,
    'reciprocal_': reciprocal_,
    'hypot': hypot,
    'hypot_': hypot_,
    'addcmul': addcmul,
    'addcmul_': addcmul_,
    'addcdiv': addcdiv,
    'addcdiv_': addcdiv_,
    'lerp': lerp,
    'lerp_': lerp_,
    'deg2rad': deg2rad,
    'deg2rad_': deg2rad_,
    'rad2deg': rad2deg,
    'rad2deg_': rad2deg_,
    'pow': pow,
    'pow_': pow_,
    'float_power': float_power,
    'float_power_': float_power_,
    'sqrt': sqrt,
    'sqrt_': sqrt_,
    'rsqrt': rsqrt,
    'rsqrt_': rsqrt_,
    'exp': exp,
    'exp_': exp_,
    'exp2': exp2,
    'exp2_': exp2_,
    'expm1': expm1,
    'expm1_': expm1_,
    'log': log,
    'log_': log_,
    'log2': log2,
    'log2_': log2_,
    'log10': log10,
    'log10_': log10_,
    'log1p': log1p,
    'log1p_': log1p_,
    'logaddexp': logaddexp,
    'logaddexp2': logaddexp2,
    'ldexp': ldexp,
    'ldexp_': ldexp_,
    'floor': floor,
    'floor_': floor_,
    'ceil': ceil,
    'ceil_': ceil_,
    'trunc': trunc,
    'trunc_': trunc_,
    'fix': trunc,
    'fix_': trunc_,
    'round': round,
    'round_': round_,
    'frac': frac,
    'frac_': frac_,
    'erf': erf,
    'erf_': erf_,
    'erfc': erfc,
    'erfc_': erfc_,
    'erfinv': erfinv,
    'erfinv_': erfinv_,
    'lgamma': lgamma,
    'lgamma_': lgamma_,
    'digamma': digamma,
    'digamma_': digamma_,
    'polygamma': lambda input, n: polygamma(n, input),
    'polygamma_': lambda input, n: polygamma_(n, input),
    'mvlgamma': mvlgamma,
    'mvlgamma_': mvlgamma_,
    'sinc': sinc,
    'sinc_': sinc_,
    'logit': logit,
    'logit_': logit_,
    'xlogy': xlogy,
    'xlogy_': xlogy_,
    'i0': i0,
    'i0_': i0_,
    'sin': sin,
    'sin_': sin_,
    'cos': cos,
    'cos_': cos_,
    'tan': tan,
    'tan_': tan_,
    'asin': asin,
    'asin_': asin_,
    'arcsin': asin,
    'arcsin_': asin_,
    'acos': acos,
    'acos_': acos_,
    'arccos': acos,
    'arccos_': acos_,
    'atan': atan,
    'atan_': atan_,
    'arctan': atan,
    'arctan_': atan_,
    'atan2': atan2,
    'atan2_': atan2_,
    'arctan2': atan2,
    'arctan2_': atan2_,
    'sinh': sinh,
    'sinh_': sinh_,
    'cosh': cosh,
    'cosh_': cosh_,
    'tanh': tanh,
    'tanh_': tanh_,
    'asinh': asinh,
    'asinh_': asinh_,
    'arcsinh': asinh,
    'arcsinh_': asinh_,
    'acosh': acosh,
    'acosh_': acosh_,
    'arccosh': acosh,
    'arccosh_': acosh_,
    'atanh': atanh,
    'atanh_': atanh_,
    'arctanh': atanh,
    'arctanh_': atanh_,
    'sum': sum,
    'nansum': nansum,
    'mean': mean,
    'nanmean': nanmean,
    'prod': prod,
    'count_nonzero': count_nonzero,
    'any': any,
    'all': all,
    'var': var,
    'std': std,
    'norm': norm,
    'logsumexp': logsumexp,
    'amax': amax,
    'max': max,
    'argmax': argmax,
    'amin': amin,
    'min': min,
    'argmin': argmin,
    'aminmax': aminmax,
    'cumsum': cumsum,
    'cumsum_': cumsum_,
    'cumprod': cumprod,
    'cumprod_': cumprod_,
    'cummax': cummax,
    'cummin': cummin,
    'logcumsumexp': logcumsumexp,
    'where': where,
    'masked_fill': masked_fill,
    'masked_fill_': masked_fill_,
    'clamp': clamp,
    'clamp_': clamp_,
    'clip': clamp,
    'clip_': clamp_,
    'clamp_min': clamp_min,
    'clamp_min_': clamp_min_,
    'clamp_max': clamp_max,
    'clamp_max_': clamp_max_,
    'sign': sign,
    'sign_': sign_,
    'sgn': sgn,
    'sgn_': sgn_,
    'signbit': signbit,
    'copysign': copysign,
    'copysign_': copysign_,
    'heaviside': heaviside,
    'heaviside_': heaviside_,
    'nextafter': nextafter,
    'nextafter_': nextafter_,
    'nan_to_num': nan_to_num,
    'nan_to_num_': nan_to_num_,
    'isnan': isnan,
    'isinf': isinf,
    'isfinite': isfinite,
    'isposinf': isposinf,
    'isneginf': isneginf,
    'isreal': isreal,
    'view': view,
    'flatten': flatten,
    'ravel': ravel,
    'unflatten': unflatten,
    'transpose': transpose,
    'transpose_': transpose_,
    'swapdims': transpose,
    'swapdims_': transpose_,
    'swapaxes': swapaxes,
    'swapaxes_': swapaxes_,
    't': t,
    't_': t_,
    'permute': permute,
    'movedim': movedim,
    'moveaxis': movedim,
    'squeeze': squeeze,
    'squeeze_': squeeze_,
    'unsqueeze': unsqueeze,
    'unsqueeze_': unsqueeze_,
    'expand': expand,
    'broadcast_to': broadcast_to,
    'narrow': narrow,
    'select': select,
    'diagonal': diagonal,
    'unfold': unfold,
    'as_strided': as_strided,
    'as_strided_': as_strided_,
}
FUNCTIONAL: dict[str, Any] = {
    'relu': functional_relu,
    'relu_': relu_,
    'relu6': functional_relu6,
    'relu6_': relu6_,
    'hardtanh': functional_hardtanh,
    'hardtanh_': hardtanh_,
    'threshold': functional_threshold,
    'threshold_': threshold_,
    'hardshrink': hardshrink,
    'softshrink': softshrink,
    'leaky_relu': functional_leaky_relu,
    'leaky_relu_': leaky_relu_,
    'prelu': prelu,
    'elu': functional_elu,
    'elu_': elu_,
    'selu': functional_selu,
    'selu_': selu_,
    'celu': functional_celu,
    'celu_': celu_,
    'sigmoid': functional_sigmoid,
    'sigmoid_': sigmoid_,
    'logsigmoid': logsigmoid,
    'hardsigmoid': functional_hardsigmoid,
    'softsign': softsign,
    'tanhshrink': tanhshrink,
    'softplus': softplus,
    'silu': functional_silu,
    'hardswish': functional_hardswish,
    'mish': functional_mish,
    'gelu': gelu,
    'glu': glu,
    'pixel_shuffle': pixel_shuffle,
    'pixel_unshuffle': pixel_unshuffle,
    'channel_shuffle': channel_shuffle,
    'linear': linear,
    'bilinear': bilinear,
    'conv1d': conv1d,
    'conv2d': conv2d,
    'conv3d': conv3d,
    'conv_transpose1d': conv_transpose1d,
    'conv_transpose2d': conv_transpose2d,
    'conv_transpose3d': conv_transpose3d,
    'one_hot': one_hot,
    'mse_loss': mse_loss,
    'l1_loss': l1_loss,
    'smooth_l1_loss': smooth_l1_loss,
    'huber_loss': huber_loss,
    'gaussian_nll_loss': gaussian_nll_loss,
    'poisson_nll_loss': poisson_nll_loss,
    'binary_cross_entropy': binary_cross_entropy,
    'binary_cross_entropy_with_logits': binary_cross_entropy_with_logits,
    'kl_div': kl_div,
    'nll_loss': nll_loss,
    'cross_entropy': cross_entropy,
    'soft_margin_loss': soft_margin_loss,
    'hinge_embedding_loss': hinge_embedding_loss,
    'margin_ranking_loss': margin_ranking_loss,
    'cosine_embedding_loss': cosine_embedding_loss,
    'triplet_margin_loss': triplet_margin_loss,
    'multi_margin_loss': multi_margin_loss,
    'multilabel_margin_loss': multilabel_margin_loss,
    'multilabel_soft_margin_loss': multilabel_soft_margin_loss,
    'softmax': softmax,
    'log_softmax': log_softmax,
    'softmin': softmin,
    'layer_norm': layer_norm,
    'rms_norm': rms_norm,
    'group_norm': group_norm,
    'local_response_norm': local_response_norm,
    'normalize': normalize,
    'cosine_similarity': cosine_similarity,
    'pairwise_distance': pairwise_distance,
    'tanh': functional_tanh,
    'tanh_': tanh_,
    'max_pool1d_with_indices': max_pool1d_with_indices,
    'max_pool2d_with_indices': max_pool2d_with_indices,
    'max_pool3d_with_indices': max_pool3d_with_indices,
    'avg_pool1d': avg_pool1d,
    'avg_pool2d': avg_pool2d,
    'avg_pool3d': avg_pool3d,
    'lp_pool1d': lp_pool1d,
    'lp_pool2d': lp_pool2d,
    'lp_pool3d': lp_pool3d,
    'adaptive_avg_pool1d': adaptive_avg_pool1d,
    'adaptive_avg_pool2d': adaptive_avg_pool2d,
    'adaptive_avg_pool3d': adaptive_avg_pool3d,
    'adaptive_max_pool1d_with_indices': adaptive_max_pool1d,
    'adaptive_max_pool2d_with_indices': adaptive_max_pool2d,
    'adaptive_max_pool3d_with_indices': adaptive_max_pool3d,
    'unfold': im2col,
    'fold': col2im,
}
SPECIAL: dict[str, Any] = {
    'expit': sigmoid,
    'softmax': softmax,
    'log_softmax': log_softmax,
    'exp2': exp2,
    'expm1': expm1,
    'log1p': log1p,
    'round': round,
    'erf': erf,
    'erfc': erfc,
    'erfinv': erfinv,
    'erfcx': erfcx,
    'ndtr': ndtr,
    'ndtri': ndtri,
    'log_ndtr': log_ndtr,
    'gammaln': lgamma,
    'digamma': digamma,
    'psi': digamma,
    'polygamma': polygamma,
    'multigammaln': mvlgamma,
    'sinc': sinc,
    'logit': logit,
    'xlogy': xlogy,
    'xlog1py': xlog1py,
    'entr': entr,
    'i0': i0,
    'modified_bessel_i0': i0,
    'i0e': i0e,
    'i1': i1,
    'modified_bessel_i1': i1,
    'i1e': i1e,
    'logsumexp': logsumexp,
}
LINALG: dict[str, Any] = {
    'matmul': matmul,
    'vector_norm': vector_norm,
}
FFT: dict[str, Any] = {
}

absolute = abs
absolute_ = abs_
arccos = acos
arccos_ = acos_
arccosh = acosh
arccosh_ = acosh_
arcsin = asin
arcsin_ = asin_
arcsinh = asinh
arcsinh_ = asinh_
arctan = atan
arctan2 = atan2
arctan2_ = atan2_
arctan_ = atan_
arctanh = atanh
arctanh_ = atanh_
clip = clamp
clip_ = clamp_
divide = div
divide_ = div_
fix = trunc
fix_ = trunc_
ger = outer
greater = gt
greater_ = gt_
greater_equal = ge
greater_equal_ = ge_
less = lt
less_ = lt_
less_equal = le
less_equal_ = le_
moveaxis = movedim
multiply = mul
multiply_ = mul_
negative = neg
negative_ = neg_
not_equal = ne
not_equal_ = ne_
subtract = sub
subtract_ = sub_
swapdims = transpose
swapdims_ = transpose_

__all__ = [
    'abs',
    'abs_',
    'absolute',
    'absolute_',
    'acos',
    'acos_',
    'acosh',
    'acosh_',
    'adaptive_avg_pool1d',
    'adaptive_max_pool1d',
    'add',
    'add_',
    'addbmm',
    'addbmm_',
    'addcdiv',
    'addcdiv_',
    'addcmul',
    'addcmul_',
    'addmm',
    'addmm_',
    'addmv',
    'addmv_',
    'addr',
    'addr_',
    'all',
    'amax',
    'amin',
    'aminmax',
    'any',
    'arccos',
    'arccos_',
    'arccosh',
    'arccosh_',
    'arcsin',
    'arcsin_',
    'arcsinh',
    'arcsinh_',
    'arctan',
    'arctan2',
    'arctan2_',
    'arctan_',
    'arctanh',
    'arctanh_',
    'argmax',
    'argmin',
    'argsort',
    'as_strided',
    'as_strided_',
    'asin',
    'asin_',
    'asinh',
    'asinh_',
    'atan',
    'atan2',
    'atan2_',
    'atan_',
    'atanh',
    'atanh_',
    'avg_pool1d',
    'baddbmm',
    'baddbmm_',
    'bitwise_and',
    'bitwise_and_',
    'bitwise_left_shift',
    'bitwise_left_shift_',
    'bitwise_not',
    'bitwise_not_',
    'bitwise_or',
    'bitwise_or_',
    'bitwise_right_shift',
    'bitwise_right_shift_',
    'bitwise_xor',
    'bitwise_xor_',
    'bmm',
    'bucketize',
    'ceil',
    'ceil_',
    'celu',
    'celu_',
    'channel_shuffle',
    'clamp',
    'clamp_',
    'clamp_max',
    'clamp_max_',
    'clamp_min',
    'clamp_min_',
    'clip',
    'clip_',
    'conv1d',
    'conv2d',
    'conv3d',
    'conv_transpose1d',
    'conv_transpose2d',
    'conv_transpose3d',
    'copysign',
    'copysign_',
    'cos',
    'cos_',
    'cosh',
    'cosh_',
    'cosine_similarity',
    'count_nonzero',
    'cummax',
    'cummin',
    'cumprod',
    'cumprod_',
    'cumsum',
    'cumsum_',
    'deg2rad',
    'deg2rad_',
    'diagonal',
    'digamma',
    'digamma_',
    'div',
    'div_',
    'divide',
    'divide_',
    'dot',
    'embedding',
    'eq',
    'eq_',
    'erf',
    'erf_',
    'erfc',
    'erfc_',
    'erfinv',
    'erfinv_',
    'exp',
    'exp2',
    'exp2_',
    'exp_',
    'expm1',
    'expm1_',
    'fix',
    'fix_',
    'flip',
    'fliplr',
    'flipud',
    'float_power',
    'float_power_',
    'floor',
    'floor_',
    'floor_divide',
    'floor_divide_',
    'fmax',
    'fmin',
    'fmod',
    'fmod_',
    'frac',
    'frac_',
    'ge',
    'ge_',
    'ger',
    'greater',
    'greater_',
    'greater_equal',
    'greater_equal_',
    'group_norm',
    'gt',
    'gt_',
    'hardshrink',
    'heaviside',
    'heaviside_',
    'hypot',
    'hypot_',
    'i0',
    'i0_',
    'index_add',
    'index_add_',
    'index_copy',
    'index_copy_',
    'index_fill',
    'index_fill_',
    'index_select',
    'inner',
    'isclose',
    'isfinite',
    'isinf',
    'isnan',
    'isneginf',
    'isposinf',
    'isreal',
    'kron',
    'kthvalue',
    'layer_norm',
    'ldexp',
    'ldexp_',
    'le',
    'le_',
    'lerp',
    'lerp_',
    'less',
    'less_',
    'less_equal',
    'less_equal_',
    'lgamma',
    'lgamma_',
    'log',
    'log10',
    'log10_',
    'log1p',
    'log1p_',
    'log2',
    'log2_',
    'log_',
    'log_softmax',
    'logaddexp',
    'logaddexp2',
    'logcumsumexp',
    'logical_and',
    'logical_and_',
    'logical_not',
    'logical_not_',
    'logical_or',
    'logical_or_',
    'logical_xor',
    'logical_xor_',
    'logit',
    'logit_',
    'logsumexp',
    'lt',
    'lt_',
    'masked_fill_',
    'masked_scatter',
    'masked_scatter_',
    'masked_select',
    'matmul',
    'max',
    'max_pool1d',
    'max_pool1d_with_indices',
    'max_pool2d',
    'max_pool2d_with_indices',
    'max_pool3d',
    'max_pool3d_with_indices',
    'maximum',
    'mean',
    'median',
    'min',
    'minimum',
    'mm',
    'mode',
    'moveaxis',
    'movedim',
    'mul',
    'mul_',
    'multiply',
    'multiply_',
    'mv',
    'mvlgamma',
    'mvlgamma_',
    'nan_to_num',
    'nan_to_num_',
    'nanmean',
    'nanmedian',
    'nansum',
    'ne',
    'ne_',
    'neg',
    'neg_',
    'negative',
    'negative_',
    'nextafter',
    'nextafter_',
    'norm',
    'not_equal',
    'not_equal_',
    'outer',
    'pairwise_distance',
    'pixel_shuffle',
    'pixel_unshuffle',
    'polygamma',
    'polygamma_',
    'positive',
    'pow',
    'pow_',
    'prelu',
    'prod',
    'rad2deg',
    'rad2deg_',
    'reciprocal',
    'reciprocal_',
    'relu',
    'relu_',
    'remainder',
    'remainder_',
    'rms_norm',
    'round',
    'round_',
    'rsqrt',
    'rsqrt_',
    'rsub',
    'scatter_',
    'scatter_add_',
    'scatter_reduce_',
    'searchsorted',
    'select',
    'selu',
    'selu_',
    'sgn',
    'sgn_',
    'sigmoid',
    'sigmoid_',
    'sign',
    'sign_',
    'signbit',
    'sin',
    'sin_',
    'sinc',
    'sinc_',
    'sinh',
    'sinh_',
    'softmax',
    'sort',
    'sqrt',
    'sqrt_',
    'square',
    'square_',
    'squeeze',
    'squeeze_',
    'std',
    'std_mean',
    'sub',
    'sub_',
    'subtract',
    'subtract_',
    'sum',
    'swapaxes',
    'swapaxes_',
    'swapdims',
    'swapdims_',
    't',
    't_',
    'take',
    'tan',
    'tan_',
    'tanh',
    'tanh_',
    'threshold',
    'threshold_',
    'topk',
    'trace',
    'transpose',
    'transpose_',
    'tril',
    'tril_',
    'triu',
    'triu_',
    'true_divide',
    'true_divide_',
    'trunc',
    'trunc_',
    'unsqueeze',
    'unsqueeze_',
    'var',
    'var_mean',
    'xlogy',
    'xlogy_',
]
