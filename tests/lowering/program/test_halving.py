"""A search is a loop inside of the value that it stands in."""

from __future__ import annotations

import numpy as np
import pytest
import tensorsmith as ts
from tensorsmith.lowering.ir.print import print_function
from tensorsmith.lowering.program.halving import rounds_of
from tensorsmith.lowering.program.program import size_extent
from tensorsmith.ops.calls.symbols import Trace

from tests.lowering.calls import WIDE, make


def lines(name: str, **arrays: np.ndarray) -> list[str]:
    """The kernel of a search."""
    (launch,) = make(name, arrays).planned(WIDE).launches
    return print_function(launch.kernel.build()).splitlines()


def test_a_search_halves_in_one_loop_for_all_vectors_at_hand() -> None:
    sorted_row, values = np.arange(100.0, dtype=np.float32), np.ones(1000, np.float32)
    found = lines("bucketize", input=values, boundaries=sorted_row)
    loops = [number for number, line in enumerate(found) if "scf.for" in line]
    gathers = [number for number, line in enumerate(found) if "vector.gather" in line]
    assert gathers and all(number > loops[1] for number in gathers)
    assert not any("ts.report" in line for line in found)  # a probe is always inside


@pytest.mark.parametrize("extent", [0, 1, 2, 3, 4, 5, 8, 9, 1000])
def test_rounds_leave_nothing_of_a_size(extent: int) -> None:
    left, rounds = extent, size_extent("ROUNDS OF N", {"N": extent})
    for _ in range(rounds):
        left = left - left // 2 if left > 1 else 0
    assert left == 0 and (rounds == 0) == (extent == 0)


def test_rounds_are_a_formula_of_the_size() -> None:
    trace = Trace([100])
    evaluate = trace.formulas((rounds_of("ROUNDS OF N", {"N": trace.inputs[0]}),))
    assert [evaluate(extent) for extent in (0, 1, 100, 1000)] == [(0,), (1,), (8,), (11,)]
    assert rounds_of("N", {"N": 3}) is None


def test_a_declared_op_searches_with_a_condition_of_its_own() -> None:
    ts.library.define(
        """
        halving::root:
          doc: The largest number whose square is not above an element.
          inputs: {input: int64, numbers: "int64[N]"}
          outputs: {output: int64}
          define: output = partition_point[n](numbers[n] * numbers[n] <= input) - 1
        """
    )
    x = ts.arange(50)
    assert ts.ops.halving.root(x, ts.arange(20)).tolist() == [int(i**0.5) for i in range(50)]
