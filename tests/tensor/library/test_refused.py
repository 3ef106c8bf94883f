"""What is refused where ops are made, not where they are called: each with a name and a place."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import tensorsmith as ts
from tensorsmith import library
from tensorsmith.ops.errors import RegistryError

RAW = "f(float32[N] x) -> float32[N] y"


def entry(**more: str) -> str:
    pieces = {
        "doc": "Some.", "inputs": '{x: "Float[..., N]"}', "outputs": '{output: "Float[..., N]"}',
        "define": "output[n] = x[n]",
    } | more  # fmt: skip
    return "refused::f:\n" + "".join(f"  {key}: {value}\n" for key, value in pieces.items())


def lines_of(error: RegistryError) -> list[str]:
    return str(error).split("\n")


@pytest.mark.parametrize(
    ("more", "message", "marked"),
    [
        ({"define": '""'}, "define must have a statement", "define"),
        ({"define": "output[n] = 'abc'"}, "the word 'abc' can only be compared", "abc"),
        ({"define": "output[n] = sum[n1]('abc')"}, "the word 'abc' can only be compared", "abc"),
        ({"attrs": "{eps: int = 1.5}"}, "eps: the default must be int, got 1.5", "eps"),
        ({"attrs": "{flag: bool = 3}"}, "flag: the default must be bool, got 3", "flag"),
        ({"outside": "{y: 0}"}, "outside: y is not a tensor of the entry", "outside"),
        ({"since": "banana"}, "since must be a version like 1.2, got 'banana'", "banana"),
        ({"since": "2.0rc1"}, "since must be a version like 1.2", "2.0rc1"),
        ({"tolerance": "{float99: 1}"}, "did you mean float64?", "float99"),
        ({"tolerance": "{float32: x}"}, "tolerance of float32 must be a number, got 'x'", "x"),
        ({"smooth": "x +"}, "invalid syntax in 'x +'", ""),
        ({"define": "output[n] = x[n] / sum(x[n])"}, "in brackets: sum[n1](x[n1])", "sum"),
        ({"define": "output[n] = softmax(x[n])"}, "softmax cannot be called here", "softmax"),
        ({"names": "[a]"}, "names must be left out", "names"),
    ],
)
def test_a_wrong_entry_is_refused_with_its_line(
    more: dict[str, str], message: str, marked: str
) -> None:
    text = entry(**more)
    with pytest.raises(RegistryError, match=re.escape(message)) as caught:
        library.define(text)
    first, source, caret = lines_of(caught.value)
    line = int(first.split(":")[1].split(",")[0])
    assert source[2:] == text.split("\n")[line - 1]
    assert next(iter(more)) in source
    at = source[caret.index("^") :].lstrip("'")
    assert at.startswith(marked) and (marked or not at)
    assert "refused::f" not in library.declared()


def test_an_op_that_is_defined_otherwise_is_refused_with_its_line() -> None:
    library.define(entry())
    try:
        with pytest.raises(RegistryError, match=r"mine.yaml:1, column 1: refused::f: it is define"):
            library.define(entry(define="output[n] = 2 * x[n]"), file="mine.yaml")
    finally:
        library.undefine("refused::f")


def test_a_decorated_function_is_refused_with_its_line() -> None:
    with pytest.raises(RegistryError, match=r"test_refused\.py:\d+: refused::g: the body of the"):

        @library.op("refused::g(Tensor x) -> Tensor", define="output = 2 * x")
        def g(x: Any) -> Any:
            return x


def test_a_file_that_is_not_utf8_is_named(tmp_path: Path) -> None:
    path = tmp_path / "latin.yaml"
    path.write_bytes(b"refused::f:\n  doc: caf\xe9\n")
    with pytest.raises(RegistryError, match=r"latin\.yaml:2: the file must be UTF-8, and b"):
        library.load(path)


def numpy_free(x: ts.Tensor) -> ts.Tensor:
    return x.clone()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: library.define(b"x"), "define: text must be a str, not bytes"),  # type: ignore[arg-type]
        (lambda: library.define(None), "define: text must be a str, not NoneType"),  # type: ignore[arg-type]
        (lambda: library.load(3), "load: path must be a str or a Path, not int"),  # type: ignore[arg-type]
        (lambda: library.element_function(None), "code_string must be a str"),  # type: ignore[arg-type]
        (lambda: library.llvm_kernel(3, RAW), "llvm_kernel: ir must be a str"),  # type: ignore[arg-type]
        (lambda: library.llvm_kernel("", 3), "signature must be a str, not int"),  # type: ignore[arg-type]
        (lambda: library.cuda_kernel(3, RAW, grid="N"), "source must be a str"),  # type: ignore[arg-type]
        (lambda: library.cuda_kernel("", RAW, grid=3), "grid must be a str"),  # type: ignore[arg-type]
        (lambda: library.custom_op(3, mutates_args=()), "name must be a str"),  # type: ignore[arg-type]
        (lambda: library.custom_op("refused::h", 3, mutates_args=()), "refused::h: fn must be a f"),  # type: ignore[arg-type]
        (
            lambda: library.custom_op("refused::h", numpy_free, mutates_args=None),  # type: ignore[arg-type]
            "mutates_args must be a name, names of arguments, or the word 'unknown', not NoneType",
        ),
        (lambda: library.Library(3, "DEF"), "Library: ns must be a str, not int"),  # type: ignore[arg-type]
    ],
)  # fmt: skip
def test_what_is_of_the_wrong_type_is_named(make: Callable[[], Any], message: str) -> None:
    with pytest.raises(TypeError, match=re.escape(message)):
        make()


def test_numbers_that_kernels_cannot_hold_are_named() -> None:
    more = {"attrs": "{k: int = 1, eps: float = 1.0}", "outputs": '{output: "Float[..., M]"}'}
    f = library.define(entry(**more, sizes="{M: N * k}", define="output[m] = eps"))[0]
    try:
        with pytest.raises(RuntimeError, match=r"an extent of output must be below 2\*\*63"):
            f(ts.ones(2), k=2**62)
        with pytest.raises(ValueError, match="'eps' must be a number that a float can hold"):
            f(ts.ones(2), eps=10**400)
    finally:
        library.undefine("refused::f")


def test_statements_and_grid_of_a_raw_kernel_show_what_is_wrong() -> None:
    source = 'extern "C" __global__ void f(const float *x, float *y, long long N) {}'
    with pytest.raises(RegistryError, match=r"define:1, column 8: f: z is not a tensor") as caught:
        library.cuda_kernel(source, RAW, grid="N", define="y[n] = z[n]")
    assert lines_of(caught.value)[1:] == ["  y[n] = z[n]", "         ^"]
    with pytest.raises(RegistryError, match=r"grid:1, column \d: f: invalid syntax") as caught:
        library.cuda_kernel(source, RAW, grid="N+")
    assert lines_of(caught.value)[1] == "  N+"


def test_a_function_without_annotations_is_named_with_its_line() -> None:
    def bare(x):  # type: ignore[no-untyped-def]
        return x

    with pytest.raises(ValueError, match=r"must have a type annotation.*test_refused\.py:\d+"):
        library.custom_op("refused::bare", bare, mutates_args=())


def test_an_index_that_is_in_use_is_replaced_by_the_next_one() -> None:
    with pytest.raises(RegistryError, match="index n1 is in use; write n2 in"):
        library.define(entry(define="output[n1] = x[n1] + sum[n1](x[n1])"))
