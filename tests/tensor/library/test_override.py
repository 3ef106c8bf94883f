"""Built-ins overridden by a library, and themselves again when it goes."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from typing import Any

import pytest
import tensorsmith as ts
from tensorsmith.library import Library

F = ts.nn.functional


@pytest.fixture
def aten() -> Iterator[Library]:
    """A library of overrides, undone after the test."""
    library = Library("aten", "IMPL")
    yield library
    library._destroy()


def override(library: Library, name: str, function: Any, key: str = "CPU") -> None:
    """Overrides a built-in, whose warning is wanted."""
    own = name.split(".")[0].split("::")[-1]
    with pytest.warns(UserWarning, match=f"Overriding a kernel.*\n  operator: (.*::)?{own}"):
        library.impl(name, function, key)


def test_every_way_to_call_an_op_reaches_the_override(aten: Library) -> None:
    calls = []

    def divide(self: ts.Tensor, other: Any) -> ts.Tensor:
        calls.append(1)
        return self * (1 / other)  # a division too: inside, it is the op's own

    x, y = ts.tensor([6.0, 9.0]), ts.tensor([2.0, 4.5])
    for _ in range(3):
        assert (x / y).tolist() == [3, 2]  # by now native code would serve it
    override(aten, "div.Tensor", divide)
    for result in (x / y, ts.div(x, y), x.div(y), x.clone().div_(y)):
        assert ts.allclose(result, ts.tensor([3.0, 2.0]))
    assert len(calls) == 4
    target = x.clone()
    target /= y
    assert ts.allclose(ts.div(x, y, out=ts.empty(2)), target) and len(calls) == 6


def test_an_override_is_undone_when_its_library_dies() -> None:
    a = ts.tensor([-1.0, 2.0])
    own = F.gelu(a).tolist()
    library = Library("aten", "IMPL")
    override(library, "aten::gelu", lambda a, *, approximate="none": ts.where(a > 0, a, a * 0))
    assert F.gelu(a).tolist() == [0, 2] == ts.nn.GELU()(a).tolist()
    del library
    gc.collect()
    assert F.gelu(a).tolist() == own


def test_the_last_of_two_overrides_holds() -> None:
    first, second = Library("aten", "IMPL"), Library("aten", "IMPL")
    override(first, "neg", lambda x: x * 2)
    override(second, "neg", lambda x: x * 3)
    assert (-ts.ones(1)).item() == 3
    first._destroy()
    assert (-ts.ones(1)).item() == 3
    second._destroy()
    assert (-ts.ones(1)).item() == -1


def test_derivatives_stay_those_of_the_op(aten: Library) -> None:
    override(aten, "sin", lambda x: x * 0)
    x = ts.tensor([0.5], requires_grad=True)
    y = x.sin()
    y.backward()
    assert y.item() == 0
    assert ts.allclose(x.grad, ts.tensor([0.5]).cos())
    assert ts.func.grad(ts.sin)(ts.tensor(0.5)).item() == pytest.approx(x.grad.item())


def test_vmap_gives_the_override_one_example_after_the_other(aten: Library) -> None:
    shapes = []

    def add(x: Any, y: Any, *, alpha: float = 1) -> Any:
        shapes.append((tuple(x.shape), tuple(y.shape)))
        return x - y

    override(aten, "add", add)
    x, y = ts.ones(3, 2), ts.ones(2)
    assert ts.vmap(lambda u: u + y)(x).tolist() == [[0, 0]] * 3
    assert shapes == [((2,), (2,))] * 3


def test_attributes_with_their_defaults_are_left_out(aten: Library) -> None:
    seen: list[Any] = []

    def softmax(*arguments: Any, **options: Any) -> Any:
        seen.append((arguments[1:], options))
        return arguments[0] * 0

    override(aten, "softmax", softmax)
    override(aten, "add", lambda x, y, *, alpha=1: x * 0 + alpha)
    ts.softmax(ts.ones(2, 3), 1)
    ts.softmax(ts.ones(2, 3), -1, dtype=ts.float32)
    assert seen == [((1,), {}), ((-1, ts.float32), {})]
    assert ts.add(ts.ones(1), 1, alpha=7).item() == 7
    assert (ts.ones(1) + 1).item() == 1


def test_all_signatures_and_host_routines_can_be_overridden(aten: Library) -> None:
    override(aten, "cat", lambda tensors, dim=0: tensors[0].clone())
    override(aten, "max", lambda x, *rest: x.sum() if not rest else None)
    assert ts.cat([ts.ones(1), ts.ones(2)]).tolist() == [1]
    assert ts.ones(4).max().item() == 4
    with pytest.raises(RuntimeError, match="must return 2 tensors, but it returned NoneType"):
        ts.ones(4).max(0)


def fails(x: Any) -> Any:
    raise ValueError("oops")


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda x: x, "exp: the function that replaces it must return new tensors"),
        (
            lambda x: x.sum(),
            r"must return a tensor of shape \[2\], but it returned one of shape \[\]",
        ),
        (lambda x: x.double(), "must return a tensor of dtype .*float32, but it returned one of"),
        (lambda x: x.to("meta"), "must return a tensor of device cpu, but it returned one of"),
        (lambda x: 1, "must return 1 tensors, but it returned int"),
    ],
)
def test_a_wrong_result_of_an_override_is_named(aten: Library, function: Any, message: str) -> None:
    override(aten, "exp", function)
    with pytest.raises(RuntimeError, match=message):
        ts.ones(2).exp()


def test_what_an_override_raises_names_the_op(aten: Library) -> None:
    override(aten, "exp", fails)
    with pytest.raises(ValueError, match="oops") as caught:
        ts.ones(2).exp()
    assert caught.value.__notes__ == ["in the function that replaces exp"]


@pytest.mark.parametrize(
    ("name", "key", "message"),
    [
        ("sofmax", "CPU", "there is no op sofmax; did you mean softmax"),
        ("transpose", "CPU", "transpose is a view"),
        ("exp", "FOO", "could not parse dispatch key: 'FOO'; for exp"),
        ("other::exp", "CPU", "the namespace of other::exp must be aten"),
    ],
)
def test_what_cannot_be_overridden_is_refused(
    aten: Library, name: str, key: str, message: str
) -> None:
    with pytest.raises(RuntimeError, match=message):
        aten.impl(name, lambda x: x, key)


def test_meta_can_be_overridden_alone(aten: Library) -> None:
    override(aten, "exp", lambda x: x.new_empty(2), "Meta")
    assert ts.empty(2, device="meta").exp().shape == (2,)
    assert ts.zeros(2).exp().tolist() == [1, 1]


# libraries of ops


def test_a_library_defines_implements_and_takes_back() -> None:
    library = Library("testlib", "DEF")
    assert library.define("scale(Tensor x, int n=2) -> Tensor") == "scale"
    library.impl("scale", lambda x, n: x * n, "CPU")
    op = ts.library.register_kernel("testlib::scale", None, lambda x, n: x * 0)
    from tensorsmith.tensor.library.by_name import find

    found = find("testlib::scale")
    assert found is not None and found(ts.ones(1), 3).item() == 3
    library.impl("scale", lambda x, n=2: x + n, "CompositeImplicitAutograd")
    x = ts.ones(1, requires_grad=True)
    found(x).backward()
    assert x.grad.item() == 1 and callable(op)
    with pytest.raises(RuntimeError, match="testlib::scale is defined already"):
        library.define("scale(Tensor x) -> Tensor")
    with pytest.raises(RuntimeError, match="Only a single library of kind DEF"):
        Library("testlib", "DEF")
    library._destroy()
    assert find("testlib::scale") is None
    Library("testlib", "DEF")._destroy()


def test_an_implementation_ends_with_its_library() -> None:
    ts.library.define("testlib3::f", "(Tensor x) -> Tensor")
    ts.library.impl("testlib3::f", "cpu", lambda x: x + 1)
    from tensorsmith.tensor.library.by_name import op_of

    op = op_of("testlib3::f")
    library = Library("testlib3", "IMPL", "CPU")
    library.impl("f", lambda x: x + 2)
    assert op(ts.ones(1)).item() == 3
    with pytest.raises(RuntimeError, match="has an implementation for CPU already"):
        library.impl("f", lambda x: x, allow_override=False)
    library._destroy()
    assert op(ts.ones(1)).item() == 2


def test_what_a_library_cannot_do_is_said() -> None:
    with pytest.raises(ValueError, match="Unsupported kind: XX"):
        Library("testlib2", "XX")
    with pytest.raises(RuntimeError, match="Only a single library of kind DEF can define the"):
        Library("aten", "DEF")
    library = Library("testlib2", "IMPL")
    with pytest.raises(RuntimeError, match="a library of kind IMPL cannot define"):
        library.define("f(Tensor x) -> Tensor")
    fragment = Library("testlib2", "FRAGMENT")
    with pytest.raises(ValueError, match="the namespace must be testlib2"):
        fragment.define("other::f(Tensor x) -> Tensor")
    fragment.define("f(Tensor x) -> Tensor")
    with pytest.raises(RuntimeError, match="A derivative is given with register_autograd"):
        fragment.impl("f", lambda x: x, "Autograd")
    with pytest.raises(RuntimeError, match="leave out with_keyset"):
        fragment.impl("f", lambda x: x, "CPU", with_keyset=True)
    with pytest.raises(TypeError, match="required to be a callable"):
        fragment.impl("f", 3, "CPU")  # type: ignore[arg-type]
    fragment._destroy()


# declared ops


ENTRY = """
overridden::ramp:
  doc: A smooth ramp.
  inputs: {x: Float}
  outputs: {y: Float}
  define: y = x / (1 + exp(-x))
  reference: x / (1 + np.exp(-x))
"""


def test_a_declared_op_is_overridden_like_a_built_in() -> None:
    [ramp] = ts.library.define(ENTRY)
    library = Library("overridden", "IMPL")
    override(library, "ramp", lambda x: x * 0)
    x = ts.ones(2, requires_grad=True)
    y = ts.ops.overridden.ramp(x)
    assert y.tolist() == [0, 0] and type(y.grad_fn).__name__ == "RampBackward0"
    library._destroy()
    assert ramp(x)[0].item() == pytest.approx(0.7311, abs=1e-4)
    ts.library.undefine("overridden::ramp")


def test_a_name_that_an_entry_has_is_refused() -> None:
    ts.library.define(ENTRY)

    def ramp(x: ts.Tensor) -> ts.Tensor:
        return x + 1

    with pytest.raises(RuntimeError, match="overridden::ramp is declared by an entry; undefine it"):
        ts.library.custom_op("overridden::ramp", ramp, mutates_args=())
    ts.library.undefine("overridden::ramp")


def test_sizes_never_seen_reach_the_override_and_the_op_again(aten: Library) -> None:
    for size in range(1, 6):
        assert ts.ones(size).cos().shape == (size,)
    override(aten, "cos", lambda x: x * 7)
    for size in (3, 9, 10, 11, 12):
        assert ts.ones(size).cos().tolist() == [7] * size
    aten._destroy()
    assert ts.zeros(13).cos().tolist() == [1] * 13
