"""Errors of kernels, against mpmath with 50 digits.

Operands are numbers of the dtype, so that only the op's own error is measured. Errors of pointwise
ops are told in units of the last place of the result. Results of sums may cancel, so their errors
are held against the bound that a running error analysis of what the kernel runs gives
(`bounds.py`): relative to the sum of the sizes of the terms, not to the result.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import mpmath
import numpy as np

from ...ops.calls.binding import Binding
from ...ops.dataclass import dataclass
from ...ops.dtype import dtype
from ...ops.errors import TensorsmithError
from ...ops.language.op import Op, Sample
from .bounds import NotMeasuredError, of
from .definition import bind_arguments
from .exact import Evaluation
from .running import run
from .sampling import Arguments, arguments_of

DIGITS = 50
POINTS = 256  # of pointwise ops
FACTORS = (24, 8, 3, 1)  # by which the extents of a sample are multiplied, the largest that fits
MOST_ELEMENTS = 1500  # of an operand that was made larger
SLACK = 1.0  # roundings of the result itself


@dataclass(frozen=True)
class Accuracy:
    """How far results were from the exact ones, at worst.

    Attributes:
        units: In units of the last place of the result.
        part: As a part of the bound.
        pointwise: No sums are involved.
    """

    units: float
    part: float
    pointwise: bool

    def __str__(self) -> str:
        if self.pointwise:
            return f"within {self.units:.1f} ULP"
        return f"within {self.part:.2f} of the bound ({self.units:.1f} ULP)"


def measure(op: Op, sample: Sample, kind: dtype) -> Accuracy:
    """The largest error of the floating results of an op on a sample, or on a larger one like it.

    Raises:
        NotMeasuredError: There are no statements, no floats, or functions that mpmath lacks.
        AssertionError: An error exceeds its bound.
    """
    if op.form not in ("derived", "primitive"):
        raise NotMeasuredError("it computes nothing" if op.form == "view" else "of a host routine")
    if all(not x.type.axes for x in (*op.inputs, *op.outputs)):
        return _measured(_points(arguments_of(op, sample, "mixed", kind), kind), kind)
    reason: Exception = NotMeasuredError("of floats only")
    for larger in _larger(sample):
        try:
            drawn = arguments_of(op, larger, "mixed", kind)
            bind_arguments(drawn)
            return _measured(drawn, kind)
        except (NotMeasuredError, TensorsmithError) as error:
            reason = error
    raise NotMeasuredError(str(reason))


def _larger(sample: Sample) -> Iterator[Sample]:
    """The sample with shapes whose extents are multiples of what they were, the largest first."""
    for factor in FACTORS:
        grown = []
        most = 0
        for name, value in sample.arguments:
            grown.append((name, value))
            if isinstance(value, list | tuple) and all(type(each) is int for each in value):
                shape = [n * factor if n > 1 else n for n in value]
                most = max(most, math.prod(shape))
                grown[-1] = (name, shape)
        if most <= MOST_ELEMENTS or factor == 1:
            yield replace(sample, arguments=tuple(grown))


def _points(arguments: Arguments, kind: dtype) -> Arguments:
    """Arguments of one flat shape, with as many points as are measured."""
    rng = np.random.default_rng(23)
    tensors: dict[str, Any] = {}
    for given in arguments.op.inputs:
        name, value = given.name, arguments.tensors[given.name]
        if not isinstance(value, np.ndarray) or not given.type.batched:
            tensors[name] = value
        elif not value.size:
            raise NotMeasuredError("there are no elements")
        else:
            drawn = rng.choice(value.reshape(-1), POINTS)
            if value.dtype.kind == "f":
                drawn = (drawn * rng.uniform(0.9, 1.0, POINTS)).astype(kind.name)
            tensors[name] = drawn
    return replace(arguments, tensors=tensors)


def _measured(arguments: Arguments, kind: dtype) -> Accuracy:
    op, binding = bind_arguments(arguments)
    floats = [o for o in op.outputs if binding.dtypes[o.name] is kind]
    if not floats:
        raise NotMeasuredError("the result is exact")
    with mpmath.workdps(DIGITS):
        info = np.finfo(kind.name)
        exact = _evaluate(op, binding, arguments, float(info.eps) / 2)
        results = dict(zip((o.name for o in op.outputs), run(arguments)))
        pointwise = all(not x.type.axes for x in (*op.inputs, *op.outputs))
        worst = Accuracy(0.0, 0.0, pointwise)
        for output in floats:
            got = results[output.name].detach().numpy()
            for place, number in np.ndenumerate(exact[output.name]):
                worst = _worse(worst, number, got[place], info)
    if not pointwise:
        assert worst.part <= 1, f"{op.name}: {kind.name} {worst}"
    return worst


def _evaluate(op: Op, binding: Binding, arguments: Arguments, roundoff: float) -> dict[str, Any]:
    """Exact results of `define`, with the bounds of what the kernel runs."""
    values = Evaluation(op, binding, arguments.tensors, roundoff).results(op.define)
    if not op.compute:
        return values
    bounds = Evaluation(op, binding, arguments.tensors, roundoff).results(op.compute)
    join = np.frompyfunc(lambda a, b: replace(of(a), error=of(b).error), 2, 1)
    return {name: np.asarray(join(values[name], bounds[name]), object) for name in values}


def _worse(worst: Accuracy, number: Any, got: Any, info: Any) -> Accuracy:
    """The worse of what was found so far and one more result."""
    number = of(number)
    exact = number.value
    if not mpmath.isfinite(exact) or abs(exact) > info.max or not mpmath.isfinite(number.error):
        return worst
    off = abs(mpmath.mpf(float(got)) - exact)
    size = max(abs(float(exact)), float(info.tiny))
    units = float(off / mpmath.mpf(float(np.spacing(np.asarray(size, info.dtype)))))
    allowed = (number.error + SLACK * abs(exact)) * mpmath.mpf(float(info.eps)) / 2
    part = float(off / (allowed + mpmath.mpf(float(info.smallest_subnormal))))
    return Accuracy(max(worst.units, units), max(worst.part, part), worst.pointwise)


__all__ = ["Accuracy", "NotMeasuredError", "measure"]
