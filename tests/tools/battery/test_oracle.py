"""References of entries: the first of which the libraries are there is the oracle."""

from __future__ import annotations

import numpy as np
import pytest
from tensorsmith.ops.entries.canonical import entry_text
from tensorsmith.ops.entries.read import read_text
from tensorsmith.ops.language.op import Op
from tensorsmith.tools.battery import oracle

ENTRY = """\
twice:
  doc: Twice a number.
  inputs: {input: Inexact}
  outputs: {output: Inexact}
  define: output = 2 * input
  reference:
    torch: input + input
    numpy: 2.0 * input
"""


def read(text: str) -> Op:
    (op,) = read_text(text)
    return op


def test_a_reference_in_numpy_goes_before_one_in_pytorch() -> None:
    (result,) = oracle.expected(read(ENTRY), {"input": np.array([1.5, -2.0])}, {})
    np.testing.assert_array_equal(result, [3.0, -4.0])
    wrong = read(ENTRY.replace("2.0 * input", "3.0 * input"))
    assert oracle.expected(wrong, {"input": np.array([1.0])}, {})[0] == 3.0


def test_a_reference_whose_library_is_missing_is_left_for_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(oracle._MODULES, "special", "no_such_library")
    missing = ENTRY.replace("2.0 * input", "special.twice(input)")
    (result,) = oracle.expected(read(missing), {"input": np.array([1.0])}, {})
    assert result == 2.0
    only = read(missing.replace("    torch: input + input\n", ""))
    with pytest.raises(oracle.OracleMissingError, match="no_such_library is not installed"):
        oracle.expected(only, {"input": np.array([1.0])}, {})


@pytest.mark.parametrize("gone", ["", "    torch: input + input\n"])
def test_references_by_name_are_written_as_they_were_read(gone: str) -> None:
    op = read(ENTRY.replace(gone, ""))
    assert read(entry_text(op)).reference == op.reference
