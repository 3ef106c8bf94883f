"""Copies and files."""

from __future__ import annotations

import copy
import io
import pickle
import pickletools
from collections import OrderedDict
from pathlib import Path

import pytest
import tensorsmith as ts


def test_files_keep_values_dtypes_and_shared_memory(tmp_path: Path) -> None:
    x = ts.arange(6.0).reshape(2, 3)
    state = OrderedDict(a=x, b=x[1], c=ts.ones(2, dtype=ts.bfloat16), n=3, t=x.t())
    ts.save(state, tmp_path / "x.pt")
    found = ts.load(tmp_path / "x.pt")
    assert found["a"].tolist() == x.tolist() and found["t"].stride() == (1, 3)
    assert found["c"].dtype is ts.bfloat16 and found["n"] == 3
    found["b"][0] = 100
    assert found["a"][1, 0].item() == 100


class Harmful:
    def __reduce__(self) -> tuple[object, ...]:
        return (print, ("ran",))


def test_files_that_run_code_are_refused() -> None:
    file = io.BytesIO()
    ts.save([Harmful()], file)
    file.seek(0)
    with pytest.raises(pickle.UnpicklingError, match="Weights only"):
        ts.load(file)


def test_a_file_of_something_else_is_refused() -> None:
    with pytest.raises(pickle.UnpicklingError, match="was not written"):
        ts.load(io.BytesIO(b"nothing"))
    with pytest.raises(EOFError, match="the file is empty"):
        ts.load(io.BytesIO(b""))


def test_copies_are_apart_and_views_stay_views() -> None:
    x = ts.arange(4.0, requires_grad=True)
    pair = copy.deepcopy([x.detach(), x.detach()[1:]])
    pair[0][1] = 9
    assert pair[1][0].item() == 9 and x[1].item() == 1
    leaf = copy.deepcopy(x)
    assert leaf.requires_grad and leaf.data_ptr() != x.data_ptr()
    with pytest.raises(RuntimeError, match="graph leaves"):
        copy.deepcopy(x * 2)


def test_pickles_keep_requires_grad_and_attributes() -> None:
    x = ts.ones(2, requires_grad=True)
    x.tag = "a"
    y = pickle.loads(pickle.dumps(x))
    assert y.requires_grad and y.tag == "a" and y.tolist() == [1, 1]
    assert pickle.loads(pickle.dumps(ts.float32)) is ts.float32
    assert pickle.loads(pickle.dumps(ts.Size([2]))) == ts.Size([2])


def test_pickles_name_public_places_only() -> None:
    """Where a class is defined may change; what files call it may not."""
    values = [
        ts.ones(2), ts.nn.Parameter(ts.ones(2)), ts.float32, ts.Size((1, 2)), ts.device("cpu"),
        ts.Generator(), ts.channels_last, ts.strided, ts.ones(2).max(0),
    ]  # fmt: skip
    texts = [x for _, x, _ in pickletools.genops(pickle.dumps(values)) if isinstance(x, str)]
    places = {x for x in texts if x.partition(".")[0] == "tensorsmith"}
    assert places == {"tensorsmith", "tensorsmith.serialization", "tensorsmith.nn.parameter"}
    assert str(ts.Tensor) == "<class 'tensorsmith.Tensor'>"
