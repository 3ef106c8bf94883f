"""Functions of the op registry. Written by `tools.generate`; do not edit."""

# mypy: disable-error-code="no-any-return"

from __future__ import annotations

from collections.abc import Sequence
from math import inf, nan
from typing import TYPE_CHECKING, Any

from ...ops.language.op import REQUIRED as _REQUIRED
from ..calls.dispatch import call
from ..calls.overloads import numpy_names, overloaded, overloaded_inplace
from ..calls.repeating import repeated
from ..calls.writing import inplace as write_back
from ..native.attach import served
from ..native.plans import INTO_FIRST
from ..results import named
from .views import inplace_view

if TYPE_CHECKING:
    from ...ops.dtype import dtype as DType
    from ..tensor import Tensor

REQUIRED: Any = _REQUIRED


@served('relu', (0,))
def relu(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The identity for positive elements, zero for the others.

    Formula:
        output = max(input, 0)
    """
    return call('relu', (input,), (), out=out)


@served('relu', (0,), INTO_FIRST)
def relu_(input: Tensor) -> Tensor:
    """The identity for positive elements, zero for the others.

    Formula:
        output = max(input, 0)
    """
    return write_back('relu', (input,), ())


@served('relu', (0,))
def functional_relu(input: Tensor, inplace: bool = False) -> Tensor:
    """The identity for positive elements, zero for the others.

    Formula:
        output = max(input, 0)
    """
    return (write_back if inplace else call)('relu', (input,), ())


@served('relu6', (0,))
def relu6(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The elements brought into the range from 0 to 6.

    Formula:
        output = min(max(input, 0), 6)
    """
    return call('relu6', (input,), (), out=out)


@served('relu6', (0,), INTO_FIRST)
def relu6_(input: Tensor) -> Tensor:
    """The elements brought into the range from 0 to 6.

    Formula:
        output = min(max(input, 0), 6)
    """
    return write_back('relu6', (input,), ())


@served('relu6', (0,))
def functional_relu6(input: Tensor, inplace: bool = False) -> Tensor:
    """The elements brought into the range from 0 to 6.

    Formula:
        output = min(max(input, 0), 6)
    """
    return (write_back if inplace else call)('relu6', (input,), ())


@served('hardtanh', (0, 1, 2))
def hardtanh(input: Tensor, min_val: float = -1.0, max_val: float = 1.0, *, out: Tensor | None = None) -> Tensor:
    """The elements brought into a range, at whose ends the slope is zero.

    Args:
        min_val: lower end
        max_val: upper end

    Formula:
        output = min(max(input, min_val), max_val)
    """
    return call('hardtanh', (input,), (min_val, max_val), out=out)


@served('hardtanh', (0, 1, 2), INTO_FIRST)
def hardtanh_(input: Tensor, min_val: float = -1.0, max_val: float = 1.0) -> Tensor:
    """The elements brought into a range, at whose ends the slope is zero.

    Args:
        min_val: lower end
        max_val: upper end

    Formula:
        output = min(max(input, min_val), max_val)
    """
    return write_back('hardtanh', (input,), (min_val, max_val))


@served('hardtanh', (0, 1, 2))
def functional_hardtanh(input: Tensor, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> Tensor:
    """The elements brought into a range, at whose ends the slope is zero.

    Args:
        min_val: lower end
        max_val: upper end

    Formula:
        output = min(max(input, min_val), max_val)
    """
    return (write_back if inplace else call)('hardtanh', (input,), (min_val, max_val))


@served('threshold', (0, 1, 2))
def threshold(input: Tensor, threshold: float, value: float, *, out: Tensor | None = None) -> Tensor:
    """The elements above a threshold, another value instead of the rest.

    Args:
        threshold: what an element must exceed to stay
        value: what the others become

    Formula:
        output = value if input <= threshold else input
    """
    return call('threshold', (input,), (threshold, value), out=out)


@served('threshold', (0, 1, 2), INTO_FIRST)
def threshold_(input: Tensor, threshold: float, value: float) -> Tensor:
    """The elements above a threshold, another value instead of the rest.

    Args:
        threshold: what an element must exceed to stay
        value: what the others become

    Formula:
        output = value if input <= threshold else input
    """
    return write_back('threshold', (input,), (threshold, value))


@served('threshold', (0, 1, 2))
def functional_threshold(input: Tensor, threshold: float, value: float, inplace: bool = False) -> Tensor:
    """The elements above a threshold, another value instead of the rest.

    Args:
        threshold: what an element must exceed to stay
        value: what the others become

    Formula:
        output = value if input <= threshold else input
    """
    return (write_back if inplace else call)('threshold', (input,), (threshold, value))


@served('hardshrink', (0, 1))
def hardshrink(input: Tensor, lambd: float = 0.5, *, out: Tensor | None = None) -> Tensor:
    """The elements further from zero than a threshold, zero instead of the rest.

    Args:
        lambd: the threshold

    Formula:
        output = 0 if input >= -lambd and input <= lambd else input
    """
    return call('hardshrink', (input,), (lambd,), out=out)


@served('softshrink', (0, 1))
def softshrink(input: Tensor, lambd: float = 0.5, *, out: Tensor | None = None) -> Tensor:
    """The elements moved toward zero by a threshold, and not beyond it.

    Args:
        lambd: the threshold

    Formula:
        output = input - lambd if input > lambd else input + lambd if input < -lambd else input * 0
    """
    return call('softshrink', (input,), (lambd,), out=out)


@served('leaky_relu', (0, 1))
def leaky_relu(input: Tensor, negative_slope: float = 0.01, *, out: Tensor | None = None) -> Tensor:
    """The identity for positive elements, a gentle slope for the others.

    Args:
        negative_slope: slope for negative elements

    Formula:
        output = input if input > 0 else negative_slope * input
    """
    return call('leaky_relu', (input,), (negative_slope,), out=out)


@served('leaky_relu', (0, 1), INTO_FIRST)
def leaky_relu_(input: Tensor, negative_slope: float = 0.01) -> Tensor:
    """The identity for positive elements, a gentle slope for the others.

    Args:
        negative_slope: slope for negative elements

    Formula:
        output = input if input > 0 else negative_slope * input
    """
    return write_back('leaky_relu', (input,), (negative_slope,))


@served('leaky_relu', (0, 1))
def functional_leaky_relu(input: Tensor, negative_slope: float = 0.01, inplace: bool = False) -> Tensor:
    """The identity for positive elements, a gentle slope for the others.

    Args:
        negative_slope: slope for negative elements

    Formula:
        output = input if input > 0 else negative_slope * input
    """
    return (write_back if inplace else call)('leaky_relu', (input,), (negative_slope,))


@repeated
def prelu(*arguments: Any, **options: Any) -> Any:
    """The identity for positive elements, a learned slope for the others.

    Args:
        weight: slope for negative elements

    Signatures:
        prelu(input, weight)
        prelu(input, weight)

    Formula:
        output = input if input > 0 else weight[0] * input
    """
    return overloaded('prelu', arguments, options)


@served('elu', (0, 1))
def elu(input: Tensor, alpha: float = 1.0, *, out: Tensor | None = None) -> Tensor:
    """The identity for positive elements, an exponential that tends to a constant for the others.

    Args:
        alpha: minus the limit for very negative elements

    Formula:
        output = input if input > 0 else alpha * expm1(input)
    """
    return call('elu', (input,), (alpha,), out=out)


@served('elu', (0, 1), INTO_FIRST)
def elu_(input: Tensor, alpha: float = 1.0) -> Tensor:
    """The identity for positive elements, an exponential that tends to a constant for the others.

    Args:
        alpha: minus the limit for very negative elements

    Formula:
        output = input if input > 0 else alpha * expm1(input)
    """
    return write_back('elu', (input,), (alpha,))


@served('elu', (0, 1))
def functional_elu(input: Tensor, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """The identity for positive elements, an exponential that tends to a constant for the others.

    Args:
        alpha: minus the limit for very negative elements

    Formula:
        output = input if input > 0 else alpha * expm1(input)
    """
    return (write_back if inplace else call)('elu', (input,), (alpha,))


@served('selu', (0,))
def selu(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Scaled elu whose constants keep zero mean and unit variance from layer to layer.

    Formula:
        output = 1.0507009873554805 * (input if input > 0 else 1.6732632423543772 * expm1(input))
    """
    return call('selu', (input,), (), out=out)


@served('selu', (0,), INTO_FIRST)
def selu_(input: Tensor) -> Tensor:
    """Scaled elu whose constants keep zero mean and unit variance from layer to layer.

    Formula:
        output = 1.0507009873554805 * (input if input > 0 else 1.6732632423543772 * expm1(input))
    """
    return write_back('selu', (input,), ())


@served('selu', (0,))
def functional_selu(input: Tensor, inplace: bool = False) -> Tensor:
    """Scaled elu whose constants keep zero mean and unit variance from layer to layer.

    Formula:
        output = 1.0507009873554805 * (input if input > 0 else 1.6732632423543772 * expm1(input))
    """
    return (write_back if inplace else call)('selu', (input,), ())


@served('celu', (0, 1))
def celu(input: Tensor, alpha: float = 1.0, *, out: Tensor | None = None) -> Tensor:
    """Elu whose slope has no step, whatever its limit is.

    Args:
        alpha: minus the limit for very negative elements

    Formula:
        output = input if input > 0 else alpha * expm1(input / alpha)
    """
    return call('celu', (input,), (alpha,), out=out)


@served('celu', (0, 1), INTO_FIRST)
def celu_(input: Tensor, alpha: float = 1.0) -> Tensor:
    """Elu whose slope has no step, whatever its limit is.

    Args:
        alpha: minus the limit for very negative elements

    Formula:
        output = input if input > 0 else alpha * expm1(input / alpha)
    """
    return write_back('celu', (input,), (alpha,))


@served('celu', (0, 1))
def functional_celu(input: Tensor, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """Elu whose slope has no step, whatever its limit is.

    Args:
        alpha: minus the limit for very negative elements

    Formula:
        output = input if input > 0 else alpha * expm1(input / alpha)
    """
    return (write_back if inplace else call)('celu', (input,), (alpha,))


@served('sigmoid', (0,))
def sigmoid(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Logistic function. Squashes the real line into the open interval (0, 1).

    Formula:
        output = 1 / (1 + exp(-input))
    """
    return call('sigmoid', (input,), (), out=out)


@served('sigmoid', (0,), INTO_FIRST)
def sigmoid_(input: Tensor) -> Tensor:
    """Logistic function. Squashes the real line into the open interval (0, 1).

    Formula:
        output = 1 / (1 + exp(-input))
    """
    return write_back('sigmoid', (input,), ())


@served('sigmoid', (0,))
def functional_sigmoid(input: Tensor, inplace: bool = False) -> Tensor:
    """Logistic function. Squashes the real line into the open interval (0, 1).

    Formula:
        output = 1 / (1 + exp(-input))
    """
    return (write_back if inplace else call)('sigmoid', (input,), ())


@served('logsigmoid', (0,))
def logsigmoid(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Logarithm of sigmoid, safe from overflow.

    Formula:
        output = -log(1 + exp(-input))
    """
    return call('logsigmoid', (input,), (), out=out)


@served('hardsigmoid', (0,))
def hardsigmoid(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Piecewise linear approximation of sigmoid.

    Formula:
        output = min(max(input + 3, 0), 6) / 6
    """
    return call('hardsigmoid', (input,), (), out=out)


@served('hardsigmoid', (0,))
def functional_hardsigmoid(input: Tensor, inplace: bool = False) -> Tensor:
    """Piecewise linear approximation of sigmoid.

    Formula:
        output = min(max(input + 3, 0), 6) / 6
    """
    return (write_back if inplace else call)('hardsigmoid', (input,), ())


@served('softsign', (0,))
def softsign(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The element divided by one plus its size.

    Formula:
        output = input / (1 + abs(input))
    """
    return call('softsign', (input,), (), out=out)


@served('tanhshrink', (0,))
def tanhshrink(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The element minus its hyperbolic tangent.

    Formula:
        output = input - tanh(input)
    """
    return call('tanhshrink', (input,), (), out=out)


@served('softplus', (0, 1, 2))
def softplus(input: Tensor, beta: float = 1, threshold: float = 20, *, out: Tensor | None = None) -> Tensor:
    """Smooth approximation of relu.

    Args:
        beta: how sharp the bend is
        threshold: where beta times the element exceeds it, the identity is used

    Formula:
        output = input if beta * input > threshold else log(1 + exp(beta * input)) / beta
    """
    return call('softplus', (input,), (beta, threshold), out=out)


@served('silu', (0,))
def silu(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The element times its sigmoid.

    Formula:
        output = input / (1 + exp(-input))
    """
    return call('silu', (input,), (), out=out)


@served('silu', (0,))
def functional_silu(input: Tensor, inplace: bool = False) -> Tensor:
    """The element times its sigmoid.

    Formula:
        output = input / (1 + exp(-input))
    """
    return (write_back if inplace else call)('silu', (input,), ())


@served('hardswish', (0,))
def hardswish(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The element times its hardsigmoid.

    Formula:
        output = input * min(max(input + 3, 0), 6) / 6
    """
    return call('hardswish', (input,), (), out=out)


@served('hardswish', (0,))
def functional_hardswish(input: Tensor, inplace: bool = False) -> Tensor:
    """The element times its hardsigmoid.

    Formula:
        output = input * min(max(input + 3, 0), 6) / 6
    """
    return (write_back if inplace else call)('hardswish', (input,), ())


@served('mish', (0,))
def mish(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The element times the hyperbolic tangent of its softplus.

    Formula:
        output = input * tanh(log(1 + exp(input)))
    """
    return call('mish', (input,), (), out=out)


@served('mish', (0,))
def functional_mish(input: Tensor, inplace: bool = False) -> Tensor:
    """The element times the hyperbolic tangent of its softplus.

    Formula:
        output = input * tanh(log(1 + exp(input)))
    """
    return (write_back if inplace else call)('mish', (input,), ())


@served('gelu', (0, 1))
def gelu(input: Tensor, *, approximate: str | None = None, out: Tensor | None = None) -> Tensor:
    """The element times the chance that a standard normal deviate is at most as large.

    Args:
        approximate: exact, or with a hyperbolic tangent for the chance

    Formula:
        if approximate == 'none':
            output = 0.5 * input * (1 + erf(input * 0.7071067811865476))
        if approximate == 'tanh':
            output = 0.5 * input * (1 + tanh(0.7978845608028654 * (input + 0.044715 * input * input * input)))
    """
    return call('gelu', (input,), (approximate,), out=out)


@served('glu', (0, 1))
def glu(input: Tensor, dim: int = -1, *, out: Tensor | None = None, **numpy: Any) -> Tensor:
    """First half of the elements along a dim times the sigmoid of the second half.

    Args:
        dim: dim to halve

    Formula:
        output[h] = input[h] / (1 + exp(-input[h + H]))
    """
    if numpy:
        dim, = numpy_names('glu', numpy, dim=dim)
    return call('glu', (input,), (dim,), out=out)


@served('flip', (0, 1))
def flip(input: Tensor, *dims: Any) -> Tensor:
    """The elements of some dims in reverse order.

    Args:
        dims: all of them are reversed

    Formula:
        output[n] = input[N - 1 - n]
    """
    if len(dims) == 1 and isinstance(dims[0], (tuple, list)):
        dims = tuple(dims[0])
    return call('flip', (input,), (dims,))


@served('fliplr', (0,))
def fliplr(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The columns in reverse order.

    Formula:
        output[r, c, s] = input[r, C - 1 - c, s]
    """
    return call('fliplr', (input,), (), out=out)


@served('flipud', (0,))
def flipud(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The rows in reverse order.

    Formula:
        output[r, s] = input[R - 1 - r, s]
    """
    return call('flipud', (input,), (), out=out)


@served('tril', (0, 1))
def tril(input: Tensor, diagonal: int = 0, *, out: Tensor | None = None) -> Tensor:
    """The elements on and below a diagonal, zeros above.

    Args:
        diagonal: above the main diagonal if positive

    Formula:
        output[r, c] = input[r, c] if c - r <= diagonal else 0
    """
    return call('tril', (input,), (diagonal,), out=out)


@served('tril', (0, 1), INTO_FIRST)
def tril_(input: Tensor, diagonal: int = 0) -> Tensor:
    """The elements on and below a diagonal, zeros above.

    Args:
        diagonal: above the main diagonal if positive

    Formula:
        output[r, c] = input[r, c] if c - r <= diagonal else 0
    """
    return write_back('tril', (input,), (diagonal,))


@served('triu', (0, 1))
def triu(input: Tensor, diagonal: int = 0, *, out: Tensor | None = None) -> Tensor:
    """The elements on and above a diagonal, zeros below.

    Args:
        diagonal: above the main diagonal if positive

    Formula:
        output[r, c] = input[r, c] if c - r >= diagonal else 0
    """
    return call('triu', (input,), (diagonal,), out=out)


@served('triu', (0, 1), INTO_FIRST)
def triu_(input: Tensor, diagonal: int = 0) -> Tensor:
    """The elements on and above a diagonal, zeros below.

    Args:
        diagonal: above the main diagonal if positive

    Formula:
        output[r, c] = input[r, c] if c - r >= diagonal else 0
    """
    return write_back('triu', (input,), (diagonal,))


@served('trace', (0,))
def trace(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Sum of the main diagonal of a matrix.

    Formula:
        output = sum[m](input[m, m])
    """
    return call('trace', (input,), (), out=out)


@served('pixel_shuffle', (0, 1))
def pixel_shuffle(input: Tensor, upscale_factor: int, *, out: Tensor | None = None) -> Tensor:
    """Blocks of channels laid out as finer pixels.

    Formula:
        output[c, (h, r), (w, r1)] = input[(c, r, r1), h, w]
    """
    return call('pixel_shuffle', (input,), (upscale_factor,), out=out)


@served('pixel_unshuffle', (0, 1))
def pixel_unshuffle(input: Tensor, downscale_factor: int, *, out: Tensor | None = None) -> Tensor:
    """Fine pixels gathered into blocks of channels.

    Formula:
        output[(c, r, r1), h, w] = input[c, (h, r), (w, r1)]
    """
    return call('pixel_unshuffle', (input,), (downscale_factor,), out=out)


@served('channel_shuffle', (0, 1))
def channel_shuffle(input: Tensor, groups: int, *, out: Tensor | None = None) -> Tensor:
    """The channels of the groups dealt out in turn.

    Formula:
        output[b, (c, g), s] = input[b, (g, c), s]
    """
    return call('channel_shuffle', (input,), (groups,), out=out)


@served('clone', (0,))
def clone(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """A copy with memory of its own.

    Formula:
        output = input
    """
    return call('clone', (input,), (), out=out)


@served('eq', (0, 1))
def eq(input: Tensor, other: Tensor | float, *, out: Tensor | None = None) -> Tensor:
    """Whether elements are equal.

    Formula:
        output = input == other
    """
    return call('eq', (input, other), (), out=out)


@served('eq', (0, 1), INTO_FIRST)
def eq_(input: Tensor, other: Tensor | float) -> Tensor:
    """Whether elements are equal.

    Formula:
        output = input == other
    """
    return write_back('eq', (input, other), ())


@served('ne', (0, 1))
def ne(input: Tensor, other: Tensor | float, *, out: Tensor | None = None) -> Tensor:
    """Whether elements differ.

    Formula:
        output = input != other
    """
    return call('ne', (input, other), (), out=out)


@served('ne', (0, 1), INTO_FIRST)
def ne_(input: Tensor, other: Tensor | float) -> Tensor:
    """Whether elements differ.

    Formula:
        output = input != other
    """
    return write_back('ne', (input, other), ())


@served('lt', (0, 1))
def lt(input: Tensor, other: Tensor | float, *, out: Tensor | None = None) -> Tensor:
    """Whether the first element is less than the second.

    Formula:
        output = input < other
    """
    return call('lt', (input, other), (), out=out)


@served('lt', (0, 1), INTO_FIRST)
def lt_(input: Tensor, other: Tensor | float) -> Tensor:
    """Whether the first element is less than the second.

    Formula:
        output = input < other
    """
    return write_back('lt', (input, other), ())


@served('le', (0, 1))
def le(input: Tensor, other: Tensor | float, *, out: Tensor | None = None) -> Tensor:
    """Whether the first element is at most the second.

    Formula:
        output = input <= other
    """
    return call('le', (input, other), (), out=out)


@served('le', (0, 1), INTO_FIRST)
def le_(input: Tensor, other: Tensor | float) -> Tensor:
    """Whether the first element is at most the second.

    Formula:
        output = input <= other
    """
    return write_back('le', (input, other), ())


@served('gt', (0, 1))
def gt(input: Tensor, other: Tensor | float, *, out: Tensor | None = None) -> Tensor:
    """Whether the first element is greater than the second.

    Formula:
        output = input > other
    """
    return call('gt', (input, other), (), out=out)


@served('gt', (0, 1), INTO_FIRST)
def gt_(input: Tensor, other: Tensor | float) -> Tensor:
    """Whether the first element is greater than the second.

    Formula:
        output = input > other
    """
    return write_back('gt', (input, other), ())


@served('ge', (0, 1))
def ge(input: Tensor, other: Tensor | float, *, out: Tensor | None = None) -> Tensor:
    """Whether the first element is at least the second.

    Formula:
        output = input >= other
    """
    return call('ge', (input, other), (), out=out)


@served('ge', (0, 1), INTO_FIRST)
def ge_(input: Tensor, other: Tensor | float) -> Tensor:
    """Whether the first element is at least the second.

    Formula:
        output = input >= other
    """
    return write_back('ge', (input, other), ())


@served('isclose', (0, 1, 2, 3, 4))
def isclose(input: Tensor, other: Tensor | float, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False, *, out: Tensor | None = None) -> Tensor:
    """Whether elements are equal up to an absolute and a relative error.

    Args:
        rtol: error allowed per unit of `other`
        atol: error allowed in any case
        equal_nan: whether two NaNs are equal

    Formula:
        error = abs(cast(input, float64) - cast(other, float64))
        close = error < inf and error <= atol + abs(rtol * cast(other, float64))
        output = input == other or close or equal_nan and input != input and other != other
    """
    return call('isclose', (input, other), (rtol, atol, equal_nan), out=out)


@served('maximum', (0, 1))
def maximum(input: Tensor, other: Tensor | float, *, out: Tensor | None = None) -> Tensor:
    """Larger of two elements. NaN if either is.

    Formula:
        output = max(input, other)
    """
    return call('maximum', (input, other), (), out=out)


@served('minimum', (0, 1))
def minimum(input: Tensor, other: Tensor | float, *, out: Tensor | None = None) -> Tensor:
    """Smaller of two elements. NaN if either is.

    Formula:
        output = min(input, other)
    """
    return call('minimum', (input, other), (), out=out)


@served('fmax', (0, 1))
def fmax(input: Tensor, other: Tensor | float, *, out: Tensor | None = None) -> Tensor:
    """Larger of two elements, the other one where one is NaN.

    Formula:
        output = input if input >= other or other != other else other
    """
    return call('fmax', (input, other), (), out=out)


@served('fmin', (0, 1))
def fmin(input: Tensor, other: Tensor | float, *, out: Tensor | None = None) -> Tensor:
    """Smaller of two elements, the other one where one is NaN.

    Formula:
        output = input if input <= other or other != other else other
    """
    return call('fmin', (input, other), (), out=out)


@served('matmul', (0, 1))
def matmul(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Matrix product over the last two dims. Leading dims broadcast, and a 1-d operand is a row on the left, a column on the right.

    Formula:
        output[m, n] = sum[k](input[m, k] * other[k, n])
    """
    return call('matmul', (input, other), (), out=out)


@served('mm', (0, 1))
def mm(input: Tensor, mat2: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Product of two matrices.

    Formula:
        output[m, n] = sum[k](input[m, k] * mat2[k, n])
    """
    return call('mm', (input, mat2), (), out=out)


@served('_int_mm', (0, 1))
def _int_mm(input: Tensor, mat2: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Product of two matrices of bytes, summed in 32 bits.

    Formula:
        output[m, n] = sum[k](cast(input[m, k], int32) * cast(mat2[k, n], int32))
    """
    return call('_int_mm', (input, mat2), (), out=out)


@served('bmm', (0, 1))
def bmm(input: Tensor, mat2: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Products of the matrices of two batches, pair by pair.

    Formula:
        output[b, m, n] = sum[k](input[b, m, k] * mat2[b, k, n])
    """
    return call('bmm', (input, mat2), (), out=out)


@served('linear', (0, 1, 2))
def linear(input: Tensor, weight: Tensor, bias: Tensor | None = None, *, out: Tensor | None = None) -> Tensor:
    """Affine map of the last dim, with one row of weight for each output feature.

    Formula:
        output[n] = sum[k](input[k] * weight[n, k]) + bias[n]
    """
    return call('linear', (input, weight, bias), (), out=out)


@served('mv', (0, 1))
def mv(input: Tensor, vec: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Product of a matrix and a vector.

    Formula:
        output[m] = sum[k](input[m, k] * vec[k])
    """
    return call('mv', (input, vec), (), out=out)


@served('dot', (0, 1))
def dot(input: Tensor, tensor: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Scalar product of two vectors.

    Formula:
        output = sum[k](input[k] * tensor[k])
    """
    return call('dot', (input, tensor), (), out=out)


@served('inner', (0, 1))
def inner(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Scalar products of every row of one tensor with every row of the other.

    Formula:
        output[s, r] = sum[k](input[s, k] * other[r, k])
    """
    return call('inner', (input, other), (), out=out)


@served('outer', (0, 1))
def outer(input: Tensor, vec2: Tensor, *, out: Tensor | None = None) -> Tensor:
    """All products of an element of one vector and an element of the other.

    Formula:
        output[m, n] = input[m] * vec2[n]
    """
    return call('outer', (input, vec2), (), out=out)


@served('kron', (0, 1))
def kron(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Kronecker product of two matrices, each element of the first times the whole second.

    Formula:
        output[(m, p), (n, q)] = input[m, n] * other[p, q]
    """
    return call('kron', (input, other), (), out=out)


@served('addmm', (0, 1, 2, 3, 4))
def addmm(input: Tensor, mat1: Tensor, mat2: Tensor, *, beta: float = 1, alpha: float = 1, out: Tensor | None = None) -> Tensor:
    """Product of two matrices added to a matrix, each with a factor. With beta zero the matrix is not read.

    Args:
        beta: factor of input
        alpha: factor of the product

    Formula:
        output[m, n] = (beta * input[m, n] if beta != 0 else 0) + alpha * sum[k](mat1[m, k] * mat2[k, n])
    """
    return call('addmm', (input, mat1, mat2), (beta, alpha), out=out)


@served('addmm', (0, 1, 2, 3, 4), INTO_FIRST)
def addmm_(input: Tensor, mat1: Tensor, mat2: Tensor, *, beta: float = 1, alpha: float = 1) -> Tensor:
    """Product of two matrices added to a matrix, each with a factor. With beta zero the matrix is not read.

    Args:
        beta: factor of input
        alpha: factor of the product

    Formula:
        output[m, n] = (beta * input[m, n] if beta != 0 else 0) + alpha * sum[k](mat1[m, k] * mat2[k, n])
    """
    return write_back('addmm', (input, mat1, mat2), (beta, alpha))


@served('addmv', (0, 1, 2, 3, 4))
def addmv(input: Tensor, mat: Tensor, vec: Tensor, *, beta: float = 1, alpha: float = 1, out: Tensor | None = None) -> Tensor:
    """Product of a matrix and a vector added to a vector, each with a factor.

    Args:
        beta: factor of input
        alpha: factor of the product

    Formula:
        output[m] = (beta * input[m] if beta != 0 else 0) + alpha * sum[k](mat[m, k] * vec[k])
    """
    return call('addmv', (input, mat, vec), (beta, alpha), out=out)


@served('addmv', (0, 1, 2, 3, 4), INTO_FIRST)
def addmv_(input: Tensor, mat: Tensor, vec: Tensor, *, beta: float = 1, alpha: float = 1) -> Tensor:
    """Product of a matrix and a vector added to a vector, each with a factor.

    Args:
        beta: factor of input
        alpha: factor of the product

    Formula:
        output[m] = (beta * input[m] if beta != 0 else 0) + alpha * sum[k](mat[m, k] * vec[k])
    """
    return write_back('addmv', (input, mat, vec), (beta, alpha))


@served('addr', (0, 1, 2, 3, 4))
def addr(input: Tensor, vec1: Tensor, vec2: Tensor, *, beta: float = 1, alpha: float = 1, out: Tensor | None = None) -> Tensor:
    """Outer product of two vectors added to a matrix, each with a factor.

    Args:
        beta: factor of input
        alpha: factor of the product

    Formula:
        output[m, n] = (beta * input[m, n] if beta != 0 else 0) + alpha * vec1[m] * vec2[n]
    """
    return call('addr', (input, vec1, vec2), (beta, alpha), out=out)


@served('addr', (0, 1, 2, 3, 4), INTO_FIRST)
def addr_(input: Tensor, vec1: Tensor, vec2: Tensor, *, beta: float = 1, alpha: float = 1) -> Tensor:
    """Outer product of two vectors added to a matrix, each with a factor.

    Args:
        beta: factor of input
        alpha: factor of the product

    Formula:
        output[m, n] = (beta * input[m, n] if beta != 0 else 0) + alpha * vec1[m] * vec2[n]
    """
    return write_back('addr', (input, vec1, vec2), (beta, alpha))


@served('baddbmm', (0, 1, 2, 3, 4))
def baddbmm(input: Tensor, batch1: Tensor, batch2: Tensor, *, beta: float = 1, alpha: float = 1, out: Tensor | None = None) -> Tensor:
    """Products of the matrices of two batches added to a batch of matrices, each with a factor.

    Args:
        beta: factor of input
        alpha: factor of the product

    Formula:
        output[b, m, n] = (beta * input[b, m, n] if beta != 0 else 0) + alpha * sum[k](batch1[b, m, k] * batch2[b, k, n])
    """
    return call('baddbmm', (input, batch1, batch2), (beta, alpha), out=out)


@served('baddbmm', (0, 1, 2, 3, 4), INTO_FIRST)
def baddbmm_(input: Tensor, batch1: Tensor, batch2: Tensor, *, beta: float = 1, alpha: float = 1) -> Tensor:
    """Products of the matrices of two batches added to a batch of matrices, each with a factor.

    Args:
        beta: factor of input
        alpha: factor of the product

    Formula:
        output[b, m, n] = (beta * input[b, m, n] if beta != 0 else 0) + alpha * sum[k](batch1[b, m, k] * batch2[b, k, n])
    """
    return write_back('baddbmm', (input, batch1, batch2), (beta, alpha))


@served('addbmm', (0, 1, 2, 3, 4))
def addbmm(input: Tensor, batch1: Tensor, batch2: Tensor, *, beta: float = 1, alpha: float = 1, out: Tensor | None = None) -> Tensor:
    """Sum of the products of the matrices of two batches, added to a matrix, each with a factor.

    Args:
        beta: factor of input
        alpha: factor of the sum

    Formula:
        output[m, n] = (beta * input[m, n] if beta != 0 else 0) + alpha * sum[b, k](batch1[b, m, k] * batch2[b, k, n])
    """
    return call('addbmm', (input, batch1, batch2), (beta, alpha), out=out)


@served('addbmm', (0, 1, 2, 3, 4), INTO_FIRST)
def addbmm_(input: Tensor, batch1: Tensor, batch2: Tensor, *, beta: float = 1, alpha: float = 1) -> Tensor:
    """Sum of the products of the matrices of two batches, added to a matrix, each with a factor.

    Args:
        beta: factor of input
        alpha: factor of the sum

    Formula:
        output[m, n] = (beta * input[m, n] if beta != 0 else 0) + alpha * sum[b, k](batch1[b, m, k] * batch2[b, k, n])
    """
    return write_back('addbmm', (input, batch1, batch2), (beta, alpha))


@served('bilinear', (0, 1, 2, 3))
def bilinear(input1: Tensor, input2: Tensor, weight: Tensor, bias: Tensor | None = None, *, out: Tensor | None = None) -> Tensor:
    """A form for each output feature that is linear in both of two inputs.

    Formula:
        output[n] = sum[k, j](input1[k] * weight[n, k, j] * input2[j]) + bias[n]
    """
    return call('bilinear', (input1, input2, weight, bias), (), out=out)


@served('conv1d', (0, 1, 2, 3, 4, 5, 6))
def conv1d(input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: int | Sequence[int] = 1, padding: int | Sequence[int] = 0, dilation: int | Sequence[int] = 1, groups: int = 1, *, out: Tensor | None = None) -> Tensor:
    """Cross-correlation of signals with a bank of filters.

    Args:
        input: signals, channels first
        weight: F filters for each group
        bias: added to every output channel
        stride: step of the window
        padding: zeros added on both sides
        dilation: distance between filter taps
        groups: groups of channels that do not mix

    Formula:
        output[(g, f), ol] = bias[(g, f)] + sum[c, kl](input[(g, c), ol * SL + kl * JL - PL] * weight[(g, f), c, kl])
    """
    return call('conv1d', (input, weight, bias), (stride, padding, dilation, groups), out=out)


@served('conv2d', (0, 1, 2, 3, 4, 5, 6))
def conv2d(input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: int | Sequence[int] = 1, padding: int | Sequence[int] = 0, dilation: int | Sequence[int] = 1, groups: int = 1, *, out: Tensor | None = None) -> Tensor:
    """Cross-correlation of images with a bank of filters.

    Args:
        input: images, channels first
        weight: F filters for each group
        bias: added to every output channel
        stride: step of the window
        padding: zeros added on both sides
        dilation: distance between filter taps
        groups: groups of channels that do not mix

    Formula:
        output[(g, f), oh, ow] = bias[(g, f)] + sum[c, kh, kw](input[(g, c), oh * SH + kh * JH - PH, ow * SW + kw * JW - PW] * weight[(g, f), c, kh, kw])
    """
    return call('conv2d', (input, weight, bias), (stride, padding, dilation, groups), out=out)


@served('conv3d', (0, 1, 2, 3, 4, 5, 6))
def conv3d(input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: int | Sequence[int] = 1, padding: int | Sequence[int] = 0, dilation: int | Sequence[int] = 1, groups: int = 1, *, out: Tensor | None = None) -> Tensor:
    """Cross-correlation of volumes with a bank of filters.

    Args:
        input: volumes, channels first
        weight: F filters for each group
        bias: added to every output channel
        stride: step of the window
        padding: zeros added on both sides
        dilation: distance between filter taps
        groups: groups of channels that do not mix

    Formula:
        output[(g, f), od, oh, ow] = bias[(g, f)] + sum[c, kd, kh, kw](input[(g, c), od * SD + kd * JD - PD, oh * SH + kh * JH - PH, ow * SW + kw * JW - PW] * weight[(g, f), c, kd, kh, kw])
    """
    return call('conv3d', (input, weight, bias), (stride, padding, dilation, groups), out=out)


@served('conv_transpose1d', (0, 1, 2, 3, 4, 5, 6, 7))
def conv_transpose1d(input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: int | Sequence[int] = 1, padding: int | Sequence[int] = 0, output_padding: int | Sequence[int] = 0, groups: int = 1, dilation: int | Sequence[int] = 1, *, out: Tensor | None = None) -> Tensor:
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

    Formula:
        output[(g, f), ol] += bias[(g, f)]
        output[(g, f), l * SL + kl * JL - PL] += sum[c](input[(g, c), l] * weight[(g, c), f, kl])
    """
    return call('conv_transpose1d', (input, weight, bias), (stride, padding, output_padding, groups, dilation), out=out)


@served('conv_transpose2d', (0, 1, 2, 3, 4, 5, 6, 7))
def conv_transpose2d(input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: int | Sequence[int] = 1, padding: int | Sequence[int] = 0, output_padding: int | Sequence[int] = 0, groups: int = 1, dilation: int | Sequence[int] = 1, *, out: Tensor | None = None) -> Tensor:
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

    Formula:
        output[(g, f), oh, ow] += bias[(g, f)]
        output[(g, f), h * SH + kh * JH - PH, w * SW + kw * JW - PW] += sum[c](input[(g, c), h, w] * weight[(g, c), f, kh, kw])
    """
    return call('conv_transpose2d', (input, weight, bias), (stride, padding, output_padding, groups, dilation), out=out)


@served('conv_transpose3d', (0, 1, 2, 3, 4, 5, 6, 7))
def conv_transpose3d(input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: int | Sequence[int] = 1, padding: int | Sequence[int] = 0, output_padding: int | Sequence[int] = 0, groups: int = 1, dilation: int | Sequence[int] = 1, *, out: Tensor | None = None) -> Tensor:
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

    Formula:
        output[(g, f), od, oh, ow] += bias[(g, f)]
        output[(g, f), d * SD + kd * JD - PD, h * SH + kh * JH - PH, w * SW + kw * JW - PW] += sum[c](input[(g, c), d, h, w] * weight[(g, c), f, kd, kh, kw])
    """
    return call('conv_transpose3d', (input, weight, bias), (stride, padding, output_padding, groups, dilation), out=out)


@served('embedding', (0, 1, 2))
def embedding(weight: Tensor, indices: Tensor, padding_idx: int = -1, *, out: Tensor | None = None) -> Tensor:
    """Rows of weight chosen by index, as word vectors are looked up. The row padding_idx gets no cotangent.

    Args:
        indices: row numbers, each from 0 to V - 1
        padding_idx: row that is not trained; -1 for none

    Formula:
        output[i, d] = weight[indices[i], d]
    """
    return call('embedding', (weight, indices), (padding_idx,), out=out)


@served('gather', (0, 2, 1))
def gather(input: Tensor, dim: int, index: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Elements along a dim chosen by an index tensor, each at its own place in the other dims.

    Args:
        index: places along dim, each from 0 to N - 1

    Formula:
        output[m] = input[index[m]]
    """
    return call('gather', (input, index), (dim,), out=out)


@served('take_along_dim', (0, 1, 2))
def take_along_dim(input: Tensor, indices: Tensor, dim: int, *, out: Tensor | None = None) -> Tensor:
    """Elements along a dim chosen by an index tensor that broadcasts over the other dims.

    Args:
        indices: places along dim, each from 0 to N - 1

    Formula:
        output[m] = input[indices[m]]
    """
    return call('take_along_dim', (input, indices), (dim,), out=out)


@served('index_select', (0, 2, 1))
def index_select(input: Tensor, dim: int, index: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Slices of a dim chosen by a list of numbers.

    Args:
        index: places along dim, each from 0 to N - 1

    Formula:
        output[m] = input[index[m]]
    """
    return call('index_select', (input, index), (dim,), out=out)


@served('take', (0, 1))
def take(input: Tensor, index: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Elements of the flattened tensor. Negative numbers count from the end.

    Formula:
        place[i] = index[i] + N if index[i] < 0 else index[i]
        output[i] = input[place[i]]
    """
    return call('take', (input, index), (), out=out)


@repeated
def scatter(*arguments: Any, **options: Any) -> Any:
    """The tensor with elements along a dim replaced, at places that an index tensor gives. Of several values for one place the last stays.

    Args:
        index: places along dim, each from 0 to N - 1

    Signatures:
        scatter(input, dim, index, src)
        scatter(input, dim, index, value)

    Formula:
        output[n] = input[n]
        output[index[m]] = src[m]
    """
    return overloaded('scatter', arguments, options)


def scatter_(*arguments: Any, **options: Any) -> Any:
    """The tensor with elements along a dim replaced, at places that an index tensor gives. Of several values for one place the last stays.

    Args:
        index: places along dim, each from 0 to N - 1

    Signatures:
        scatter(input, dim, index, src)
        scatter(input, dim, index, value)

    Formula:
        output[n] = input[n]
        output[index[m]] = src[m]
    """
    return overloaded_inplace('scatter', arguments, options)


@served('scatter_add', (0, 3, 1, 2))
def scatter_add(input: Tensor, dim: int, index: Tensor, src: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The tensor with values added along a dim, at places that an index tensor gives. Values for one place add up.

    Args:
        index: places along dim, each from 0 to N - 1

    Formula:
        output[n] += input[n]
        output[index[m]] += src[m]
    """
    return call('scatter_add', (input, index, src), (dim,), out=out)


@served('scatter_add', (0, 3, 1, 2), INTO_FIRST)
def scatter_add_(input: Tensor, dim: int, index: Tensor, src: Tensor) -> Tensor:
    """The tensor with values added along a dim, at places that an index tensor gives. Values for one place add up.

    Args:
        index: places along dim, each from 0 to N - 1

    Formula:
        output[n] += input[n]
        output[index[m]] += src[m]
    """
    return write_back('scatter_add', (input, index, src), (dim,))


@served('scatter_reduce', (0, 3, 1, 2, 4, 5))
def scatter_reduce(input: Tensor, dim: int, index: Tensor, src: Tensor, reduce: str, *, include_self: bool = True, out: Tensor | None = None) -> Tensor:
    """The tensor combined along a dim with the values that an index tensor sends to each place.

    Args:
        index: places along dim, each from 0 to N - 1
        include_self: the old element takes part where values arrive
    """
    return call('scatter_reduce', (input, index, src), (dim, reduce, include_self), out=out)


@served('scatter_reduce', (0, 3, 1, 2, 4, 5), INTO_FIRST)
def scatter_reduce_(input: Tensor, dim: int, index: Tensor, src: Tensor, reduce: str, *, include_self: bool = True) -> Tensor:
    """The tensor combined along a dim with the values that an index tensor sends to each place.

    Args:
        index: places along dim, each from 0 to N - 1
        include_self: the old element takes part where values arrive
    """
    return write_back('scatter_reduce', (input, index, src), (dim, reduce, include_self))


@served('index_add', (0, 3, 1, 2, 4))
def index_add(input: Tensor, dim: int, index: Tensor, source: Tensor, *, alpha: float = 1, out: Tensor | None = None) -> Tensor:
    """The tensor with slices added along a dim, at places that a list of numbers gives.

    Args:
        index: places along dim, each from 0 to N - 1
        alpha: factor of source

    Formula:
        output[n] += input[n]
        output[index[m]] += alpha * source[m]
    """
    return call('index_add', (input, index, source), (dim, alpha), out=out)


@served('index_add', (0, 3, 1, 2, 4), INTO_FIRST)
def index_add_(input: Tensor, dim: int, index: Tensor, source: Tensor, *, alpha: float = 1) -> Tensor:
    """The tensor with slices added along a dim, at places that a list of numbers gives.

    Args:
        index: places along dim, each from 0 to N - 1
        alpha: factor of source

    Formula:
        output[n] += input[n]
        output[index[m]] += alpha * source[m]
    """
    return write_back('index_add', (input, index, source), (dim, alpha))


@served('index_copy', (0, 3, 1, 2))
def index_copy(input: Tensor, dim: int, index: Tensor, source: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The tensor with slices of a dim replaced, at places that a list of numbers gives.

    Args:
        index: places along dim, each from 0 to N - 1

    Formula:
        output[n] = input[n]
        output[index[m]] = source[m]
    """
    return call('index_copy', (input, index, source), (dim,), out=out)


@served('index_copy', (0, 3, 1, 2), INTO_FIRST)
def index_copy_(input: Tensor, dim: int, index: Tensor, source: Tensor) -> Tensor:
    """The tensor with slices of a dim replaced, at places that a list of numbers gives.

    Args:
        index: places along dim, each from 0 to N - 1

    Formula:
        output[n] = input[n]
        output[index[m]] = source[m]
    """
    return write_back('index_copy', (input, index, source), (dim,))


@served('index_fill', (0, 2, 1, 3))
def index_fill(input: Tensor, dim: int, index: Tensor, value: float, *, out: Tensor | None = None) -> Tensor:
    """The tensor with one number in some slices of a dim.

    Args:
        index: places along dim, each from -N to N - 1

    Formula:
        output[n] = input[n]
        place[m] = index[m] + N if index[m] < 0 else index[m]
        output[place[m]] = value
    """
    return call('index_fill', (input, index), (dim, value), out=out)


@served('index_fill', (0, 2, 1, 3), INTO_FIRST)
def index_fill_(input: Tensor, dim: int, index: Tensor, value: float) -> Tensor:
    """The tensor with one number in some slices of a dim.

    Args:
        index: places along dim, each from -N to N - 1

    Formula:
        output[n] = input[n]
        place[m] = index[m] + N if index[m] < 0 else index[m]
        output[place[m]] = value
    """
    return write_back('index_fill', (input, index), (dim, value))


@served('masked_scatter', (0, 1, 2))
def masked_scatter(input: Tensor, mask: Tensor, source: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The tensor with elements replaced where the mask holds, by the elements of source in their order.

    Formula:
        place[s] = running_sum[s1 <= s](1 if mask[s1] else 0) - 1
        chosen[s] = place[s] if mask[s] else 0
        output[s] = source[chosen[s]] if mask[s] else input[s]
    """
    return call('masked_scatter', (input, mask, source), (), out=out)


@served('masked_scatter', (0, 1, 2), INTO_FIRST)
def masked_scatter_(input: Tensor, mask: Tensor, source: Tensor) -> Tensor:
    """The tensor with elements replaced where the mask holds, by the elements of source in their order.

    Formula:
        place[s] = running_sum[s1 <= s](1 if mask[s1] else 0) - 1
        chosen[s] = place[s] if mask[s] else 0
        output[s] = source[chosen[s]] if mask[s] else input[s]
    """
    return write_back('masked_scatter', (input, mask, source), ())


@served('one_hot', (0, 1))
def one_hot(input: Tensor, num_classes: int, *, out: Tensor | None = None) -> Tensor:
    """Rows of zeros with a one at the place that the element gives.

    Args:
        num_classes: length of a row

    Formula:
        output[i, c] = 0
        output[i, input[i]] = 1
    """
    return call('one_hot', (input,), (num_classes,), out=out)


@served('sort', (0, 1, 2, 3), results=('sort', ('values', 'indices')))
def sort(input: Tensor, dim: int = -1, descending: bool = False, *, stable: bool = False, out: Any = None, **numpy: Any) -> Any:
    """The elements of a dim in order, NaN last, and where they were.

    Args:
        stable: keep the order of equal elements, which is always done

    Returns:
        values
        indices

    Formula:
        indices[n] = argsort[n1](input[n1], descending)[n]
        values[n] = input[indices[n]]
    """
    if numpy:
        dim, = numpy_names('sort', numpy, dim=dim)
    return named('sort', ('values', 'indices'), call('sort', (input,), (dim, descending, stable), out=out))


@served('argsort', (0, 1, 2, 3))
def argsort(input: Tensor, dim: int = -1, descending: bool = False, *, stable: bool = False, out: Tensor | None = None, **numpy: Any) -> Tensor:
    """The places of the elements of a dim in the order of the elements.

    Formula:
        output[n] = argsort[n1](input[n1], descending)[n]
    """
    if numpy:
        dim, = numpy_names('argsort', numpy, dim=dim)
    return call('argsort', (input,), (dim, descending, stable), out=out)


@served('topk', (0, 1, 2, 3, 4), results=('topk', ('values', 'indices')))
def topk(input: Tensor, k: int, dim: int = -1, largest: bool = True, sorted: bool = True, *, out: Any = None, **numpy: Any) -> Any:
    """The k largest or smallest elements of a dim, in order, and where they were.

    Returns:
        values
        indices

    Formula:
        indices[k] = argsort[n](input[n], largest)[k]
        values[k] = input[indices[k]]
    """
    if numpy:
        dim, = numpy_names('topk', numpy, dim=dim)
    return named('topk', ('values', 'indices'), call('topk', (input,), (k, dim, largest, sorted), out=out))


@served('kthvalue', (0, 1, 2, 3), results=('kthvalue', ('values', 'indices')))
def kthvalue(input: Tensor, k: int, dim: int = -1, keepdim: bool = False, *, out: Any = None, **numpy: Any) -> Any:
    """The k-th smallest element of a dim, and where it was.

    Args:
        k: counted from 1

    Returns:
        values
        indices

    Formula:
        indices = argsort[n](input[n])[k - 1]
        values = input[indices]
    """
    if numpy:
        dim, keepdim = numpy_names('kthvalue', numpy, dim=dim, keepdim=keepdim)
    return named('kthvalue', ('values', 'indices'), call('kthvalue', (input,), (k, dim, keepdim), out=out))


@served('median', (0,), like=lambda input: None)
@served('median.1', (0, 1, 2), like=lambda input, dim, keepdim=False: None, results=('median', ('values', 'indices')))
@repeated
def median(*arguments: Any, **options: Any) -> Any:
    """The lower of the middle elements, of the whole tensor or along a dim; NaN if there is one.

    Signatures:
        median(input)
        median(input, dim, keepdim=False)

    Formula:
        missing = sum[n](input[n] != input[n])
        place = N - missing if missing > 0 else (N - 1) // 2
        output = input[argsort[n](input[n])[place]] if N > 0 else cast(nan, Ordered)
    """
    return overloaded('median', arguments, options)


@served('nanmedian', (0,), like=lambda input: None)
@served('nanmedian.1', (0, 1, 2), like=lambda input, dim, keepdim=False: None, results=('nanmedian', ('values', 'indices')))
@repeated
def nanmedian(*arguments: Any, **options: Any) -> Any:
    """The lower of the middle elements, of the whole tensor or along a dim, without regard to NaN.

    Signatures:
        nanmedian(input)
        nanmedian(input, dim, keepdim=False)

    Formula:
        missing = sum[n](input[n] != input[n])
        place = max(N - missing - 1, 0) // 2
        output = input[argsort[n](input[n])[place]] if N > 0 else cast(nan, Ordered)
    """
    return overloaded('nanmedian', arguments, options)


@served('mode', (0, 1, 2), results=('mode', ('values', 'indices')))
def mode(input: Tensor, dim: int = -1, keepdim: bool = False, *, out: Any = None, **numpy: Any) -> Any:
    """The smallest of the most frequent elements along a dim, and the last place where it stands.

    Returns:
        values
        indices

    Formula:
        order[n] = argsort[n1](input[n1])[n]
        sorted[n] = input[order[n]]
        first[n] = running_max[n1 <= n](n1 if n1 == 0 or sorted[n1] != sorted[n1 - 1] else 0)
        last = argmax[n](n - first[n])
        indices = order[last]
        values = input[indices]
    """
    if numpy:
        dim, keepdim = numpy_names('mode', numpy, dim=dim, keepdim=keepdim)
    return named('mode', ('values', 'indices'), call('mode', (input,), (dim, keepdim), out=out))


@served('masked_select', (0, 1, 2))
def masked_select(input: Tensor, mask: Tensor, *, size: int | None = None, out: Tensor | None = None) -> Tensor:
    """The elements where the mask holds, in row-major order.

    Args:
        size: how many there are

    Formula:
        place[u] = argsort[s](mask[s], true)[u]
        output[u] = input[place[u]]
    """
    return call('masked_select', (input, mask), (size,), out=out)


@served('searchsorted', (0, 1, 2, 3))
def searchsorted(sorted_sequence: Tensor, input: Tensor, *, out_int32: bool = False, right: bool = False, out: Tensor | None = None) -> Tensor:
    """For each value the place in a sorted row at which it would have to be inserted.

    Args:
        right: after equal elements, not before

    Formula:
        if right == 'true':
            output[m] = partition_point[n](sorted_sequence[n] <= input[m] or input[m] != input[m])
        if right != 'true':
            output[m] = partition_point[n](sorted_sequence[n] < input[m] or input[m] != input[m] and not sorted_sequence[n] != sorted_sequence[n])
    """
    return call('searchsorted', (sorted_sequence, input), (out_int32, right), out=out)


@served('bucketize', (0, 1, 2, 3))
def bucketize(input: Tensor, boundaries: Tensor, *, out_int32: bool = False, right: bool = False, out: Tensor | None = None) -> Tensor:
    """For each element the interval between sorted boundaries in which it lies.

    Args:
        right: intervals are closed on the left

    Formula:
        if right == 'true':
            output = partition_point[n](boundaries[n] <= input or input != input)
        if right != 'true':
            output = partition_point[n](boundaries[n] < input or input != input and not boundaries[n] != boundaries[n])
    """
    return call('bucketize', (input, boundaries), (out_int32, right), out=out)


def cat(tensors: Sequence[Tensor], dim: int = 0, *, out: Tensor | None = None, **numpy: Any) -> Tensor:
    """Tensors joined along a dim."""
    if numpy:
        dim, = numpy_names('cat', numpy, dim=dim)
    return call('cat', (tensors,), (dim,), out=out)


@served('logical_and', (0, 1))
def logical_and(input: Tensor, other: Tensor | float, *, out: Tensor | None = None) -> Tensor:
    """Whether both elements are other than zero.

    Formula:
        output = input != 0 and other != 0
    """
    return call('logical_and', (input, other), (), out=out)


@served('logical_and', (0, 1), INTO_FIRST)
def logical_and_(input: Tensor, other: Tensor | float) -> Tensor:
    """Whether both elements are other than zero.

    Formula:
        output = input != 0 and other != 0
    """
    return write_back('logical_and', (input, other), ())


@served('logical_or', (0, 1))
def logical_or(input: Tensor, other: Tensor | float, *, out: Tensor | None = None) -> Tensor:
    """Whether one of the elements is other than zero.

    Formula:
        output = input != 0 or other != 0
    """
    return call('logical_or', (input, other), (), out=out)


@served('logical_or', (0, 1), INTO_FIRST)
def logical_or_(input: Tensor, other: Tensor | float) -> Tensor:
    """Whether one of the elements is other than zero.

    Formula:
        output = input != 0 or other != 0
    """
    return write_back('logical_or', (input, other), ())


@served('logical_xor', (0, 1))
def logical_xor(input: Tensor, other: Tensor | float, *, out: Tensor | None = None) -> Tensor:
    """Whether exactly one of the elements is other than zero.

    Formula:
        output = (input != 0) != (other != 0)
    """
    return call('logical_xor', (input, other), (), out=out)


@served('logical_xor', (0, 1), INTO_FIRST)
def logical_xor_(input: Tensor, other: Tensor | float) -> Tensor:
    """Whether exactly one of the elements is other than zero.

    Formula:
        output = (input != 0) != (other != 0)
    """
    return write_back('logical_xor', (input, other), ())


@served('logical_not', (0,))
def logical_not(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Whether the element is zero.

    Formula:
        output = input == 0
    """
    return call('logical_not', (input,), (), out=out)


@served('logical_not', (0,), INTO_FIRST)
def logical_not_(input: Tensor) -> Tensor:
    """Whether the element is zero.

    Formula:
        output = input == 0
    """
    return write_back('logical_not', (input,), ())


@served('bitwise_and', (0, 1))
def bitwise_and(input: Tensor, other: Tensor | float, *, out: Tensor | None = None) -> Tensor:
    """Bits that are set in both elements.

    Formula:
        output = input & other
    """
    return call('bitwise_and', (input, other), (), out=out)


@served('bitwise_and', (0, 1), INTO_FIRST)
def bitwise_and_(input: Tensor, other: Tensor | float) -> Tensor:
    """Bits that are set in both elements.

    Formula:
        output = input & other
    """
    return write_back('bitwise_and', (input, other), ())


@served('bitwise_or', (0, 1))
def bitwise_or(input: Tensor, other: Tensor | float, *, out: Tensor | None = None) -> Tensor:
    """Bits that are set in at least one of the elements.

    Formula:
        output = input | other
    """
    return call('bitwise_or', (input, other), (), out=out)


@served('bitwise_or', (0, 1), INTO_FIRST)
def bitwise_or_(input: Tensor, other: Tensor | float) -> Tensor:
    """Bits that are set in at least one of the elements.

    Formula:
        output = input | other
    """
    return write_back('bitwise_or', (input, other), ())


@served('bitwise_xor', (0, 1))
def bitwise_xor(input: Tensor, other: Tensor | float, *, out: Tensor | None = None) -> Tensor:
    """Bits that are set in exactly one of the elements.

    Formula:
        output = input ^ other
    """
    return call('bitwise_xor', (input, other), (), out=out)


@served('bitwise_xor', (0, 1), INTO_FIRST)
def bitwise_xor_(input: Tensor, other: Tensor | float) -> Tensor:
    """Bits that are set in exactly one of the elements.

    Formula:
        output = input ^ other
    """
    return write_back('bitwise_xor', (input, other), ())


@served('bitwise_not', (0,))
def bitwise_not(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Bits that are not set in the element.

    Formula:
        output = ~input
    """
    return call('bitwise_not', (input,), (), out=out)


@served('bitwise_not', (0,), INTO_FIRST)
def bitwise_not_(input: Tensor) -> Tensor:
    """Bits that are not set in the element.

    Formula:
        output = ~input
    """
    return write_back('bitwise_not', (input,), ())


@served('bitwise_left_shift', (0, 1))
def bitwise_left_shift(input: Tensor, other: Tensor | float, *, out: Tensor | None = None) -> Tensor:
    """Bits of the first element moved up by as many places as the second one says.

    Formula:
        output = input << other
    """
    return call('bitwise_left_shift', (input, other), (), out=out)


@served('bitwise_left_shift', (0, 1), INTO_FIRST)
def bitwise_left_shift_(input: Tensor, other: Tensor | float) -> Tensor:
    """Bits of the first element moved up by as many places as the second one says.

    Formula:
        output = input << other
    """
    return write_back('bitwise_left_shift', (input, other), ())


@served('bitwise_right_shift', (0, 1))
def bitwise_right_shift(input: Tensor, other: Tensor | float, *, out: Tensor | None = None) -> Tensor:
    """Bits of the first element moved down by as many places as the second one says, the sign kept.

    Formula:
        output = input >> other
    """
    return call('bitwise_right_shift', (input, other), (), out=out)


@served('bitwise_right_shift', (0, 1), INTO_FIRST)
def bitwise_right_shift_(input: Tensor, other: Tensor | float) -> Tensor:
    """Bits of the first element moved down by as many places as the second one says, the sign kept.

    Formula:
        output = input >> other
    """
    return write_back('bitwise_right_shift', (input, other), ())


@served('mse_loss', (0, 1, 3, 2))
def mse_loss(input: Tensor, target: Tensor, reduction: str | None = 'mean', weight: Tensor | None = None, *, out: Tensor | None = None) -> Tensor:
    """Squared difference between prediction and target.

    Args:
        input: predictions
        target: what they should be
        weight: importance of each element
        reduction: how the losses of the elements become one
    """
    return call('mse_loss', (input, target, weight), (reduction,), out=out)


@served('l1_loss', (0, 1, 3, 2))
def l1_loss(input: Tensor, target: Tensor, reduction: str | None = 'mean', weight: Tensor | None = None, *, out: Tensor | None = None) -> Tensor:
    """Size of the difference between prediction and target.

    Args:
        input: predictions
        target: what they should be
        weight: importance of each element
        reduction: how the losses of the elements become one
    """
    return call('l1_loss', (input, target, weight), (reduction,), out=out)


@served('smooth_l1_loss', (0, 1, 3, 2))
def smooth_l1_loss(input: Tensor, target: Tensor, reduction: str | None = 'mean', beta: float = 1.0, *, out: Tensor | None = None) -> Tensor:
    """Size of the difference between prediction and target, a parabola near zero.

    Args:
        input: predictions
        target: what they should be
        beta: where the parabola ends
        reduction: how the losses of the elements become one
    """
    return call('smooth_l1_loss', (input, target), (beta, reduction), out=out)


@served('huber_loss', (0, 1, 4, 3, 2))
def huber_loss(input: Tensor, target: Tensor, reduction: str | None = 'mean', delta: float = 1.0, weight: Tensor | None = None, *, out: Tensor | None = None) -> Tensor:
    """Half the squared difference between prediction and target, a straight line far from zero.

    Args:
        input: predictions
        target: what they should be
        weight: importance of each element
        delta: where the line begins
        reduction: how the losses of the elements become one
    """
    return call('huber_loss', (input, target, weight), (delta, reduction), out=out)


@served('gaussian_nll_loss', (0, 1, 2, 3, 4, 5))
def gaussian_nll_loss(input: Tensor, target: Tensor, var: Tensor, full: bool = False, eps: float = 1e-06, reduction: str | None = 'mean', *, out: Tensor | None = None) -> Tensor:
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


@served('poisson_nll_loss', (0, 1, 2, 3, 4, 5))
def poisson_nll_loss(input: Tensor, target: Tensor, log_input: bool = True, full: bool = False, eps: float = 1e-08, reduction: str | None = 'mean', *, out: Tensor | None = None) -> Tensor:
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


@served('binary_cross_entropy', (0, 1, 2, 3))
def binary_cross_entropy(input: Tensor, target: Tensor, weight: Tensor | None = None, reduction: str | None = 'mean', *, out: Tensor | None = None) -> Tensor:
    """Cross entropy between probabilities of a yes and what was wanted.

    Args:
        input: probabilities
        target: wanted probabilities
        weight: importance of each element
        reduction: how the losses of the elements become one
    """
    return call('binary_cross_entropy', (input, target, weight), (reduction,), out=out)


@served('binary_cross_entropy_with_logits', (0, 1, 2, 4, 3))
def binary_cross_entropy_with_logits(input: Tensor, target: Tensor, weight: Tensor | None = None, reduction: str | None = 'mean', pos_weight: Tensor | None = None, *, out: Tensor | None = None) -> Tensor:
    """Cross entropy between the sigmoid of scores and what was wanted.

    Args:
        input: scores
        target: wanted probabilities
        weight: importance of each element
        pos_weight: importance of a yes
        reduction: how the losses of the elements become one
    """
    return call('binary_cross_entropy_with_logits', (input, target, weight, pos_weight), (reduction,), out=out)


@served('kl_div', (0, 1, 2, 3))
def kl_div(input: Tensor, target: Tensor, reduction: str | None = 'mean', log_target: bool = False, *, out: Tensor | None = None) -> Tensor:
    """Kullback-Leibler divergence of predicted log-probabilities from the target distribution.

    Args:
        input: predicted log-probabilities
        target: wanted probabilities, or their logarithms
        reduction: how the losses of the elements become one
        log_target: the target is the logarithm of the probabilities
    """
    return call('kl_div', (input, target), (reduction, log_target), out=out)


@served('nll_loss', (0, 1, 2, 3, 4))
def nll_loss(input: Tensor, target: Tensor, weight: Tensor | None = None, ignore_index: int = -100, reduction: str | None = 'mean', *, out: Tensor | None = None) -> Tensor:
    """Negative log-probability that was predicted for the target class.

    Args:
        input: predicted log-probabilities
        target: class numbers, each in [0, C) or `ignore_index`
        weight: importance of each class
        ignore_index: target that does not count
        reduction: how the losses of the elements become one
    """
    return call('nll_loss', (input, target, weight), (ignore_index, reduction), out=out)


@repeated
def cross_entropy(*arguments: Any, **options: Any) -> Any:
    """Cross entropy between unnormalized scores and target classes or class probabilities.

    Args:
        input: unnormalized scores
        target: class numbers, each in [0, C) or `ignore_index`
        weight: importance of each class
        ignore_index: target that does not count
        reduction: how the losses of the elements become one
        label_smoothing: share of the target spread evenly over all classes

    Signatures:
        cross_entropy(input, target, weight, ignore_index=-100, reduction, label_smoothing=0.0)
        cross_entropy(input, target, weight, ignore_index=-100, reduction, label_smoothing=0.0)
    """
    return overloaded('cross_entropy', arguments, options)


@served('soft_margin_loss', (0, 1, 2))
def soft_margin_loss(input: Tensor, target: Tensor, reduction: str | None = 'mean', *, out: Tensor | None = None) -> Tensor:
    """Logistic loss of scores for targets of 1 or -1.

    Args:
        input: scores
        target: 1 or -1
        reduction: how the losses of the elements become one
    """
    return call('soft_margin_loss', (input, target), (reduction,), out=out)


@served('hinge_embedding_loss', (0, 1, 2, 3))
def hinge_embedding_loss(input: Tensor, target: Tensor, margin: float = 1.0, reduction: str | None = 'mean', *, out: Tensor | None = None) -> Tensor:
    """Distances of pairs that are alike, and how far the others fall short of a margin.

    Args:
        input: distances
        target: 1 for pairs that are alike, -1 for the others
        margin: distance that is enough for the others
        reduction: how the losses of the elements become one
    """
    return call('hinge_embedding_loss', (input, target), (margin, reduction), out=out)


@served('margin_ranking_loss', (0, 1, 2, 3, 4))
def margin_ranking_loss(input1: Tensor, input2: Tensor, target: Tensor, margin: float = 0.0, reduction: str | None = 'mean', *, out: Tensor | None = None) -> Tensor:
    """How far the first of two scores fails to exceed the second by a margin.

    Args:
        target: 1 if the first should be larger, -1 if the second
        margin: difference that is enough
        reduction: how the losses of the elements become one
    """
    return call('margin_ranking_loss', (input1, input2, target), (margin, reduction), out=out)


@served('cosine_embedding_loss', (0, 1, 2, 3, 4))
def cosine_embedding_loss(input1: Tensor, input2: Tensor, target: Tensor, margin: float = 0.0, reduction: str | None = 'mean', *, out: Tensor | None = None) -> Tensor:
    """One minus the cosine of pairs that are alike, the cosine above a margin of the others.

    Args:
        target: 1 for pairs that are alike, -1 for the others
        margin: cosine that is small enough for the others
        reduction: how the losses of the elements become one
    """
    return call('cosine_embedding_loss', (input1, input2, target), (margin, reduction), out=out)


@served('triplet_margin_loss', (0, 1, 2, 3, 4, 5, 6, 7))
def triplet_margin_loss(anchor: Tensor, positive: Tensor, negative: Tensor, margin: float = 1.0, p: float = 2, eps: float = 1e-06, swap: bool = False, reduction: str | None = 'mean', *, out: Tensor | None = None) -> Tensor:
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


@served('multi_margin_loss', (0, 1, 3, 4, 2, 5))
def multi_margin_loss(input: Tensor, target: Tensor, p: int = 1, margin: float = 1.0, weight: Tensor | None = None, reduction: str | None = 'mean', *, out: Tensor | None = None) -> Tensor:
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


@served('multilabel_margin_loss', (0, 1, 2))
def multilabel_margin_loss(input: Tensor, target: Tensor, reduction: str | None = 'mean', *, out: Tensor | None = None) -> Tensor:
    """How far the scores of the target classes fail to exceed the others by one.

    Args:
        input: scores
        target: class numbers up to the first -1
        reduction: how the losses of the elements become one
    """
    return call('multilabel_margin_loss', (input, target), (reduction,), out=out)


@served('multilabel_soft_margin_loss', (0, 1, 2, 3))
def multilabel_soft_margin_loss(input: Tensor, target: Tensor, weight: Tensor | None = None, reduction: str | None = 'mean', *, out: Tensor | None = None) -> Tensor:
    """Mean over classes of the cross entropy between the sigmoid of scores and yes or no.

    Args:
        input: scores
        target: 1 for classes that apply, 0 for the others
        weight: importance of each class
        reduction: how the losses of the elements become one
    """
    return call('multilabel_soft_margin_loss', (input, target, weight), (reduction,), out=out)


@served('softmax', (0, 1, 2))
def softmax(input: Tensor, dim: int, dtype: DType | None = None, *, out: Tensor | None = None) -> Tensor:
    """Exponentials normalized to sum to one along a dim.

    Args:
        dim: dim whose elements will sum to one
        dtype: type to convert to first, and of the result

    Formula:
        output[n] = exp(input[n]) / sum[n1](exp(input[n1]))
    """
    return call('softmax', (input,), (dim, dtype), out=out)


@served('log_softmax', (0, 1, 2))
def log_softmax(input: Tensor, dim: int, dtype: DType | None = None, *, out: Tensor | None = None) -> Tensor:
    """Logarithm of softmax, safe from overflow.

    Args:
        dim: dim whose exponentials will sum to one
        dtype: type to convert to first, and of the result

    Formula:
        output[n] = input[n] - log(sum[n1](exp(input[n1])))
    """
    return call('log_softmax', (input,), (dim, dtype), out=out)


@served('softmin', (0, 1, 2))
def softmin(input: Tensor, dim: int, dtype: DType | None = None, *, out: Tensor | None = None) -> Tensor:
    """Exponentials of the negated elements normalized to sum to one along a dim.

    Args:
        dim: dim whose elements will sum to one
        dtype: type to convert to first, and of the result

    Formula:
        output[n] = exp(-input[n]) / sum[n1](exp(-input[n1]))
    """
    return call('softmin', (input,), (dim, dtype), out=out)


@served('layer_norm', (0, 3, 1, 2, 4))
def layer_norm(input: Tensor, normalized_shape: int | Sequence[int], weight: Tensor | None = None, bias: Tensor | None = None, eps: float = 1e-05, *, out: Tensor | None = None) -> Tensor:
    """Trailing dims brought to zero mean and unit variance, then an affine map.

    Args:
        weight: factor of each element
        bias: added to each element
        normalized_shape: extents of the trailing dims
        eps: added to the variance before the root

    Formula:
        mean = sum[n](input[n]) / N
        variance = sum[n]((input[n] - mean) * (input[n] - mean)) / N
        scale = rsqrt(variance + eps)
        output[n] = (input[n] - mean) * scale * weight[n] + bias[n]
    """
    return call('layer_norm', (input, weight, bias), (normalized_shape, eps), out=out)


@served('rms_norm', (0, 2, 1, 3))
def rms_norm(input: Tensor, normalized_shape: int | Sequence[int], weight: Tensor | None = None, eps: float | None = None, *, out: Tensor | None = None) -> Tensor:
    """Trailing dims divided by the root of their mean square, then scaled.

    Args:
        weight: factor of each element
        normalized_shape: extents of the trailing dims
        eps: added to the mean square before the root

    Formula:
        scale = rsqrt(sum[n](input[n] * input[n]) / N + eps)
        output[n] = input[n] * scale * weight[n]
    """
    return call('rms_norm', (input, weight), (normalized_shape, eps), out=out)


@served('group_norm', (0, 3, 1, 2, 4))
def group_norm(input: Tensor, num_groups: int, weight: Tensor | None = None, bias: Tensor | None = None, eps: float = 1e-05, *, out: Tensor | None = None) -> Tensor:
    """Groups of channels brought to zero mean and unit variance in each sample, then an affine map.

    Args:
        weight: factor of each channel
        bias: added to each channel
        num_groups: number of groups
        eps: added to the variance before the root

    Formula:
        mean[b, g] = sum[c, s](input[b, (g, c), s]) / (C * S)
        variance[b, g] = sum[c, s]((input[b, (g, c), s] - mean[b, g]) * (input[b, (g, c), s] - mean[b, g])) / (C * S)
        scale[b, g] = rsqrt(variance[b, g] + eps)
        output[b, (g, c), s] = (input[b, (g, c), s] - mean[b, g]) * scale[b, g] * weight[(g, c)] + bias[(g, c)]
    """
    return call('group_norm', (input, weight, bias), (num_groups, eps), out=out)


@served('local_response_norm', (0, 1, 2, 3, 4))
def local_response_norm(input: Tensor, size: int, alpha: float = 0.0001, beta: float = 0.75, k: float = 1.0, *, out: Tensor | None = None) -> Tensor:
    """Each channel divided by a power of the mean square of the channels around it.

    Args:
        size: number of channels that count
        alpha: factor of the mean square
        beta: exponent
        k: added to the mean square

    Formula:
        total[b, c, s] = sum[w](input[b, c + w - W // 2, s] * input[b, c + w - W // 2, s])
        output[b, c, s] = input[b, c, s] * (k + alpha * total[b, c, s] / W) ** -beta
    """
    return call('local_response_norm', (input,), (size, alpha, beta, k), out=out)


@served('normalize', (0,), defaults={1: '2', 2: 1, 3: 1e-12}, like=lambda input: None)
@repeated
def normalize(*arguments: Any, **options: Any) -> Any:
    """Elements along a dim divided by their norm.

    Args:
        p: exponent of the norm
        dim: dim whose norm will be one
        eps: least divisor

    Signatures:
        normalize(input, p, dim=1, eps=1e-12)
        normalize(input, p, dim=1, eps=1e-12)
    """
    return overloaded('normalize', arguments, options)


@served('cosine_similarity', (0, 1, 2, 3))
def cosine_similarity(x1: Tensor, x2: Tensor, dim: int = 1, eps: float = 1e-08, *, out: Tensor | None = None, **numpy: Any) -> Tensor:
    """Cosine of the angle between vectors along a dim.

    Args:
        dim: dim of the vectors
        eps: least length of a vector

    Formula:
        length1 = max(sqrt(sum[n](x1[n] * x1[n])), eps)
        length2 = max(sqrt(sum[n](x2[n] * x2[n])), eps)
        inner = sum[n](x1[n] * x2[n])
        output = inner / (length1 * length2)
    """
    if numpy:
        dim, = numpy_names('cosine_similarity', numpy, dim=dim)
    return call('cosine_similarity', (x1, x2), (dim, eps), out=out)


@served('pairwise_distance', (0, 1), defaults={2: '2', 3: 1e-06, 4: False}, like=lambda x1, x2: None)
@repeated
def pairwise_distance(*arguments: Any, **options: Any) -> Any:
    """Norm of the difference between vectors along the last dim.

    Args:
        p: exponent of the norm
        eps: added to the difference
        keepdim: keep the reduced dim with size 1

    Signatures:
        pairwise_distance(x1, x2, p, eps=1e-06, keepdim=False)
        pairwise_distance(x1, x2, p, eps=1e-06, keepdim=False)
    """
    return overloaded('pairwise_distance', arguments, options)


@served('sgd_step', (0, 1, 2, 3, 4))
def sgd_step(param: Tensor, gradient: Tensor | float, lr: float, weight_decay: float = 0.0, maximize: str | None = 'no', *, out: Tensor | None = None) -> Tensor:
    """One step of gradient descent without momentum.

    Args:
        lr: step size
        weight_decay: L2 penalty
        maximize: climb instead of descend

    Formula:
        if maximize == 'yes':
            g = weight_decay * param - gradient
        if maximize != 'yes':
            g = gradient + weight_decay * param
        new_param = param - lr * g
    """
    return call('sgd_step', (param, gradient), (lr, weight_decay, maximize), out=out)


@served('momentum_step', (0, 1, 2, 3, 4, 5, 6, 7, 8), results=('momentum_step', ('new_param', 'new_buffer')))
def momentum_step(param: Tensor, gradient: Tensor | float, buffer: Tensor | float, lr: float, momentum: float, dampening: float = 0.0, weight_decay: float = 0.0, nesterov: str | None = 'no', maximize: str | None = 'no', *, out: Any = None) -> Any:
    """One step of gradient descent with momentum, plain or Nesterov's.

    Args:
        buffer: running sum of gradients
        lr: step size
        momentum: factor on the running sum
        dampening: part of a new gradient that is left out
        weight_decay: L2 penalty
        nesterov: look one step ahead
        maximize: climb instead of descend

    Returns:
        new_param
        new_buffer
    """
    return named('momentum_step', ('new_param', 'new_buffer'), call('momentum_step', (param, gradient, buffer), (lr, momentum, dampening, weight_decay, nesterov, maximize), out=out))


@served('adam_step', (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12), results=('adam_step', ('new_param', 'new_first', 'new_second')))
def adam_step(param: Tensor, gradient: Tensor | float, first: Tensor | float, second: Tensor | float, lr: float, beta1: float, beta2: float, eps: float, correction1: float, correction2: float, weight_decay: float = 0.0, decoupled: str | None = 'no', maximize: str | None = 'no', *, out: Any = None) -> Any:
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
        maximize: climb instead of descend

    Returns:
        new_param
        new_first
        new_second
    """
    return named('adam_step', ('new_param', 'new_first', 'new_second'), call('adam_step', (param, gradient, first, second), (lr, beta1, beta2, eps, correction1, correction2, weight_decay, decoupled, maximize), out=out))


@served('amsgrad_step', (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13), results=('amsgrad_step', ('new_param', 'new_first', 'new_second', 'new_largest')))
def amsgrad_step(param: Tensor, gradient: Tensor | float, first: Tensor | float, second: Tensor | float, largest: Tensor | float, lr: float, beta1: float, beta2: float, eps: float, correction1: float, correction2: float, weight_decay: float = 0.0, decoupled: str | None = 'no', maximize: str | None = 'no', *, out: Any = None) -> Any:
    """One step of Adam that divides by the largest second moment so far.

    Args:
        first: running mean of gradients
        second: running mean of squared gradients
        largest: largest second moment
        lr: step size
        beta1: memory of the first moment
        beta2: memory of the second moment
        eps: added to the root of the second moment
        correction1: 1 - beta1 ** t
        correction2: 1 - beta2 ** t
        weight_decay: L2 penalty, or shrinkage if decoupled
        decoupled: shrink the parameter itself, as AdamW does
        maximize: climb instead of descend

    Returns:
        new_param
        new_first
        new_second
        new_largest
    """
    return named('amsgrad_step', ('new_param', 'new_first', 'new_second', 'new_largest'), call('amsgrad_step', (param, gradient, first, second, largest), (lr, beta1, beta2, eps, correction1, correction2, weight_decay, decoupled, maximize), out=out))


@served('adagrad_step', (0, 1, 2, 3, 4, 5, 6), results=('adagrad_step', ('new_param', 'new_total')))
def adagrad_step(param: Tensor, gradient: Tensor | float, total: Tensor | float, lr: float, eps: float, weight_decay: float = 0.0, maximize: str | None = 'no', *, out: Any = None) -> Any:
    """One step of Adagrad.

    Args:
        total: sum of squared gradients
        lr: step size
        eps: added to the root
        weight_decay: L2 penalty
        maximize: climb instead of descend

    Returns:
        new_param
        new_total

    Formula:
        if maximize == 'yes':
            g = weight_decay * param - gradient
        if maximize != 'yes':
            g = gradient + weight_decay * param
        new_total = total + g * g
        new_param = param - lr * g / (sqrt(new_total) + eps)
    """
    return named('adagrad_step', ('new_param', 'new_total'), call('adagrad_step', (param, gradient, total), (lr, eps, weight_decay, maximize), out=out))


@served('rmsprop_step', (0, 1, 2, 3, 4, 5, 6, 7), results=('rmsprop_step', ('new_param', 'new_square')))
def rmsprop_step(param: Tensor, gradient: Tensor | float, square: Tensor | float, lr: float, alpha: float, eps: float, weight_decay: float = 0.0, maximize: str | None = 'no', *, out: Any = None) -> Any:
    """One step of RMSprop.

    Args:
        square: running mean of squared gradients
        lr: step size
        alpha: memory of the means
        eps: added to the root
        weight_decay: L2 penalty
        maximize: climb instead of descend

    Returns:
        new_param
        new_square
    """
    return named('rmsprop_step', ('new_param', 'new_square'), call('rmsprop_step', (param, gradient, square), (lr, alpha, eps, weight_decay, maximize), out=out))


@served('rmsprop_momentum_step', (0, 1, 2, 3, 4, 5, 6, 7, 8, 9), results=('rmsprop_momentum_step', ('new_param', 'new_square', 'new_buffer')))
def rmsprop_momentum_step(param: Tensor, gradient: Tensor | float, square: Tensor | float, buffer: Tensor | float, lr: float, alpha: float, eps: float, momentum: float, weight_decay: float = 0.0, maximize: str | None = 'no', *, out: Any = None) -> Any:
    """One step of RMSprop with momentum.

    Args:
        square: running mean of squared gradients
        buffer: running sum of steps
        lr: step size
        alpha: memory of the means
        eps: added to the root
        momentum: factor on the running sum
        weight_decay: L2 penalty
        maximize: climb instead of descend

    Returns:
        new_param
        new_square
        new_buffer
    """
    return named('rmsprop_momentum_step', ('new_param', 'new_square', 'new_buffer'), call('rmsprop_momentum_step', (param, gradient, square, buffer), (lr, alpha, eps, momentum, weight_decay, maximize), out=out))


@served('rmsprop_centered_step', (0, 1, 2, 3, 4, 5, 6, 7, 8), results=('rmsprop_centered_step', ('new_param', 'new_square', 'new_mean')))
def rmsprop_centered_step(param: Tensor, gradient: Tensor | float, square: Tensor | float, mean: Tensor | float, lr: float, alpha: float, eps: float, weight_decay: float = 0.0, maximize: str | None = 'no', *, out: Any = None) -> Any:
    """One step of RMSprop scaled by the standard deviation of gradients.

    Args:
        square: running mean of squared gradients
        mean: running mean of gradients
        lr: step size
        alpha: memory of the means
        eps: added to the root
        weight_decay: L2 penalty
        maximize: climb instead of descend

    Returns:
        new_param
        new_square
        new_mean
    """
    return named('rmsprop_centered_step', ('new_param', 'new_square', 'new_mean'), call('rmsprop_centered_step', (param, gradient, square, mean), (lr, alpha, eps, weight_decay, maximize), out=out))


@served('rmsprop_centered_momentum_step', (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10), results=('rmsprop_centered_momentum_step', ('new_param', 'new_square', 'new_buffer', 'new_mean')))
def rmsprop_centered_momentum_step(param: Tensor, gradient: Tensor | float, square: Tensor | float, buffer: Tensor | float, mean: Tensor | float, lr: float, alpha: float, eps: float, momentum: float, weight_decay: float = 0.0, maximize: str | None = 'no', *, out: Any = None) -> Any:
    """One step of RMSprop scaled by the standard deviation of gradients, with momentum.

    Args:
        square: running mean of squared gradients
        buffer: running sum of steps
        mean: running mean of gradients
        lr: step size
        alpha: memory of the means
        eps: added to the root
        momentum: factor on the running sum
        weight_decay: L2 penalty
        maximize: climb instead of descend

    Returns:
        new_param
        new_square
        new_buffer
        new_mean
    """
    return named('rmsprop_centered_momentum_step', ('new_param', 'new_square', 'new_buffer', 'new_mean'), call('rmsprop_centered_momentum_step', (param, gradient, square, buffer, mean), (lr, alpha, eps, momentum, weight_decay, maximize), out=out))


@served('adadelta_step', (0, 1, 2, 3, 4, 5, 6, 7, 8), results=('adadelta_step', ('new_param', 'new_square', 'new_change')))
def adadelta_step(param: Tensor, gradient: Tensor | float, square: Tensor | float, change: Tensor | float, lr: float, rho: float, eps: float, weight_decay: float = 0.0, maximize: str | None = 'no', *, out: Any = None) -> Any:
    """One step of Adadelta.

    Args:
        square: running mean of squared gradients
        change: running mean of squared steps
        lr: step size
        rho: memory of both means
        eps: added below both roots
        weight_decay: L2 penalty
        maximize: climb instead of descend

    Returns:
        new_param
        new_square
        new_change
    """
    return named('adadelta_step', ('new_param', 'new_square', 'new_change'), call('adadelta_step', (param, gradient, square, change), (lr, rho, eps, weight_decay, maximize), out=out))


@served('adamax_step', (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10), results=('adamax_step', ('new_param', 'new_first', 'new_largest')))
def adamax_step(param: Tensor, gradient: Tensor | float, first: Tensor | float, largest: Tensor | float, lr: float, beta1: float, beta2: float, eps: float, correction1: float, weight_decay: float = 0.0, maximize: str | None = 'no', *, out: Any = None) -> Any:
    """One step of Adamax.

    Args:
        first: running mean of gradients
        largest: largest recent gradient
        lr: step size
        beta1: memory of the first moment
        beta2: memory of the largest gradient
        eps: added to the sizes of gradients
        correction1: 1 - beta1 ** t
        weight_decay: L2 penalty
        maximize: climb instead of descend

    Returns:
        new_param
        new_first
        new_largest
    """
    return named('adamax_step', ('new_param', 'new_first', 'new_largest'), call('adamax_step', (param, gradient, first, largest), (lr, beta1, beta2, eps, correction1, weight_decay, maximize), out=out))


@served('nadam_step', (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13), results=('nadam_step', ('new_param', 'new_first', 'new_second')))
def nadam_step(param: Tensor, gradient: Tensor | float, first: Tensor | float, second: Tensor | float, lr: float, beta1: float, beta2: float, eps: float, share1: float, share2: float, correction2: float, weight_decay: float = 0.0, decoupled: str | None = 'no', maximize: str | None = 'no', *, out: Any = None) -> Any:
    """One step of Adam with Nesterov's look-ahead.

    Args:
        first: running mean of gradients
        second: running mean of squared gradients
        lr: step size
        beta1: memory of the first moment
        beta2: memory of the second moment
        eps: added to the root of the second moment
        share1: of the step, along the gradient
        share2: of the step, along the first moment
        correction2: 1 - beta2 ** t
        weight_decay: L2 penalty, or shrinkage if decoupled
        decoupled: shrink the parameter itself, as AdamW does
        maximize: climb instead of descend

    Returns:
        new_param
        new_first
        new_second
    """
    return named('nadam_step', ('new_param', 'new_first', 'new_second'), call('nadam_step', (param, gradient, first, second), (lr, beta1, beta2, eps, share1, share2, correction2, weight_decay, decoupled, maximize), out=out))


@served('radam_step', (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12), results=('radam_step', ('new_param', 'new_first', 'new_second')))
def radam_step(param: Tensor, gradient: Tensor | float, first: Tensor | float, second: Tensor | float, lr: float, beta1: float, beta2: float, eps: float, factor: float, rectified: str, weight_decay: float = 0.0, decoupled: str | None = 'no', maximize: str | None = 'no', *, out: Any = None) -> Any:
    """One step of Adam that divides by the second moment only where its variance is bounded.

    Args:
        first: running mean of gradients
        second: running mean of squared gradients
        lr: step size
        beta1: memory of the first moment
        beta2: memory of the second moment
        eps: added to the root of the second moment
        factor: of the step, corrections included
        rectified: divide by the second moment
        weight_decay: L2 penalty, or shrinkage if decoupled
        decoupled: shrink the parameter itself, as AdamW does
        maximize: climb instead of descend

    Returns:
        new_param
        new_first
        new_second
    """
    return named('radam_step', ('new_param', 'new_first', 'new_second'), call('radam_step', (param, gradient, first, second), (lr, beta1, beta2, eps, factor, rectified, weight_decay, decoupled, maximize), out=out))


@served('asgd_step', (0, 1, 2, 3, 4, 5, 6, 7), results=('asgd_step', ('new_param', 'new_mean')))
def asgd_step(param: Tensor, gradient: Tensor | float, mean: Tensor | float, eta: float, mu: float, decay: float, weight_decay: float = 0.0, maximize: str | None = 'no', *, out: Any = None) -> Any:
    """One step of averaged gradient descent.

    Args:
        mean: mean of the later steps
        eta: step size
        mu: weight of the new parameter in the mean
        decay: decay of the parameter
        weight_decay: L2 penalty
        maximize: climb instead of descend

    Returns:
        new_param
        new_mean

    Formula:
        if maximize == 'yes':
            g = weight_decay * param - gradient
        if maximize != 'yes':
            g = gradient + weight_decay * param
        new_param = param * (1 - decay * eta) - eta * g
        new_mean = mean + mu * (new_param - mean) if mu < 1 else new_param
    """
    return named('asgd_step', ('new_param', 'new_mean'), call('asgd_step', (param, gradient, mean), (eta, mu, decay, weight_decay, maximize), out=out))


@served('rprop_step', (0, 1, 2, 3, 4, 5, 6, 7, 8), results=('rprop_step', ('new_param', 'new_previous', 'new_size')))
def rprop_step(param: Tensor, gradient: Tensor | float, previous: Tensor | float, size: Tensor | float, shrink: float, grow: float, least: float, most: float, maximize: str | None = 'no', *, out: Any = None) -> Any:
    """One step whose size grows while the gradient keeps its sign and shrinks when it turns.

    Args:
        previous: gradient of the step before, 0 where that was left out
        size: sizes of the steps
        shrink: factor of a size when the sign turns
        grow: factor of a size while the sign stays
        least: smallest size
        most: largest size
        maximize: climb instead of descend

    Returns:
        new_param
        new_previous
        new_size
    """
    return named('rprop_step', ('new_param', 'new_previous', 'new_size'), call('rprop_step', (param, gradient, previous, size), (shrink, grow, least, most, maximize), out=out))


@served('add', (0, 1, 2))
def add(input: Tensor, other: Tensor | float, *, alpha: float = 1, out: Tensor | None = None) -> Tensor:
    """Sum of two tensors, the second one scaled.

    Args:
        alpha: factor of `other`

    Formula:
        output = input + alpha * other
    """
    return call('add', (input, other), (alpha,), out=out)


@served('add', (0, 1, 2), INTO_FIRST)
def add_(input: Tensor, other: Tensor | float, *, alpha: float = 1) -> Tensor:
    """Sum of two tensors, the second one scaled.

    Args:
        alpha: factor of `other`

    Formula:
        output = input + alpha * other
    """
    return write_back('add', (input, other), (alpha,))


@served('sub', (0, 1, 2))
def sub(input: Tensor, other: Tensor | float, *, alpha: float = 1, out: Tensor | None = None) -> Tensor:
    """Difference of two tensors, the second one scaled.

    Args:
        alpha: factor of `other`

    Formula:
        output = input - alpha * other
    """
    return call('sub', (input, other), (alpha,), out=out)


@served('sub', (0, 1, 2), INTO_FIRST)
def sub_(input: Tensor, other: Tensor | float, *, alpha: float = 1) -> Tensor:
    """Difference of two tensors, the second one scaled.

    Args:
        alpha: factor of `other`

    Formula:
        output = input - alpha * other
    """
    return write_back('sub', (input, other), (alpha,))


@served('rsub', (0, 1, 2))
def rsub(input: Tensor, other: Tensor | float, alpha: float = 1, *, out: Tensor | None = None) -> Tensor:
    """Difference of two tensors with the first one, scaled, taken away.

    Args:
        alpha: factor of `input`

    Formula:
        output = other - alpha * input
    """
    return call('rsub', (input, other), (alpha,), out=out)


@served('neg', (0,))
def neg(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Element with the opposite sign.

    Formula:
        output = -input
    """
    return call('neg', (input,), (), out=out)


@served('neg', (0,), INTO_FIRST)
def neg_(input: Tensor) -> Tensor:
    """Element with the opposite sign.

    Formula:
        output = -input
    """
    return write_back('neg', (input,), ())


@served('positive', (0,))
def positive(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The element itself.

    Formula:
        output = input
    """
    return call('positive', (input,), (), out=out)


@served('abs', (0,))
def abs(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Distance of each element from zero.

    Formula:
        output = abs(input)
    """
    return call('abs', (input,), (), out=out)


@served('abs', (0,), INTO_FIRST)
def abs_(input: Tensor) -> Tensor:
    """Distance of each element from zero.

    Formula:
        output = abs(input)
    """
    return write_back('abs', (input,), ())


@served('mul', (0, 1))
def mul(input: Tensor, other: Tensor | float, *, out: Tensor | None = None) -> Tensor:
    """Product of two tensors, element by element.

    Formula:
        output = input * other
    """
    return call('mul', (input, other), (), out=out)


@served('mul', (0, 1), INTO_FIRST)
def mul_(input: Tensor, other: Tensor | float) -> Tensor:
    """Product of two tensors, element by element.

    Formula:
        output = input * other
    """
    return write_back('mul', (input, other), ())


@served('square', (0,))
def square(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Each element times itself.

    Formula:
        output = input * input
    """
    return call('square', (input,), (), out=out)


@served('square', (0,), INTO_FIRST)
def square_(input: Tensor) -> Tensor:
    """Each element times itself.

    Formula:
        output = input * input
    """
    return write_back('square', (input,), ())


@served('div', (0, 1, 2))
def div(input: Tensor, other: Tensor | float, *, rounding_mode: str | None = None, out: Tensor | None = None) -> Tensor:
    """Quotient of two tensors, exact or rounded toward zero or down.

    Args:
        rounding_mode: how the quotient is made a whole number

    Formula:
        if rounding_mode == 'none':
            output = input / other
        if rounding_mode == 'trunc':
            output = trunc_div(input, other)
        if rounding_mode == 'floor':
            output = input // other
    """
    return call('div', (input, other), (rounding_mode,), out=out)


@served('div', (0, 1, 2), INTO_FIRST)
def div_(input: Tensor, other: Tensor | float, *, rounding_mode: str | None = None) -> Tensor:
    """Quotient of two tensors, exact or rounded toward zero or down.

    Args:
        rounding_mode: how the quotient is made a whole number

    Formula:
        if rounding_mode == 'none':
            output = input / other
        if rounding_mode == 'trunc':
            output = trunc_div(input, other)
        if rounding_mode == 'floor':
            output = input // other
    """
    return write_back('div', (input, other), (rounding_mode,))


@served('true_divide', (0, 1))
def true_divide(input: Tensor, other: Tensor | float, *, out: Tensor | None = None) -> Tensor:
    """Quotient of two tensors, always exact.

    Formula:
        output = input / other
    """
    return call('true_divide', (input, other), (), out=out)


@served('true_divide', (0, 1), INTO_FIRST)
def true_divide_(input: Tensor, other: Tensor | float) -> Tensor:
    """Quotient of two tensors, always exact.

    Formula:
        output = input / other
    """
    return write_back('true_divide', (input, other), ())


@served('floor_divide', (0, 1))
def floor_divide(input: Tensor, other: Tensor | float, *, out: Tensor | None = None) -> Tensor:
    """Quotient of two tensors, rounded down.

    Formula:
        output = input // other
    """
    return call('floor_divide', (input, other), (), out=out)


@served('floor_divide', (0, 1), INTO_FIRST)
def floor_divide_(input: Tensor, other: Tensor | float) -> Tensor:
    """Quotient of two tensors, rounded down.

    Formula:
        output = input // other
    """
    return write_back('floor_divide', (input, other), ())


@served('remainder', (0, 1))
def remainder(input: Tensor, other: Tensor | float, *, out: Tensor | None = None) -> Tensor:
    """What is left after division rounded down, with the sign of the divisor.

    Formula:
        output = input % other
    """
    return call('remainder', (input, other), (), out=out)


@served('remainder', (0, 1), INTO_FIRST)
def remainder_(input: Tensor, other: Tensor | float) -> Tensor:
    """What is left after division rounded down, with the sign of the divisor.

    Formula:
        output = input % other
    """
    return write_back('remainder', (input, other), ())


@served('fmod', (0, 1))
def fmod(input: Tensor, other: Tensor | float, *, out: Tensor | None = None) -> Tensor:
    """What is left after division rounded toward zero, with the sign of the dividend.

    Formula:
        output = remainder_trunc(input, other)
    """
    return call('fmod', (input, other), (), out=out)


@served('fmod', (0, 1), INTO_FIRST)
def fmod_(input: Tensor, other: Tensor | float) -> Tensor:
    """What is left after division rounded toward zero, with the sign of the dividend.

    Formula:
        output = remainder_trunc(input, other)
    """
    return write_back('fmod', (input, other), ())


@served('reciprocal', (0,))
def reciprocal(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """One divided by each element.

    Formula:
        output = 1 / input
    """
    return call('reciprocal', (input,), (), out=out)


@served('reciprocal', (0,), INTO_FIRST)
def reciprocal_(input: Tensor) -> Tensor:
    """One divided by each element.

    Formula:
        output = 1 / input
    """
    return write_back('reciprocal', (input,), ())


@served('hypot', (0, 1))
def hypot(input: Tensor, other: Tensor | float, *, out: Tensor | None = None) -> Tensor:
    """Length of the hypotenuse of a right triangle with the given legs.

    Formula:
        output = sqrt(input * input + other * other)
    """
    return call('hypot', (input, other), (), out=out)


@served('hypot', (0, 1), INTO_FIRST)
def hypot_(input: Tensor, other: Tensor | float) -> Tensor:
    """Length of the hypotenuse of a right triangle with the given legs.

    Formula:
        output = sqrt(input * input + other * other)
    """
    return write_back('hypot', (input, other), ())


@served('addcmul', (0, 1, 2, 3))
def addcmul(input: Tensor, tensor1: Tensor | float, tensor2: Tensor | float, *, value: float = 1, out: Tensor | None = None) -> Tensor:
    """A tensor plus the scaled product of two others.

    Args:
        value: factor of the product

    Formula:
        output = input + cast(value, Number) * tensor1 * tensor2
    """
    return call('addcmul', (input, tensor1, tensor2), (value,), out=out)


@served('addcmul', (0, 1, 2, 3), INTO_FIRST)
def addcmul_(input: Tensor, tensor1: Tensor | float, tensor2: Tensor | float, *, value: float = 1) -> Tensor:
    """A tensor plus the scaled product of two others.

    Args:
        value: factor of the product

    Formula:
        output = input + cast(value, Number) * tensor1 * tensor2
    """
    return write_back('addcmul', (input, tensor1, tensor2), (value,))


@served('addcdiv', (0, 1, 2, 3))
def addcdiv(input: Tensor, tensor1: Tensor | float, tensor2: Tensor | float, *, value: float = 1, out: Tensor | None = None) -> Tensor:
    """A tensor plus the scaled quotient of two others.

    Args:
        value: factor of the quotient

    Formula:
        output = input + value * (tensor1 / tensor2)
    """
    return call('addcdiv', (input, tensor1, tensor2), (value,), out=out)


@served('addcdiv', (0, 1, 2, 3), INTO_FIRST)
def addcdiv_(input: Tensor, tensor1: Tensor | float, tensor2: Tensor | float, *, value: float = 1) -> Tensor:
    """A tensor plus the scaled quotient of two others.

    Args:
        value: factor of the quotient

    Formula:
        output = input + value * (tensor1 / tensor2)
    """
    return write_back('addcdiv', (input, tensor1, tensor2), (value,))


@served('lerp', (0, 1, 2))
def lerp(input: Tensor, end: Tensor | float, weight: Tensor | float, *, out: Tensor | None = None) -> Tensor:
    """Point on the straight line from one tensor to another.

    Args:
        input: where the weight is 0
        end: where the weight is 1
        weight: how far to go

    Formula:
        output = input + weight * (end - input)
    """
    return call('lerp', (input, end, weight), (), out=out)


@served('lerp', (0, 1, 2), INTO_FIRST)
def lerp_(input: Tensor, end: Tensor | float, weight: Tensor | float) -> Tensor:
    """Point on the straight line from one tensor to another.

    Args:
        input: where the weight is 0
        end: where the weight is 1
        weight: how far to go

    Formula:
        output = input + weight * (end - input)
    """
    return write_back('lerp', (input, end, weight), ())


@served('deg2rad', (0,))
def deg2rad(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Angle in radians, given in degrees.

    Formula:
        output = input * 0.017453292519943295
    """
    return call('deg2rad', (input,), (), out=out)


@served('deg2rad', (0,), INTO_FIRST)
def deg2rad_(input: Tensor) -> Tensor:
    """Angle in radians, given in degrees.

    Formula:
        output = input * 0.017453292519943295
    """
    return write_back('deg2rad', (input,), ())


@served('rad2deg', (0,))
def rad2deg(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Angle in degrees, given in radians.

    Formula:
        output = input * 57.29577951308232
    """
    return call('rad2deg', (input,), (), out=out)


@served('rad2deg', (0,), INTO_FIRST)
def rad2deg_(input: Tensor) -> Tensor:
    """Angle in degrees, given in radians.

    Formula:
        output = input * 57.29577951308232
    """
    return write_back('rad2deg', (input,), ())


@served('pow', (0, 1))
def pow(input: Tensor, exponent: Tensor | float, *, out: Tensor | None = None) -> Tensor:
    """First argument raised to the power of the second.

    Formula:
        output = input ** exponent
    """
    return call('pow', (input, exponent), (), out=out)


@served('pow', (0, 1), INTO_FIRST)
def pow_(input: Tensor, exponent: Tensor | float) -> Tensor:
    """First argument raised to the power of the second.

    Formula:
        output = input ** exponent
    """
    return write_back('pow', (input, exponent), ())


@served('float_power', (0, 1))
def float_power(input: Tensor, exponent: Tensor | float, *, out: Tensor | None = None) -> Tensor:
    """First argument raised to the power of the second, in double precision.

    Formula:
        output = cast(input, float64) ** cast(exponent, float64)
    """
    return call('float_power', (input, exponent), (), out=out)


@served('float_power', (0, 1), INTO_FIRST)
def float_power_(input: Tensor, exponent: Tensor | float) -> Tensor:
    """First argument raised to the power of the second, in double precision.

    Formula:
        output = cast(input, float64) ** cast(exponent, float64)
    """
    return write_back('float_power', (input, exponent), ())


@served('sqrt', (0,))
def sqrt(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Non-negative number whose square is the element.

    Formula:
        output = sqrt(input)
    """
    return call('sqrt', (input,), (), out=out)


@served('sqrt', (0,), INTO_FIRST)
def sqrt_(input: Tensor) -> Tensor:
    """Non-negative number whose square is the element.

    Formula:
        output = sqrt(input)
    """
    return write_back('sqrt', (input,), ())


@served('rsqrt', (0,))
def rsqrt(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Reciprocal of the square root.

    Formula:
        output = 1 / sqrt(input)
    """
    return call('rsqrt', (input,), (), out=out)


@served('rsqrt', (0,), INTO_FIRST)
def rsqrt_(input: Tensor) -> Tensor:
    """Reciprocal of the square root.

    Formula:
        output = 1 / sqrt(input)
    """
    return write_back('rsqrt', (input,), ())


@served('exp', (0,))
def exp(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Exponential function.

    Formula:
        output = exp(input)
    """
    return call('exp', (input,), (), out=out)


@served('exp', (0,), INTO_FIRST)
def exp_(input: Tensor) -> Tensor:
    """Exponential function.

    Formula:
        output = exp(input)
    """
    return write_back('exp', (input,), ())


@served('exp2', (0,))
def exp2(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Two to the power of each element.

    Formula:
        output = 2.0 ** input
    """
    return call('exp2', (input,), (), out=out)


@served('exp2', (0,), INTO_FIRST)
def exp2_(input: Tensor) -> Tensor:
    """Two to the power of each element.

    Formula:
        output = 2.0 ** input
    """
    return write_back('exp2', (input,), ())


@served('expm1', (0,))
def expm1(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Exponential minus one, exact near zero.

    Formula:
        output = exp(input) - 1
    """
    return call('expm1', (input,), (), out=out)


@served('expm1', (0,), INTO_FIRST)
def expm1_(input: Tensor) -> Tensor:
    """Exponential minus one, exact near zero.

    Formula:
        output = exp(input) - 1
    """
    return write_back('expm1', (input,), ())


@served('log', (0,))
def log(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Natural logarithm.

    Formula:
        output = log(input)
    """
    return call('log', (input,), (), out=out)


@served('log', (0,), INTO_FIRST)
def log_(input: Tensor) -> Tensor:
    """Natural logarithm.

    Formula:
        output = log(input)
    """
    return write_back('log', (input,), ())


@served('log2', (0,))
def log2(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Logarithm to base two.

    Formula:
        output = log2(input)
    """
    return call('log2', (input,), (), out=out)


@served('log2', (0,), INTO_FIRST)
def log2_(input: Tensor) -> Tensor:
    """Logarithm to base two.

    Formula:
        output = log2(input)
    """
    return write_back('log2', (input,), ())


@served('log10', (0,))
def log10(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Logarithm to base ten.

    Formula:
        output = log(input) / 2.302585092994046
    """
    return call('log10', (input,), (), out=out)


@served('log10', (0,), INTO_FIRST)
def log10_(input: Tensor) -> Tensor:
    """Logarithm to base ten.

    Formula:
        output = log(input) / 2.302585092994046
    """
    return write_back('log10', (input,), ())


@served('log1p', (0,))
def log1p(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Logarithm of one plus each element, exact near zero.

    Formula:
        output = log(1 + input)
    """
    return call('log1p', (input,), (), out=out)


@served('log1p', (0,), INTO_FIRST)
def log1p_(input: Tensor) -> Tensor:
    """Logarithm of one plus each element, exact near zero.

    Formula:
        output = log(1 + input)
    """
    return write_back('log1p', (input,), ())


@served('logaddexp', (0, 1))
def logaddexp(input: Tensor, other: Tensor | float, *, out: Tensor | None = None) -> Tensor:
    """Logarithm of the sum of two exponentials, safe from overflow.

    Formula:
        output = log(exp(input) + exp(other))
    """
    return call('logaddexp', (input, other), (), out=out)


@served('logaddexp2', (0, 1))
def logaddexp2(input: Tensor, other: Tensor | float, *, out: Tensor | None = None) -> Tensor:
    """Logarithm to base two of the sum of two powers of two, safe from overflow.

    Formula:
        output = log2(2.0 ** input + 2.0 ** other)
    """
    return call('logaddexp2', (input, other), (), out=out)


@served('ldexp', (0, 1))
def ldexp(input: Tensor, other: Tensor | float, *, out: Tensor | None = None) -> Tensor:
    """Each element times two to the power of another.

    Formula:
        output = input * 2.0 ** other
    """
    return call('ldexp', (input, other), (), out=out)


@served('ldexp', (0, 1), INTO_FIRST)
def ldexp_(input: Tensor, other: Tensor | float) -> Tensor:
    """Each element times two to the power of another.

    Formula:
        output = input * 2.0 ** other
    """
    return write_back('ldexp', (input, other), ())


@served('floor', (0,))
def floor(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Largest whole number that is at most the element.

    Formula:
        output = floor(input)
    """
    return call('floor', (input,), (), out=out)


@served('floor', (0,), INTO_FIRST)
def floor_(input: Tensor) -> Tensor:
    """Largest whole number that is at most the element.

    Formula:
        output = floor(input)
    """
    return write_back('floor', (input,), ())


@served('ceil', (0,))
def ceil(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Smallest whole number that is at least the element.

    Formula:
        output = ceil(input)
    """
    return call('ceil', (input,), (), out=out)


@served('ceil', (0,), INTO_FIRST)
def ceil_(input: Tensor) -> Tensor:
    """Smallest whole number that is at least the element.

    Formula:
        output = ceil(input)
    """
    return write_back('ceil', (input,), ())


@served('trunc', (0,))
def trunc(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Element without its fractional part.

    Formula:
        output = trunc(input)
    """
    return call('trunc', (input,), (), out=out)


@served('trunc', (0,), INTO_FIRST)
def trunc_(input: Tensor) -> Tensor:
    """Element without its fractional part.

    Formula:
        output = trunc(input)
    """
    return write_back('trunc', (input,), ())


@served('round', (0,), like=lambda input: None)
@served('round.1', (0, 1), like=lambda input, *, decimals: None)
@repeated
def round(*arguments: Any, **options: Any) -> Any:
    """Nearest whole number, the even one of two equally near.

    Signatures:
        round(input)
        round(input, *, decimals)

    Formula:
        output = round(input)
    """
    return overloaded('round', arguments, options)


def round_(*arguments: Any, **options: Any) -> Any:
    """Nearest whole number, the even one of two equally near.

    Signatures:
        round(input)
        round(input, *, decimals)

    Formula:
        output = round(input)
    """
    return overloaded_inplace('round', arguments, options)


@served('frac', (0,))
def frac(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Fractional part of the element, with its sign.

    Formula:
        output = input - trunc(input)
    """
    return call('frac', (input,), (), out=out)


@served('frac', (0,), INTO_FIRST)
def frac_(input: Tensor) -> Tensor:
    """Fractional part of the element, with its sign.

    Formula:
        output = input - trunc(input)
    """
    return write_back('frac', (input,), ())


@served('erf', (0,))
def erf(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Error function, the chance that a normal deviate of variance one half is at most this far from zero.

    Formula:
        output = erf(input)
    """
    return call('erf', (input,), (), out=out)


@served('erf', (0,), INTO_FIRST)
def erf_(input: Tensor) -> Tensor:
    """Error function, the chance that a normal deviate of variance one half is at most this far from zero.

    Formula:
        output = erf(input)
    """
    return write_back('erf', (input,), ())


@served('erfc', (0,))
def erfc(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """One minus the error function, exact in the tail.

    Formula:
        output = erfc(input)
    """
    return call('erfc', (input,), (), out=out)


@served('erfc', (0,), INTO_FIRST)
def erfc_(input: Tensor) -> Tensor:
    """One minus the error function, exact in the tail.

    Formula:
        output = erfc(input)
    """
    return write_back('erfc', (input,), ())


@served('erfinv', (0,))
def erfinv(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Number whose error function is the element.

    Formula:
        output = erfinv(input)
    """
    return call('erfinv', (input,), (), out=out)


@served('erfinv', (0,), INTO_FIRST)
def erfinv_(input: Tensor) -> Tensor:
    """Number whose error function is the element.

    Formula:
        output = erfinv(input)
    """
    return write_back('erfinv', (input,), ())


@served('erfcx', (0,))
def erfcx(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Complementary error function times the exponential of the square, finite for large arguments.

    Formula:
        output = exp(input * input) * erfc(input)
    """
    return call('erfcx', (input,), (), out=out)


@served('ndtr', (0,))
def ndtr(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Chance that a standard normal deviate is at most this large.

    Formula:
        output = (1 + erf(input * 0.7071067811865476)) / 2
    """
    return call('ndtr', (input,), (), out=out)


@served('ndtri', (0,))
def ndtri(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Number that a standard normal deviate stays below with the given chance."""
    return call('ndtri', (input,), (), out=out)


@served('log_ndtr', (0,))
def log_ndtr(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Logarithm of the chance that a standard normal deviate is at most this large.

    Formula:
        output = log((1 + erf(input * 0.7071067811865476)) / 2)
    """
    return call('log_ndtr', (input,), (), out=out)


@served('lgamma', (0,))
def lgamma(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Logarithm of the size of the gamma function.

    Formula:
        output = lgamma(input)
    """
    return call('lgamma', (input,), (), out=out)


@served('lgamma', (0,), INTO_FIRST)
def lgamma_(input: Tensor) -> Tensor:
    """Logarithm of the size of the gamma function.

    Formula:
        output = lgamma(input)
    """
    return write_back('lgamma', (input,), ())


@served('digamma', (0,))
def digamma(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Derivative of the logarithm of the gamma function.

    Formula:
        output = digamma(input)
    """
    return call('digamma', (input,), (), out=out)


@served('digamma', (0,), INTO_FIRST)
def digamma_(input: Tensor) -> Tensor:
    """Derivative of the logarithm of the gamma function.

    Formula:
        output = digamma(input)
    """
    return write_back('digamma', (input,), ())


@served('polygamma', (1, 0))
def polygamma(n: int, input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Derivative of the given order of the digamma function.

    Args:
        n: order of the derivative

    Formula:
        output = polygamma(n, input)
    """
    return call('polygamma', (input,), (n,), out=out)


@served('polygamma', (1, 0), INTO_FIRST)
def polygamma_(n: int, input: Tensor) -> Tensor:
    """Derivative of the given order of the digamma function.

    Args:
        n: order of the derivative

    Formula:
        output = polygamma(n, input)
    """
    return write_back('polygamma', (input,), (n,))


@served('mvlgamma', (0, 1))
def mvlgamma(input: Tensor, p: int, *, out: Tensor | None = None) -> Tensor:
    """Logarithm of the multivariate gamma function of dimension p.

    Args:
        p: dimension

    Formula:
        output = P * (P - 1) * 0.28618247146235004 + sum[p1](lgamma(input - p1 / 2))
    """
    return call('mvlgamma', (input,), (p,), out=out)


@served('mvlgamma', (0, 1), INTO_FIRST)
def mvlgamma_(input: Tensor, p: int) -> Tensor:
    """Logarithm of the multivariate gamma function of dimension p.

    Args:
        p: dimension

    Formula:
        output = P * (P - 1) * 0.28618247146235004 + sum[p1](lgamma(input - p1 / 2))
    """
    return write_back('mvlgamma', (input,), (p,))


@served('sinc', (0,))
def sinc(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Sine of pi times the element, divided by pi times the element.

    Formula:
        output = 1 if input == 0 else sin(pi * input) / (pi * input)
    """
    return call('sinc', (input,), (), out=out)


@served('sinc', (0,), INTO_FIRST)
def sinc_(input: Tensor) -> Tensor:
    """Sine of pi times the element, divided by pi times the element.

    Formula:
        output = 1 if input == 0 else sin(pi * input) / (pi * input)
    """
    return write_back('sinc', (input,), ())


@served('logit', (0, 1))
def logit(input: Tensor, eps: float | None = None, *, out: Tensor | None = None) -> Tensor:
    """Logarithm of the odds, the inverse of sigmoid.

    Args:
        eps: if given, the input is first clamped to [eps, 1 - eps]

    Formula:
        inner = input if eps == 0 else min(max(input, eps), 1 - eps)
        output = log(inner / (1 - inner))
    """
    return call('logit', (input,), (eps,), out=out)


@served('logit', (0, 1), INTO_FIRST)
def logit_(input: Tensor, eps: float | None = None) -> Tensor:
    """Logarithm of the odds, the inverse of sigmoid.

    Args:
        eps: if given, the input is first clamped to [eps, 1 - eps]

    Formula:
        inner = input if eps == 0 else min(max(input, eps), 1 - eps)
        output = log(inner / (1 - inner))
    """
    return write_back('logit', (input,), (eps,))


@served('xlogy', (0, 1))
def xlogy(input: Tensor, other: Tensor | float, *, out: Tensor | None = None) -> Tensor:
    """First argument times the logarithm of the second, zero where the first is zero.

    Formula:
        output = 0 if input == 0 and not other != other else input * log(other)
    """
    return call('xlogy', (input, other), (), out=out)


@served('xlogy', (0, 1), INTO_FIRST)
def xlogy_(input: Tensor, other: Tensor | float) -> Tensor:
    """First argument times the logarithm of the second, zero where the first is zero.

    Formula:
        output = 0 if input == 0 and not other != other else input * log(other)
    """
    return write_back('xlogy', (input, other), ())


@served('xlog1py', (0, 1))
def xlog1py(input: Tensor, other: Tensor | float, *, out: Tensor | None = None) -> Tensor:
    """First argument times the logarithm of one plus the second, zero where the first is zero.

    Formula:
        output = 0 if input == 0 and not other != other else input * log1p(other)
    """
    return call('xlog1py', (input, other), (), out=out)


@served('entr', (0,))
def entr(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Entropy of an outcome of the given probability.

    Formula:
        output = input if input != input else -input * log(input) if input > 0 else 0 if input == 0 else -inf
    """
    return call('entr', (input,), (), out=out)


@served('i0', (0,))
def i0(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Modified Bessel function of the first kind of order zero.

    Formula:
        output = sum[k](exp(input * cos(pi * (k + 0.5) / K))) / K
    """
    return call('i0', (input,), (), out=out)


@served('i0', (0,), INTO_FIRST)
def i0_(input: Tensor) -> Tensor:
    """Modified Bessel function of the first kind of order zero.

    Formula:
        output = sum[k](exp(input * cos(pi * (k + 0.5) / K))) / K
    """
    return write_back('i0', (input,), ())


@served('i0e', (0,))
def i0e(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Modified Bessel function of order zero, divided by the exponential of the size of its argument.

    Formula:
        output = sum[k](exp(input * cos(pi * (k + 0.5) / K) - abs(input))) / K
    """
    return call('i0e', (input,), (), out=out)


@served('i1', (0,))
def i1(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Modified Bessel function of the first kind of order one.

    Formula:
        output = sum[k](cos(pi * (k + 0.5) / K) * exp(input * cos(pi * (k + 0.5) / K))) / K
    """
    return call('i1', (input,), (), out=out)


@served('i1e', (0,))
def i1e(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Modified Bessel function of order one, divided by the exponential of the size of its argument.

    Formula:
        output = sum[k](cos(pi * (k + 0.5) / K) * exp(input * cos(pi * (k + 0.5) / K) - abs(input))) / K
    """
    return call('i1e', (input,), (), out=out)


@served('sin', (0,))
def sin(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Sine of an angle in radians.

    Formula:
        output = sin(input)
    """
    return call('sin', (input,), (), out=out)


@served('sin', (0,), INTO_FIRST)
def sin_(input: Tensor) -> Tensor:
    """Sine of an angle in radians.

    Formula:
        output = sin(input)
    """
    return write_back('sin', (input,), ())


@served('cos', (0,))
def cos(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Cosine of an angle in radians.

    Formula:
        output = cos(input)
    """
    return call('cos', (input,), (), out=out)


@served('cos', (0,), INTO_FIRST)
def cos_(input: Tensor) -> Tensor:
    """Cosine of an angle in radians.

    Formula:
        output = cos(input)
    """
    return write_back('cos', (input,), ())


@served('tan', (0,))
def tan(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Tangent of an angle in radians.

    Formula:
        output = sin(input) / cos(input)
    """
    return call('tan', (input,), (), out=out)


@served('tan', (0,), INTO_FIRST)
def tan_(input: Tensor) -> Tensor:
    """Tangent of an angle in radians.

    Formula:
        output = sin(input) / cos(input)
    """
    return write_back('tan', (input,), ())


@served('asin', (0,))
def asin(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Angle between -pi/2 and pi/2 whose sine is the element.

    Formula:
        output = asin(input)
    """
    return call('asin', (input,), (), out=out)


@served('asin', (0,), INTO_FIRST)
def asin_(input: Tensor) -> Tensor:
    """Angle between -pi/2 and pi/2 whose sine is the element.

    Formula:
        output = asin(input)
    """
    return write_back('asin', (input,), ())


@served('acos', (0,))
def acos(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Angle between 0 and pi whose cosine is the element.

    Formula:
        output = atan2(sqrt((1 - input) * (1 + input)), input)
    """
    return call('acos', (input,), (), out=out)


@served('acos', (0,), INTO_FIRST)
def acos_(input: Tensor) -> Tensor:
    """Angle between 0 and pi whose cosine is the element.

    Formula:
        output = atan2(sqrt((1 - input) * (1 + input)), input)
    """
    return write_back('acos', (input,), ())


@served('atan', (0,))
def atan(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Angle between -pi/2 and pi/2 whose tangent is the element.

    Formula:
        output = atan(input)
    """
    return call('atan', (input,), (), out=out)


@served('atan', (0,), INTO_FIRST)
def atan_(input: Tensor) -> Tensor:
    """Angle between -pi/2 and pi/2 whose tangent is the element.

    Formula:
        output = atan(input)
    """
    return write_back('atan', (input,), ())


@served('atan2', (0, 1))
def atan2(input: Tensor, other: Tensor | float, *, out: Tensor | None = None) -> Tensor:
    """Angle of the point with the given ordinate and abscissa, between -pi and pi.

    Args:
        input: ordinate
        other: abscissa

    Formula:
        output = atan2(input, other)
    """
    return call('atan2', (input, other), (), out=out)


@served('atan2', (0, 1), INTO_FIRST)
def atan2_(input: Tensor, other: Tensor | float) -> Tensor:
    """Angle of the point with the given ordinate and abscissa, between -pi and pi.

    Args:
        input: ordinate
        other: abscissa

    Formula:
        output = atan2(input, other)
    """
    return write_back('atan2', (input, other), ())


@served('sinh', (0,))
def sinh(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Hyperbolic sine.

    Formula:
        output = (exp(input) - exp(-input)) / 2
    """
    return call('sinh', (input,), (), out=out)


@served('sinh', (0,), INTO_FIRST)
def sinh_(input: Tensor) -> Tensor:
    """Hyperbolic sine.

    Formula:
        output = (exp(input) - exp(-input)) / 2
    """
    return write_back('sinh', (input,), ())


@served('cosh', (0,))
def cosh(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Hyperbolic cosine.

    Formula:
        output = (exp(input) + exp(-input)) / 2
    """
    return call('cosh', (input,), (), out=out)


@served('cosh', (0,), INTO_FIRST)
def cosh_(input: Tensor) -> Tensor:
    """Hyperbolic cosine.

    Formula:
        output = (exp(input) + exp(-input)) / 2
    """
    return write_back('cosh', (input,), ())


@served('tanh', (0,))
def tanh(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Hyperbolic tangent. Squashes the real line into the open interval (-1, 1).

    Formula:
        output = tanh(input)
    """
    return call('tanh', (input,), (), out=out)


@served('tanh', (0,), INTO_FIRST)
def tanh_(input: Tensor) -> Tensor:
    """Hyperbolic tangent. Squashes the real line into the open interval (-1, 1).

    Formula:
        output = tanh(input)
    """
    return write_back('tanh', (input,), ())


@served('tanh', (0,))
def functional_tanh(input: Tensor, inplace: bool = False) -> Tensor:
    """Hyperbolic tangent. Squashes the real line into the open interval (-1, 1).

    Formula:
        output = tanh(input)
    """
    return (write_back if inplace else call)('tanh', (input,), ())


@served('asinh', (0,))
def asinh(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Number whose hyperbolic sine is the element.

    Formula:
        output = log(input + sqrt(input * input + 1))
    """
    return call('asinh', (input,), (), out=out)


@served('asinh', (0,), INTO_FIRST)
def asinh_(input: Tensor) -> Tensor:
    """Number whose hyperbolic sine is the element.

    Formula:
        output = log(input + sqrt(input * input + 1))
    """
    return write_back('asinh', (input,), ())


@served('acosh', (0,))
def acosh(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Non-negative number whose hyperbolic cosine is the element.

    Formula:
        output = log(input + sqrt(input * input - 1))
    """
    return call('acosh', (input,), (), out=out)


@served('acosh', (0,), INTO_FIRST)
def acosh_(input: Tensor) -> Tensor:
    """Non-negative number whose hyperbolic cosine is the element.

    Formula:
        output = log(input + sqrt(input * input - 1))
    """
    return write_back('acosh', (input,), ())


@served('atanh', (0,))
def atanh(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Number whose hyperbolic tangent is the element.

    Formula:
        output = log((1 + input) / (1 - input)) / 2
    """
    return call('atanh', (input,), (), out=out)


@served('atanh', (0,), INTO_FIRST)
def atanh_(input: Tensor) -> Tensor:
    """Number whose hyperbolic tangent is the element.

    Formula:
        output = log((1 + input) / (1 - input)) / 2
    """
    return write_back('atanh', (input,), ())


@served('sum', (0, 1, 2, 3))
def sum(input: Tensor, dim: int | Sequence[int] | None = None, keepdim: bool = False, *, dtype: DType | None = None, out: Tensor | None = None, **numpy: Any) -> Tensor:
    """Sum of the elements along one or more dims.

    Args:
        dim: dims to add up
        keepdim: keep the reduced dims with size 1
        dtype: type to convert to before adding, and of the result

    Formula:
        output = sum[n](input[n])
    """
    if numpy:
        dim, keepdim = numpy_names('sum', numpy, dim=dim, keepdim=keepdim)
    return call('sum', (input,), (dim, keepdim, dtype), out=out)


@served('nansum', (0, 1, 2, 3))
def nansum(input: Tensor, dim: int | Sequence[int] | None = None, keepdim: bool = False, *, dtype: DType | None = None, out: Tensor | None = None, **numpy: Any) -> Tensor:
    """Sum of the elements along one or more dims, NaN counted as zero.

    Args:
        dim: dims to add up
        keepdim: keep the reduced dims with size 1
        dtype: type to convert to before adding, and of the result

    Formula:
        output = sum[n](0 if input[n] != input[n] else input[n])
    """
    if numpy:
        dim, keepdim = numpy_names('nansum', numpy, dim=dim, keepdim=keepdim)
    return call('nansum', (input,), (dim, keepdim, dtype), out=out)


@served('mean', (0, 1, 2, 3))
def mean(input: Tensor, dim: int | Sequence[int] | None = None, keepdim: bool = False, *, dtype: DType | None = None, out: Tensor | None = None, **numpy: Any) -> Tensor:
    """Average of the elements along one or more dims.

    Args:
        dim: dims to average over
        keepdim: keep the reduced dims with size 1
        dtype: type to convert to before averaging, and of the result

    Formula:
        output = sum[n](input[n]) / N
    """
    if numpy:
        dim, keepdim = numpy_names('mean', numpy, dim=dim, keepdim=keepdim)
    return call('mean', (input,), (dim, keepdim, dtype), out=out)


@served('nanmean', (0, 1, 2, 3))
def nanmean(input: Tensor, dim: int | Sequence[int] | None = None, keepdim: bool = False, *, dtype: DType | None = None, out: Tensor | None = None, **numpy: Any) -> Tensor:
    """Average of the elements along one or more dims that are not NaN.

    Args:
        dim: dims to average over
        keepdim: keep the reduced dims with size 1
        dtype: type to convert to before averaging, and of the result

    Formula:
        output = sum[n](0 if input[n] != input[n] else input[n]) / sum[n](0 if input[n] != input[n] else 1)
    """
    if numpy:
        dim, keepdim = numpy_names('nanmean', numpy, dim=dim, keepdim=keepdim)
    return call('nanmean', (input,), (dim, keepdim, dtype), out=out)


@served('prod', (0,), defaults={1: None}, like=lambda input: None)
@repeated
def prod(*arguments: Any, **options: Any) -> Any:
    """Product of all elements, or of those along a dim.

    Args:
        dtype: type to convert to before multiplying, and of the result

    Signatures:
        prod(input, *, dtype)
        prod(input, dim, keepdim=False, *, dtype)

    Formula:
        output = prod[n](input[n])
    """
    return overloaded('prod', arguments, options)


@served('count_nonzero', (0, 1))
def count_nonzero(input: Tensor, dim: int | Sequence[int] | None = None, *, out: Tensor | None = None, **numpy: Any) -> Tensor:
    """How many elements along one or more dims are not zero.

    Args:
        dim: dims to count along

    Formula:
        output = sum[n](1 if input[n] != 0 else 0)
    """
    if numpy:
        dim, = numpy_names('count_nonzero', numpy, dim=dim)
    return call('count_nonzero', (input,), (dim,), out=out)


@served('any', (0, 1, 2))
def any(input: Tensor, dim: int | Sequence[int] | None = None, keepdim: bool = False, *, out: Tensor | None = None, **numpy: Any) -> Tensor:
    """Whether at least one element along one or more dims is not zero.

    Args:
        dim: dims to reduce
        keepdim: keep the reduced dims with size 1

    Formula:
        output = any[n](input[n] != 0)
    """
    if numpy:
        dim, keepdim = numpy_names('any', numpy, dim=dim, keepdim=keepdim)
    return call('any', (input,), (dim, keepdim), out=out)


@served('all', (0, 1, 2))
def all(input: Tensor, dim: int | Sequence[int] | None = None, keepdim: bool = False, *, out: Tensor | None = None, **numpy: Any) -> Tensor:
    """Whether every element along one or more dims is not zero.

    Args:
        dim: dims to reduce
        keepdim: keep the reduced dims with size 1

    Formula:
        output = all[n](input[n] != 0)
    """
    if numpy:
        dim, keepdim = numpy_names('all', numpy, dim=dim, keepdim=keepdim)
    return call('all', (input,), (dim, keepdim), out=out)


@repeated
def var(*arguments: Any, **options: Any) -> Any:
    """Mean squared distance of the elements from their mean.

    Args:
        dim: dims to reduce
        correction: degrees of freedom subtracted from the number of elements
        keepdim: keep the reduced dims with size 1

    Signatures:
        var(input, dim, *, correction=1, keepdim=False)
        var(input, dim, unbiased, keepdim=False)

    Formula:
        mean = sum[n](input[n]) / N
        freedom = max(N - correction, 0)
        output = sum[n]((input[n] - mean) * (input[n] - mean)) / freedom
    """
    return overloaded('var', arguments, options)


@repeated
def std(*arguments: Any, **options: Any) -> Any:
    """Root of the mean squared distance of the elements from their mean.

    Args:
        dim: dims to reduce
        correction: degrees of freedom subtracted from the number of elements
        keepdim: keep the reduced dims with size 1

    Signatures:
        std(input, dim, *, correction=1, keepdim=False)
        std(input, dim, unbiased, keepdim=False)

    Formula:
        mean = sum[n](input[n]) / N
        freedom = max(N - correction, 0)
        output = sqrt(sum[n]((input[n] - mean) * (input[n] - mean)) / freedom)
    """
    return overloaded('std', arguments, options)


@repeated
def var_mean(*arguments: Any, **options: Any) -> Any:
    """Mean squared distance of the elements from their mean, and the mean.

    Args:
        dim: dims to reduce
        correction: degrees of freedom subtracted from the number of elements
        keepdim: keep the reduced dims with size 1

    Returns:
        var
        mean

    Signatures:
        var_mean(input, dim, *, correction=1, keepdim=False)
        var_mean(input, dim, unbiased, keepdim=False)

    Formula:
        mean = sum[n](input[n]) / N
        freedom = max(N - correction, 0)
        var = sum[n]((input[n] - mean) * (input[n] - mean)) / freedom
    """
    return overloaded('var_mean', arguments, options)


@repeated
def std_mean(*arguments: Any, **options: Any) -> Any:
    """Root of the mean squared distance of the elements from their mean, and the mean.

    Args:
        dim: dims to reduce
        correction: degrees of freedom subtracted from the number of elements
        keepdim: keep the reduced dims with size 1

    Returns:
        std
        mean

    Signatures:
        std_mean(input, dim, *, correction=1, keepdim=False)
        std_mean(input, dim, unbiased, keepdim=False)

    Formula:
        mean = sum[n](input[n]) / N
        freedom = max(N - correction, 0)
        std = sqrt(sum[n]((input[n] - mean) * (input[n] - mean)) / freedom)
    """
    return overloaded('std_mean', arguments, options)


@served('vector_norm', (0,), defaults={1: '2', 2: None, 3: False, 4: None}, like=lambda input: None)
@repeated
def vector_norm(*arguments: Any, **options: Any) -> Any:
    """Length of the elements along one or more dims, as the root of the sum of their powers.

    Args:
        ord: exponent, by its limit for 0 and the infinities
        dim: dims to reduce
        keepdim: keep the reduced dims with size 1
        dtype: type to convert to first, and of the result

    Signatures:
        vector_norm(input, ord, dim, keepdim=False, *, dtype)
        vector_norm(input, ord, dim, keepdim=False, *, dtype)
    """
    return overloaded('vector_norm', arguments, options)


@served('norm', (0,), defaults={1: 'fro', 2: None, 3: False, 4: None}, like=lambda input: None)
@repeated
def norm(*arguments: Any, **options: Any) -> Any:
    """Length of the elements along one or more dims, as the root of the sum of their powers.

    Args:
        p: exponent, by its limit for 0 and the infinities; `fro` is 2
        dim: dims to reduce
        keepdim: keep the reduced dims with size 1
        dtype: type to convert to first, and of the result

    Signatures:
        norm(input, p, dim, keepdim=False, dtype)
        norm(input, p, dim, keepdim=False, dtype)
    """
    return overloaded('norm', arguments, options)


@served('logsumexp', (0, 1, 2))
def logsumexp(input: Tensor, dim: int | Sequence[int] | None, keepdim: bool = False, *, out: Tensor | None = None) -> Tensor:
    """Logarithm of a sum of exponentials, safe from overflow.

    Args:
        dim: dims to add along
        keepdim: keep the reduced dims with size 1

    Formula:
        output = log(sum[n](exp(input[n])))
    """
    return call('logsumexp', (input,), (dim, keepdim), out=out)


@served('amax', (0, 1, 2))
def amax(input: Tensor, dim: int | Sequence[int] | None = None, keepdim: bool = False, *, out: Tensor | None = None, **numpy: Any) -> Tensor:
    """Largest element along one or more dims. Ties share the cotangent.

    Args:
        dim: dims to reduce
        keepdim: keep the reduced dims with size 1

    Formula:
        output = max[n](input[n])
    """
    if numpy:
        dim, keepdim = numpy_names('amax', numpy, dim=dim, keepdim=keepdim)
    return call('amax', (input,), (dim, keepdim), out=out)


@served('max', (0,), like=lambda input: None)
@repeated
def max(*arguments: Any, **options: Any) -> Any:
    """Largest element of the whole tensor, along a dim with its position, or of two tensors.

    Signatures:
        max(input)
        max(input, dim, keepdim=False)
        max(input, other)

    Formula:
        output = max[n](input[n])
    """
    return overloaded('max', arguments, options)


@served('argmax', (0, 1, 2))
def argmax(input: Tensor, dim: int | Sequence[int] | None = None, keepdim: bool = False, *, out: Tensor | None = None, **numpy: Any) -> Tensor:
    """Position of the largest element, the first one among ties.

    Args:
        dim: dim to search; all dims as one flat sequence if None
        keepdim: keep the reduced dims with size 1

    Formula:
        output = argmax[n](input[n])
    """
    if numpy:
        dim, keepdim = numpy_names('argmax', numpy, dim=dim, keepdim=keepdim)
    return call('argmax', (input,), (dim, keepdim), out=out)


@served('amin', (0, 1, 2))
def amin(input: Tensor, dim: int | Sequence[int] | None = None, keepdim: bool = False, *, out: Tensor | None = None, **numpy: Any) -> Tensor:
    """Smallest element along one or more dims. Ties share the cotangent.

    Args:
        dim: dims to reduce
        keepdim: keep the reduced dims with size 1

    Formula:
        output = min[n](input[n])
    """
    if numpy:
        dim, keepdim = numpy_names('amin', numpy, dim=dim, keepdim=keepdim)
    return call('amin', (input,), (dim, keepdim), out=out)


@served('min', (0,), like=lambda input: None)
@repeated
def min(*arguments: Any, **options: Any) -> Any:
    """Smallest element of the whole tensor, along a dim with its position, or of two tensors.

    Signatures:
        min(input)
        min(input, dim, keepdim=False)
        min(input, other)

    Formula:
        output = min[n](input[n])
    """
    return overloaded('min', arguments, options)


@served('argmin', (0, 1, 2))
def argmin(input: Tensor, dim: int | Sequence[int] | None = None, keepdim: bool = False, *, out: Tensor | None = None, **numpy: Any) -> Tensor:
    """Position of the smallest element, the first one among ties.

    Args:
        dim: dim to search; all dims as one flat sequence if None
        keepdim: keep the reduced dims with size 1

    Formula:
        output = argmin[n](input[n])
    """
    if numpy:
        dim, keepdim = numpy_names('argmin', numpy, dim=dim, keepdim=keepdim)
    return call('argmin', (input,), (dim, keepdim), out=out)


@served('aminmax', (0, 1, 2), results=('aminmax', ('min', 'max')))
def aminmax(input: Tensor, *, dim: int | Sequence[int] | None = None, keepdim: bool = False, out: Any = None, **numpy: Any) -> Any:
    """Smallest and largest element along a dim, or of the whole tensor.

    Args:
        dim: dim to reduce
        keepdim: keep the reduced dims with size 1

    Returns:
        min
        max

    Formula:
        min = min[n](input[n])
        max = max[n](input[n])
    """
    if numpy:
        dim, keepdim = numpy_names('aminmax', numpy, dim=dim, keepdim=keepdim)
    return named('aminmax', ('min', 'max'), call('aminmax', (input,), (dim, keepdim), out=out))


@served('cumsum', (0, 1, 2))
def cumsum(input: Tensor, dim: int, *, dtype: DType | None = None, out: Tensor | None = None) -> Tensor:
    """Sum of the elements up to each position along a dim.

    Args:
        dim: dim to go along
        dtype: type to convert to first, and of the result

    Formula:
        output[n] = running_sum[n1 <= n](input[n1])
    """
    return call('cumsum', (input,), (dim, dtype), out=out)


@served('cumsum', (0, 1, 2), INTO_FIRST)
def cumsum_(input: Tensor, dim: int, *, dtype: DType | None = None) -> Tensor:
    """Sum of the elements up to each position along a dim.

    Args:
        dim: dim to go along
        dtype: type to convert to first, and of the result

    Formula:
        output[n] = running_sum[n1 <= n](input[n1])
    """
    return write_back('cumsum', (input,), (dim, dtype))


@served('cumprod', (0, 1, 2))
def cumprod(input: Tensor, dim: int, *, dtype: DType | None = None, out: Tensor | None = None) -> Tensor:
    """Product of the elements up to each position along a dim.

    Args:
        dim: dim to go along
        dtype: type to convert to first, and of the result

    Formula:
        output[n] = running_prod[n1 <= n](input[n1])
    """
    return call('cumprod', (input,), (dim, dtype), out=out)


@served('cumprod', (0, 1, 2), INTO_FIRST)
def cumprod_(input: Tensor, dim: int, *, dtype: DType | None = None) -> Tensor:
    """Product of the elements up to each position along a dim.

    Args:
        dim: dim to go along
        dtype: type to convert to first, and of the result

    Formula:
        output[n] = running_prod[n1 <= n](input[n1])
    """
    return write_back('cumprod', (input,), (dim, dtype))


@served('cummax', (0, 1), results=('cummax', ('values', 'indices')))
def cummax(input: Tensor, dim: int, *, out: Any = None) -> Any:
    """Largest element up to each position along a dim, and its position, the last one among ties.

    Args:
        dim: dim to go along

    Returns:
        values
        indices

    Formula:
        indices[n] = running_argmax[n1 <= n](input[n1])
        values[n] = input[indices[n]]
    """
    return named('cummax', ('values', 'indices'), call('cummax', (input,), (dim,), out=out))


@served('cummin', (0, 1), results=('cummin', ('values', 'indices')))
def cummin(input: Tensor, dim: int, *, out: Any = None) -> Any:
    """Smallest element up to each position along a dim, and its position, the last one among ties.

    Args:
        dim: dim to go along

    Returns:
        values
        indices

    Formula:
        indices[n] = running_argmin[n1 <= n](input[n1])
        values[n] = input[indices[n]]
    """
    return named('cummin', ('values', 'indices'), call('cummin', (input,), (dim,), out=out))


@served('logcumsumexp', (0, 1))
def logcumsumexp(input: Tensor, dim: int, *, out: Tensor | None = None) -> Tensor:
    """Logarithm of the sum of exponentials up to each position along a dim, safe from overflow.

    Args:
        dim: dim to go along

    Formula:
        output[n] = log(running_sum[n1 <= n](exp(input[n1])))
    """
    return call('logcumsumexp', (input,), (dim,), out=out)


@served('where', (0, 1, 2))
def where(condition: Tensor, input: Tensor | float, other: Tensor | float, *, out: Tensor | None = None) -> Tensor:
    """Element of the second argument where the condition holds, of the third elsewhere.

    Formula:
        output = input if condition else other
    """
    return call('where', (condition, input, other), (), out=out)


@served('masked_fill', (0, 1, 2))
def masked_fill(input: Tensor, mask: Tensor | float, value: Tensor | float, *, out: Tensor | None = None) -> Tensor:
    """The elements, replaced by a value where the mask holds.

    Args:
        value: one element

    Formula:
        output = cast(value, Any) if mask else input
    """
    return call('masked_fill', (input, mask, value), (), out=out)


@served('masked_fill', (0, 1, 2), INTO_FIRST)
def masked_fill_(input: Tensor, mask: Tensor | float, value: Tensor | float) -> Tensor:
    """The elements, replaced by a value where the mask holds.

    Args:
        value: one element

    Formula:
        output = cast(value, Any) if mask else input
    """
    return write_back('masked_fill', (input, mask, value), ())


@served('clamp', (0, 1, 2))
def clamp(input: Tensor, min: Tensor | float | None = None, max: Tensor | float | None = None, *, out: Tensor | None = None) -> Tensor:
    """The elements brought into the range between two bounds. The upper one wins.

    Args:
        min: lower bound
        max: upper bound

    Formula:
        output = min(max(input, min), max)
    """
    return call('clamp', (input, min, max), (), out=out)


@served('clamp', (0, 1, 2), INTO_FIRST)
def clamp_(input: Tensor, min: Tensor | float | None = None, max: Tensor | float | None = None) -> Tensor:
    """The elements brought into the range between two bounds. The upper one wins.

    Args:
        min: lower bound
        max: upper bound

    Formula:
        output = min(max(input, min), max)
    """
    return write_back('clamp', (input, min, max), ())


@served('clamp_min', (0, 1))
def clamp_min(input: Tensor, min: Tensor | float, *, out: Tensor | None = None) -> Tensor:
    """The elements, and the bound where they are below it.

    Formula:
        output = max(input, min)
    """
    return call('clamp_min', (input, min), (), out=out)


@served('clamp_min', (0, 1), INTO_FIRST)
def clamp_min_(input: Tensor, min: Tensor | float) -> Tensor:
    """The elements, and the bound where they are below it.

    Formula:
        output = max(input, min)
    """
    return write_back('clamp_min', (input, min), ())


@served('clamp_max', (0, 1))
def clamp_max(input: Tensor, max: Tensor | float, *, out: Tensor | None = None) -> Tensor:
    """The elements, and the bound where they are above it.

    Formula:
        output = min(input, max)
    """
    return call('clamp_max', (input, max), (), out=out)


@served('clamp_max', (0, 1), INTO_FIRST)
def clamp_max_(input: Tensor, max: Tensor | float) -> Tensor:
    """The elements, and the bound where they are above it.

    Formula:
        output = min(input, max)
    """
    return write_back('clamp_max', (input, max), ())


@served('sign', (0,))
def sign(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """One for positive elements, minus one for negative ones, zero for zero.

    Formula:
        output = sign(input)
    """
    return call('sign', (input,), (), out=out)


@served('sign', (0,), INTO_FIRST)
def sign_(input: Tensor) -> Tensor:
    """One for positive elements, minus one for negative ones, zero for zero.

    Formula:
        output = sign(input)
    """
    return write_back('sign', (input,), ())


@served('sgn', (0,))
def sgn(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """One for positive elements, minus one for negative ones, zero for zero.

    Formula:
        output = sign(input)
    """
    return call('sgn', (input,), (), out=out)


@served('sgn', (0,), INTO_FIRST)
def sgn_(input: Tensor) -> Tensor:
    """One for positive elements, minus one for negative ones, zero for zero.

    Formula:
        output = sign(input)
    """
    return write_back('sgn', (input,), ())


@served('signbit', (0,))
def signbit(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Whether the sign of an element is minus, that of minus zero included.

    Formula:
        output = copysign(1.0, input) < 0
    """
    return call('signbit', (input,), (), out=out)


@served('copysign', (0, 1))
def copysign(input: Tensor, other: Tensor | float, *, out: Tensor | None = None) -> Tensor:
    """Size of the first element with the sign of the second.

    Formula:
        output = copysign(input, other)
    """
    return call('copysign', (input, other), (), out=out)


@served('copysign', (0, 1), INTO_FIRST)
def copysign_(input: Tensor, other: Tensor | float) -> Tensor:
    """Size of the first element with the sign of the second.

    Formula:
        output = copysign(input, other)
    """
    return write_back('copysign', (input, other), ())


@served('heaviside', (0, 1))
def heaviside(input: Tensor, values: Tensor | float, *, out: Tensor | None = None) -> Tensor:
    """Step from zero to one, with the given value at zero.

    Formula:
        output = values if input == 0 else 1 if input > 0 else 0
    """
    return call('heaviside', (input, values), (), out=out)


@served('heaviside', (0, 1), INTO_FIRST)
def heaviside_(input: Tensor, values: Tensor | float) -> Tensor:
    """Step from zero to one, with the given value at zero.

    Formula:
        output = values if input == 0 else 1 if input > 0 else 0
    """
    return write_back('heaviside', (input, values), ())


@served('nextafter', (0, 1))
def nextafter(input: Tensor, other: Tensor | float, *, out: Tensor | None = None) -> Tensor:
    """Next number of the same dtype on the way from the first element to the second.

    Formula:
        output = nextafter(input, other)
    """
    return call('nextafter', (input, other), (), out=out)


@served('nextafter', (0, 1), INTO_FIRST)
def nextafter_(input: Tensor, other: Tensor | float) -> Tensor:
    """Next number of the same dtype on the way from the first element to the second.

    Formula:
        output = nextafter(input, other)
    """
    return write_back('nextafter', (input, other), ())


@served('nan_to_num', (0, 1, 2, 3))
def nan_to_num(input: Tensor, nan: float = 0.0, posinf: float | None = None, neginf: float | None = None, *, out: Tensor | None = None) -> Tensor:
    """The elements with NaN and the infinities replaced by numbers.

    Args:
        nan: instead of NaN
        posinf: instead of infinity
        neginf: instead of minus infinity

    Formula:
        output = nan if input != input else input if not abs(input) == inf else posinf if input > 0 else neginf
    """
    return call('nan_to_num', (input,), (nan, posinf, neginf), out=out)


@served('nan_to_num', (0, 1, 2, 3), INTO_FIRST)
def nan_to_num_(input: Tensor, nan: float = 0.0, posinf: float | None = None, neginf: float | None = None) -> Tensor:
    """The elements with NaN and the infinities replaced by numbers.

    Args:
        nan: instead of NaN
        posinf: instead of infinity
        neginf: instead of minus infinity

    Formula:
        output = nan if input != input else input if not abs(input) == inf else posinf if input > 0 else neginf
    """
    return write_back('nan_to_num', (input,), (nan, posinf, neginf))


@served('isnan', (0,))
def isnan(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Whether an element is NaN.

    Formula:
        output = input != input
    """
    return call('isnan', (input,), (), out=out)


@served('isinf', (0,))
def isinf(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Whether an element is infinite.

    Formula:
        output = abs(input) == inf
    """
    return call('isinf', (input,), (), out=out)


@served('isfinite', (0,))
def isfinite(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Whether an element is neither infinite nor NaN.

    Formula:
        output = not (input != input or abs(input) == inf)
    """
    return call('isfinite', (input,), (), out=out)


@served('isposinf', (0,))
def isposinf(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Whether an element is infinity.

    Formula:
        output = abs(input) == inf and input > 0
    """
    return call('isposinf', (input,), (), out=out)


@served('isneginf', (0,))
def isneginf(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Whether an element is minus infinity.

    Formula:
        output = abs(input) == inf and input < 0
    """
    return call('isneginf', (input,), (), out=out)


@served('isreal', (0,))
def isreal(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Whether an element has no imaginary part, as all numbers of a real dtype.

    Formula:
        output = true
    """
    return call('isreal', (input,), (), out=out)


@served('view', (0, 1))
def view(input: Tensor, *size: Any) -> Tensor:
    """The same elements in the same order under another shape, sharing memory. One size may be -1."""
    if len(size) == 1 and isinstance(size[0], (tuple, list)):
        size = tuple(size[0])
    return call('view', (input,), (size,))


@served('flatten', (0, 1, 2))
def flatten(input: Tensor, start_dim: int = 0, end_dim: int = -1) -> Tensor:
    """The dims from start_dim to end_dim merged into one."""
    return call('flatten', (input,), (start_dim, end_dim))


@served('ravel', (0,))
def ravel(input: Tensor) -> Tensor:
    """All elements in one dim."""
    return call('ravel', (input,), ())


@served('unflatten', (0, 1, 2))
def unflatten(input: Tensor, dim: int, sizes: int | Sequence[int]) -> Tensor:
    """One dim split into several. One of their sizes may be -1."""
    return call('unflatten', (input,), (dim, sizes))


@served('transpose', (0, 1, 2))
def transpose(input: Tensor, dim0: int, dim1: int) -> Tensor:
    """Two dims exchanged."""
    return call('transpose', (input,), (dim0, dim1))


def transpose_(input: Tensor, dim0: int, dim1: int) -> Tensor:
    """Two dims exchanged."""
    return inplace_view('transpose', (input,), (dim0, dim1))


@served('swapaxes', (0, 1, 2))
def swapaxes(input: Tensor, axis0: int, axis1: int) -> Tensor:
    """Two dims exchanged, under NumPy's name."""
    return call('swapaxes', (input,), (axis0, axis1))


def swapaxes_(input: Tensor, axis0: int, axis1: int) -> Tensor:
    """Two dims exchanged, under NumPy's name."""
    return inplace_view('swapaxes', (input,), (axis0, axis1))


@served('t', (0,))
def t(input: Tensor) -> Tensor:
    """The transpose of a matrix. A vector or a scalar stays as it is."""
    return call('t', (input,), ())


def t_(input: Tensor) -> Tensor:
    """The transpose of a matrix. A vector or a scalar stays as it is."""
    return inplace_view('t', (input,), ())


@served('permute', (0, 1))
def permute(input: Tensor, *dims: Any) -> Tensor:
    """All dims in a new order.

    Args:
        dims: for each dim of the result, the dim of the input
    """
    if len(dims) == 1 and isinstance(dims[0], (tuple, list)):
        dims = tuple(dims[0])
    return call('permute', (input,), (dims,))


@served('movedim', (0, 1, 2))
def movedim(input: Tensor, source: int | Sequence[int], destination: int | Sequence[int]) -> Tensor:
    """Some dims moved to new places, the others kept in order.

    Args:
        source: dims of the input
        destination: their places in the result
    """
    return call('movedim', (input,), (source, destination))


@served('squeeze', (0, 1))
def squeeze(input: Tensor, dim: int | Sequence[int] | None = None, **numpy: Any) -> Tensor:
    """Without the dims of extent one, or without those of them that are named."""
    if numpy:
        dim, = numpy_names('squeeze', numpy, dim=dim)
    return call('squeeze', (input,), (dim,))


def squeeze_(input: Tensor, dim: int | Sequence[int] | None = None) -> Tensor:
    """Without the dims of extent one, or without those of them that are named."""
    return inplace_view('squeeze', (input,), (dim,))


@served('unsqueeze', (0, 1))
def unsqueeze(input: Tensor, dim: int) -> Tensor:
    """With a new dim of extent one.

    Args:
        dim: place of the new dim
    """
    return call('unsqueeze', (input,), (dim,))


def unsqueeze_(input: Tensor, dim: int) -> Tensor:
    """With a new dim of extent one.

    Args:
        dim: place of the new dim
    """
    return inplace_view('unsqueeze', (input,), (dim,))


@served('expand', (0, 1))
def expand(input: Tensor, *size: Any) -> Tensor:
    """Dims of extent one repeated, and new leading dims, without copies. A size of -1 keeps the extent."""
    if len(size) == 1 and isinstance(size[0], (tuple, list)):
        size = tuple(size[0])
    return call('expand', (input,), (size,))


@served('broadcast_to', (0, 1))
def broadcast_to(input: Tensor, *size: Any) -> Tensor:
    """Dims of extent one repeated, and new leading dims, without copies."""
    if len(size) == 1 and isinstance(size[0], (tuple, list)):
        size = tuple(size[0])
    return call('broadcast_to', (input,), (size,))


@served('narrow', (0, 1, 2, 3))
def narrow(input: Tensor, dim: int, start: int, length: int) -> Tensor:
    """A run of places along a dim.

    Args:
        start: first place; negative counts from the end
        length: how many
    """
    return call('narrow', (input,), (dim, start, length))


@served('select', (0, 1, 2))
def select(input: Tensor, dim: int, index: int) -> Tensor:
    """One place of a dim, which goes away.

    Args:
        index: place; negative counts from the end
    """
    return call('select', (input,), (dim, index))


@served('diagonal', (0, 1, 2, 3))
def diagonal(input: Tensor, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Tensor:
    """The diagonals of the matrices that two dims make, as a last dim.

    Args:
        offset: above the main diagonal if positive
    """
    return call('diagonal', (input,), (offset, dim1, dim2))


@served('unfold', (0, 1, 2, 3))
def unfold(input: Tensor, dimension: int, size: int, step: int) -> Tensor:
    """All windows of a dim, a given step apart, as a new last dim.

    Args:
        size: extent of a window
    """
    return call('unfold', (input,), (dimension, size, step))


@served('as_strided', (0, 1, 2, 3))
def as_strided(input: Tensor, size: int | Sequence[int], stride: int | Sequence[int], storage_offset: int | None = None) -> Tensor:
    """Any shape and any strides over the memory of a tensor.

    Args:
        storage_offset: from the start of the storage; None stays where the tensor starts
    """
    return call('as_strided', (input,), (size, stride, storage_offset))


def as_strided_(input: Tensor, size: int | Sequence[int], stride: int | Sequence[int], storage_offset: int | None = None) -> Tensor:
    """Any shape and any strides over the memory of a tensor.

    Args:
        storage_offset: from the start of the storage; None stays where the tensor starts
    """
    return inplace_view('as_strided', (input,), (size, stride, storage_offset))


@served('max_pool1d', (0, 1, 2, 3, 4, 5))
def max_pool1d(input: Tensor, kernel_size: int | Sequence[int], stride: int | Sequence[int] | None = None, padding: int | Sequence[int] = 0, dilation: int | Sequence[int] = 1, ceil_mode: bool = False, *, out: Tensor | None = None) -> Tensor:
    """Largest element of each window of a signal. The cotangent goes to the first of several largest ones.

    Args:
        kernel_size: extents of the window
        stride: step of the window
        padding: places added on both sides, never the largest
        dilation: distance between the elements of a window
        ceil_mode: keep a last window that is cut off

    Formula:
        best[ol] = argmax[kl](input[ol * SL + kl * JL - PL])
        first[ol] = (ol * SL - PL) % JL
        place[ol] = max(ol * SL + best[ol] * JL - PL, first[ol])
        output[ol] = input[place[ol]]
    """
    return call('max_pool1d', (input,), (kernel_size, stride, padding, dilation, ceil_mode), out=out)


@served('max_pool2d', (0, 1, 2, 3, 4, 5))
def max_pool2d(input: Tensor, kernel_size: int | Sequence[int], stride: int | Sequence[int] | None = None, padding: int | Sequence[int] = 0, dilation: int | Sequence[int] = 1, ceil_mode: bool = False, *, out: Tensor | None = None) -> Tensor:
    """Largest element of each window of an image. The cotangent goes to the first of several largest ones.

    Args:
        kernel_size: extents of the window
        stride: step of the window
        padding: places added on both sides, never the largest
        dilation: distance between the elements of a window
        ceil_mode: keep a last window that is cut off

    Formula:
        best[oh, ow] = argmax[kh, kw](input[oh * SH + kh * JH - PH, ow * SW + kw * JW - PW])
        top[oh] = (oh * SH - PH) % JH
        left[ow] = (ow * SW - PW) % JW
        row[oh, ow] = max(oh * SH + best[oh, ow] // KW * JH - PH, top[oh])
        column[oh, ow] = max(ow * SW + best[oh, ow] % KW * JW - PW, left[ow])
        output[oh, ow] = input[row[oh, ow], column[oh, ow]]
    """
    return call('max_pool2d', (input,), (kernel_size, stride, padding, dilation, ceil_mode), out=out)


@served('max_pool3d', (0, 1, 2, 3, 4, 5))
def max_pool3d(input: Tensor, kernel_size: int | Sequence[int], stride: int | Sequence[int] | None = None, padding: int | Sequence[int] = 0, dilation: int | Sequence[int] = 1, ceil_mode: bool = False, *, out: Tensor | None = None) -> Tensor:
    """Largest element of each window of a volume. The cotangent goes to the first of several largest ones.

    Args:
        kernel_size: extents of the window
        stride: step of the window
        padding: places added on both sides, never the largest
        dilation: distance between the elements of a window
        ceil_mode: keep a last window that is cut off
    """
    return call('max_pool3d', (input,), (kernel_size, stride, padding, dilation, ceil_mode), out=out)


@served('max_pool1d_with_indices', (0, 1, 2, 3, 4, 5), results=('max_pool1d_with_indices', ('output', 'indices')))
def max_pool1d_with_indices(input: Tensor, kernel_size: int | Sequence[int], stride: int | Sequence[int] | None = None, padding: int | Sequence[int] = 0, dilation: int | Sequence[int] = 1, ceil_mode: bool = False, *, out: Any = None) -> Any:
    """Largest element of each window of a signal, and its place in the flattened signal.

    Args:
        kernel_size: extents of the window
        stride: step of the window
        padding: places added on both sides, never the largest
        dilation: distance between the elements of a window
        ceil_mode: keep a last window that is cut off

    Returns:
        output
        indices

    Formula:
        best[ol] = argmax[kl](input[ol * SL + kl * JL - PL])
        first[ol] = (ol * SL - PL) % JL
        place[ol] = max(ol * SL + best[ol] * JL - PL, first[ol])
        indices[ol] = place[ol]
        output[ol] = input[place[ol]]
    """
    return named('max_pool1d_with_indices', ('output', 'indices'), call('max_pool1d_with_indices', (input,), (kernel_size, stride, padding, dilation, ceil_mode), out=out))


@served('max_pool2d_with_indices', (0, 1, 2, 3, 4, 5), results=('max_pool2d_with_indices', ('output', 'indices')))
def max_pool2d_with_indices(input: Tensor, kernel_size: int | Sequence[int], stride: int | Sequence[int] | None = None, padding: int | Sequence[int] = 0, dilation: int | Sequence[int] = 1, ceil_mode: bool = False, *, out: Any = None) -> Any:
    """Largest element of each window of an image, and its place in the flattened image.

    Args:
        kernel_size: extents of the window
        stride: step of the window
        padding: places added on both sides, never the largest
        dilation: distance between the elements of a window
        ceil_mode: keep a last window that is cut off

    Returns:
        output
        indices
    """
    return named('max_pool2d_with_indices', ('output', 'indices'), call('max_pool2d_with_indices', (input,), (kernel_size, stride, padding, dilation, ceil_mode), out=out))


@served('max_pool3d_with_indices', (0, 1, 2, 3, 4, 5), results=('max_pool3d_with_indices', ('output', 'indices')))
def max_pool3d_with_indices(input: Tensor, kernel_size: int | Sequence[int], stride: int | Sequence[int] | None = None, padding: int | Sequence[int] = 0, dilation: int | Sequence[int] = 1, ceil_mode: bool = False, *, out: Any = None) -> Any:
    """Largest element of each window of a volume, and its place in the flattened volume.

    Args:
        kernel_size: extents of the window
        stride: step of the window
        padding: places added on both sides, never the largest
        dilation: distance between the elements of a window
        ceil_mode: keep a last window that is cut off

    Returns:
        output
        indices
    """
    return named('max_pool3d_with_indices', ('output', 'indices'), call('max_pool3d_with_indices', (input,), (kernel_size, stride, padding, dilation, ceil_mode), out=out))


@served('avg_pool1d', (0, 1, 2, 3, 4, 5))
def avg_pool1d(input: Tensor, kernel_size: int | Sequence[int], stride: int | Sequence[int] | None = None, padding: int | Sequence[int] = 0, ceil_mode: bool = False, count_include_pad: bool = True, *, out: Tensor | None = None) -> Tensor:
    """Average of each window of a signal.

    Args:
        kernel_size: extents of the window
        stride: step of the window
        padding: zeros added on both sides
        ceil_mode: keep a last window that is cut off
        count_include_pad: count the added zeros in the average

    Formula:
        count[ol] = min(ol * SL - PL + KL, L + PL if count_include_pad else L) - (ol * SL - PL if count_include_pad else max(ol * SL - PL, 0))
        output[ol] = sum[kl](input[ol * SL + kl - PL]) / count[ol]
    """
    return call('avg_pool1d', (input,), (kernel_size, stride, padding, ceil_mode, count_include_pad), out=out)


@served('avg_pool2d', (0, 1, 2, 3, 4, 5, 6))
def avg_pool2d(input: Tensor, kernel_size: int | Sequence[int], stride: int | Sequence[int] | None = None, padding: int | Sequence[int] = 0, ceil_mode: bool = False, count_include_pad: bool = True, divisor_override: int | None = None, *, out: Tensor | None = None) -> Tensor:
    """Average of each window of an image.

    Args:
        kernel_size: extents of the window
        stride: step of the window
        padding: zeros added on both sides
        ceil_mode: keep a last window that is cut off
        count_include_pad: count the added zeros in the average
        divisor_override: divisor to use instead

    Formula:
        rows[oh] = min(oh * SH - PH + KH, H + PH if count_include_pad else H) - (oh * SH - PH if count_include_pad else max(oh * SH - PH, 0))
        columns[ow] = min(ow * SW - PW + KW, W + PW if count_include_pad else W) - (ow * SW - PW if count_include_pad else max(ow * SW - PW, 0))
        output[oh, ow] = sum[kh, kw](input[oh * SH + kh - PH, ow * SW + kw - PW]) / (divisor_override if divisor_override != 0 else rows[oh] * columns[ow])
    """
    return call('avg_pool2d', (input,), (kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override), out=out)


@served('avg_pool3d', (0, 1, 2, 3, 4, 5, 6))
def avg_pool3d(input: Tensor, kernel_size: int | Sequence[int], stride: int | Sequence[int] | None = None, padding: int | Sequence[int] = 0, ceil_mode: bool = False, count_include_pad: bool = True, divisor_override: int | None = None, *, out: Tensor | None = None) -> Tensor:
    """Average of each window of a volume.

    Args:
        kernel_size: extents of the window
        stride: step of the window
        padding: zeros added on both sides
        ceil_mode: keep a last window that is cut off
        count_include_pad: count the added zeros in the average
        divisor_override: divisor to use instead

    Formula:
        slabs[od] = min(od * SD - PD + KD, D + PD if count_include_pad else D) - (od * SD - PD if count_include_pad else max(od * SD - PD, 0))
        rows[oh] = min(oh * SH - PH + KH, H + PH if count_include_pad else H) - (oh * SH - PH if count_include_pad else max(oh * SH - PH, 0))
        columns[ow] = min(ow * SW - PW + KW, W + PW if count_include_pad else W) - (ow * SW - PW if count_include_pad else max(ow * SW - PW, 0))
        output[od, oh, ow] = sum[kd, kh, kw](input[od * SD + kd - PD, oh * SH + kh - PH, ow * SW + kw - PW]) / (divisor_override if divisor_override != 0 else slabs[od] * rows[oh] * columns[ow])
    """
    return call('avg_pool3d', (input,), (kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override), out=out)


@served('lp_pool1d', (0, 1, 2, 3, 4))
def lp_pool1d(input: Tensor, norm_type: float, kernel_size: int | Sequence[int], stride: int | Sequence[int] | None = None, ceil_mode: bool = False, *, out: Tensor | None = None) -> Tensor:
    """Norm of each window of a signal.

    Args:
        norm_type: exponent of the norm
        kernel_size: extents of the window
        stride: step of the window
        ceil_mode: keep a last window that is cut off

    Formula:
        total[ol] = sum[kl](input[ol * SL + kl] ** norm_type)
        output[ol] = total[ol] ** (1 / norm_type) if total[ol] != 0 else 0
    """
    return call('lp_pool1d', (input,), (norm_type, kernel_size, stride, ceil_mode), out=out)


@served('lp_pool2d', (0, 1, 2, 3, 4))
def lp_pool2d(input: Tensor, norm_type: float, kernel_size: int | Sequence[int], stride: int | Sequence[int] | None = None, ceil_mode: bool = False, *, out: Tensor | None = None) -> Tensor:
    """Norm of each window of an image.

    Args:
        norm_type: exponent of the norm
        kernel_size: extents of the window
        stride: step of the window
        ceil_mode: keep a last window that is cut off

    Formula:
        total[oh, ow] = sum[kh, kw](input[oh * SH + kh, ow * SW + kw] ** norm_type)
        output[oh, ow] = total[oh, ow] ** (1 / norm_type) if total[oh, ow] != 0 else 0
    """
    return call('lp_pool2d', (input,), (norm_type, kernel_size, stride, ceil_mode), out=out)


@served('lp_pool3d', (0, 1, 2, 3, 4))
def lp_pool3d(input: Tensor, norm_type: float, kernel_size: int | Sequence[int], stride: int | Sequence[int] | None = None, ceil_mode: bool = False, *, out: Tensor | None = None) -> Tensor:
    """Norm of each window of a volume.

    Args:
        norm_type: exponent of the norm
        kernel_size: extents of the window
        stride: step of the window
        ceil_mode: keep a last window that is cut off

    Formula:
        total[od, oh, ow] = sum[kd, kh, kw](input[od * SD + kd, oh * SH + kh, ow * SW + kw] ** norm_type)
        output[od, oh, ow] = total[od, oh, ow] ** (1 / norm_type) if total[od, oh, ow] != 0 else 0
    """
    return call('lp_pool3d', (input,), (norm_type, kernel_size, stride, ceil_mode), out=out)


@served('adaptive_avg_pool1d', (0, 1))
def adaptive_avg_pool1d(input: Tensor, output_size: int | Sequence[int], *, out: Tensor | None = None) -> Tensor:
    """Averages of the windows that cut a signal into a given number of nearly equal parts.

    Formula:
        first_place[ol] = ol * L // OL
        count_place[ol] = ((ol + 1) * L + OL - 1) // OL - first_place[ol]
        place[ol, kl] = min(first_place[ol] + kl, L - 1)
        output[ol] = sum[kl](input[place[ol, kl]] if kl < count_place[ol] else 0) / count_place[ol]
    """
    return call('adaptive_avg_pool1d', (input,), (output_size,), out=out)


@served('adaptive_avg_pool2d', (0, 1))
def adaptive_avg_pool2d(input: Tensor, output_size: int | Sequence[int], *, out: Tensor | None = None) -> Tensor:
    """Averages of the windows that cut an image into a given number of nearly equal parts."""
    return call('adaptive_avg_pool2d', (input,), (output_size,), out=out)


@served('adaptive_avg_pool3d', (0, 1))
def adaptive_avg_pool3d(input: Tensor, output_size: int | Sequence[int], *, out: Tensor | None = None) -> Tensor:
    """Averages of the windows that cut a volume into a given number of nearly equal parts."""
    return call('adaptive_avg_pool3d', (input,), (output_size,), out=out)


@served('adaptive_max_pool1d', (0, 1), results=('adaptive_max_pool1d', ('output', 'indices')))
def adaptive_max_pool1d(input: Tensor, output_size: int | Sequence[int], *, out: Any = None) -> Any:
    """Largest elements of the windows that cut a signal into a given number of nearly equal parts, and their places in it, flattened.

    Returns:
        output
        indices
    """
    return named('adaptive_max_pool1d', ('output', 'indices'), call('adaptive_max_pool1d', (input,), (output_size,), out=out))


@served('adaptive_max_pool2d', (0, 1), results=('adaptive_max_pool2d', ('output', 'indices')))
def adaptive_max_pool2d(input: Tensor, output_size: int | Sequence[int], *, out: Any = None) -> Any:
    """Largest elements of the windows that cut an image into a given number of nearly equal parts, and their places in it, flattened.

    Returns:
        output
        indices
    """
    return named('adaptive_max_pool2d', ('output', 'indices'), call('adaptive_max_pool2d', (input,), (output_size,), out=out))


@served('adaptive_max_pool3d', (0, 1), results=('adaptive_max_pool3d', ('output', 'indices')))
def adaptive_max_pool3d(input: Tensor, output_size: int | Sequence[int], *, out: Any = None) -> Any:
    """Largest elements of the windows that cut a volume into a given number of nearly equal parts, and their places in it, flattened.

    Returns:
        output
        indices
    """
    return named('adaptive_max_pool3d', ('output', 'indices'), call('adaptive_max_pool3d', (input,), (output_size,), out=out))


@served('im2col', (0, 1, 2, 3, 4))
def im2col(input: Tensor, kernel_size: int | Sequence[int], dilation: int | Sequence[int] = 1, padding: int | Sequence[int] = 0, stride: int | Sequence[int] = 1, *, out: Tensor | None = None) -> Tensor:
    """The windows of an image as columns.

    Args:
        kernel_size: extents of the window
        dilation: distance between the elements of a window
        padding: zeros added on both sides
        stride: step of the window

    Formula:
        output[(c, kh, kw), (oh, ow)] = input[c, oh * SH + kh * JH - PH, ow * SW + kw * JW - PW]
    """
    return call('im2col', (input,), (kernel_size, dilation, padding, stride), out=out)


@served('col2im', (0, 1, 2, 3, 4, 5))
def col2im(input: Tensor, output_size: int | Sequence[int], kernel_size: int | Sequence[int], dilation: int | Sequence[int] = 1, padding: int | Sequence[int] = 0, stride: int | Sequence[int] = 1, *, out: Tensor | None = None) -> Tensor:
    """Columns added up where they overlap as windows of an image. The adjoint of the unfolding.

    Args:
        output_size: extents of the image
        kernel_size: extents of the window
        dilation: distance between the elements of a window
        padding: elements cut off on both sides
        stride: step of the window

    Formula:
        output[c, oh * SH + kh * JH - PH, ow * SW + kw * JW - PW] += input[(c, kh, kw), (oh, ow)]
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
    '_int_mm': _int_mm,
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
    'masked_select': masked_select,
    'searchsorted': searchsorted,
    'bucketize': bucketize,
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
    '_amsgrad_step': amsgrad_step,
    '_adagrad_step': adagrad_step,
    '_rmsprop_step': rmsprop_step,
    '_rmsprop_momentum_step': rmsprop_momentum_step,
    '_rmsprop_centered_step': rmsprop_centered_step,
    '_rmsprop_centered_momentum_step': rmsprop_centered_momentum_step,
    '_adadelta_step': adadelta_step,
    '_adamax_step': adamax_step,
    '_nadam_step': nadam_step,
    '_radam_step': radam_step,
    '_asgd_step': asgd_step,
    '_rprop_step': rprop_step,
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
    'masked_select': masked_select,
    'searchsorted': searchsorted,
    'bucketize': bucketize,
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
