"""Storages made smaller: what reaches beyond them is an error, whatever way it is read."""

import pytest
import tensorsmith as ts
from tensorsmith.tensor.native.runtime import STATE
from tensorsmith.tensor.shrunk import SHRUNK

READS = {
    "list": lambda x: x.tolist(),
    "number": lambda x: x[1, 2].item(),
    "array": lambda x: x.numpy(),
    "op": lambda x: x + 1,
    "host routine": lambda x: ts.cat([x, x]),
    "reduction": lambda x: x.sum(),
    "copy": lambda x: ts.zeros(2, 3).copy_(x),
    "text": repr,
    "write": lambda x: x.fill_(1.0),
    "result": lambda x: ts.add(ts.ones(2, 3), 1.0, out=x),
    "capsule": lambda x: x.__dlpack__(),
    "data": lambda x: x.data.sum(),
    "clone": lambda x: x.clone(),
}


@pytest.mark.parametrize("size", [0, 20])
@pytest.mark.parametrize("name", READS)
def test_a_tensor_beyond_its_storage_is_not_read(name: str, size: int) -> None:
    x = ts.arange(6.0).reshape(2, 3)
    for _ in range(3):
        (x + 1).sum().item()  # calls that native code serves from then on
    x.untyped_storage().resize_(size)
    with pytest.raises(RuntimeError, match=f"bytes are needed, but it was resized to {size}"):
        READS[name](x)


def test_what_lies_inside_of_a_smaller_storage_is_read() -> None:
    x = ts.arange(6.0).reshape(2, 3)
    x.untyped_storage().resize_(12)
    assert x[0].tolist() == [0, 1, 2] and (x[0] + 1).tolist() == [1, 2, 3]
    assert x[1:1].tolist() == [] and tuple(x[1].shape) == (3,)


def test_a_storage_of_its_old_size_has_its_old_content_and_is_seen_by_all_views() -> None:
    active, shrunk = STATE.active, len(SHRUNK)
    x = ts.arange(6.0).reshape(2, 3)
    row, storage = x[1], x.untyped_storage()
    storage.resize_(0)
    storage.resize_(16)
    assert STATE.active == active + 1 and len(SHRUNK) == shrunk + 1
    storage.resize_(24)
    assert STATE.active == active and len(SHRUNK) == shrunk
    assert row.tolist() == [3, 4, 5]
    x.fill_(2.0)
    assert row.tolist() == [2, 2, 2] and storage.data_ptr() == x.data_ptr()
    storage.resize_(0)
    del x, row, storage
    assert STATE.active == active and len(SHRUNK) == shrunk
