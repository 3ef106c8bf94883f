"""An entry to start from, which explains itself."""

from __future__ import annotations

import sys
from pathlib import Path

from ..ops.errors import ArgumentValueError
from ..ops.namespaces import split

TEMPLATE = """\
# An op is said once, here; its function, its errors, its kernels, its derivatives of any order,
# vmap and its tests follow. Lines that you do not need can go; the grammar is in docs/notation.md.
#
#   tensorsmith ops check {file}      all tests of an op, on yours
#   tensorsmith ops show {name}
#   python:  ts.library.load("{file}");  ts.ops.{space}.{own}(x, weight)

{name}:
  # One sentence that says what the result is.
  doc: Elements over their root mean square, times a weight.

  # name: type -- meaning. UPPER case letters are sizes; `...` is any number of batch dims, which
  # the formula never mentions. Float takes every float dtype; there are Integer, Bool, int64...
  inputs:
    x: Float[..., N]                      -- what is scaled
    weight: Float[N]                      -- one factor for each place

  # Arguments that are no tensors, with their defaults. Kinds: int, float, bool, words `mean|sum`,
  # Axis(N) for a dim of the user's choice...
  attrs:
    eps: float = 1e-6                     -- added to the mean square

  outputs:
    output: Float[..., N]

  # What must hold beyond shapes: a sentence with `must`, and the condition. It becomes the error.
  require:
    eps must not be negative: eps >= 0

  # The mathematics. `n` runs over N; `n1` is a second index over N; sum[n1](...) adds over it.
  define: |
    square = sum[n1](x[n1] * x[n1]) / N
    output[n] = x[n] * weight[n] / sqrt(square + eps)

  # The same in NumPy, written independently; it is run by `ops check` only, as Python.
  reference: x * weight / np.sqrt((x * x).mean(-1, keepdims=True) + eps)

  # Calls to test it with. A list is a shape.
  samples:
    - {{x: [2, 3], weight: [3]}}
    - {{x: [4], weight: [4], eps: 0.1}}

  # For each line of `require`, a call that it refuses.
  rejects:
    eps must not be negative: {{x: [2, 3], weight: [3], eps: -1.0}}
"""


def write_entry(name: str, path: str | None) -> int:
    """Writes a template for an op called `namespace::name` to a file, or prints it.

    Raises:
        ValueError: The name is not one, or the file exists.
    """
    full = name if "::" in name else f"my::{name}"
    space, own = split(full)
    text = TEMPLATE.format(name=full, space=space, own=own, file=path or f"{space}.yaml")
    if path is None:
        sys.stdout.write(text)
        return 0
    if Path(path).exists():
        raise ArgumentValueError(f"{path} exists; it is left as it is")
    Path(path).write_text(text, encoding="utf-8")
    print(f"{full} in {path}; test it with: tensorsmith ops check {path}")
    return 0
