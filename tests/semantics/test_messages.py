"""Mistakes that users make, and what they are told: PyTorch's exceptions, mostly in its words.

What an entry requires is tested from the registry; `mistakes.txt` has the functions written by
hand, each call with its exception and a part of what that says. `x` is 2x3, `r` a leaf.
"""

from __future__ import annotations

import builtins
import copy
import re
from pathlib import Path

import pytest
import tensorsmith as ts
from tensorsmith import nn
from tensorsmith.nn import functional as F

MISTAKES = [
    tuple(map(str.strip, row.split("\n    ")))
    for row in (Path(__file__).parent / "mistakes.txt").read_text().split("\n\n")
]


@pytest.mark.parametrize(("call", "told"), MISTAKES, ids=[call for call, _ in MISTAKES])
def test_a_mistake_is_told(call: str, told: str) -> None:
    names = {"ts": ts, "nn": nn, "F": F, "copy": copy}
    names |= {"x": ts.ones(2, 3), "r": ts.ones(3, requires_grad=True)}
    kind, said = told.split(": ", 1)
    with pytest.raises(getattr(builtins, kind), match=re.escape(said)):
        eval(call, names)
