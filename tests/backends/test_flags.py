"""`backends.*` tell in PyTorch's words what computes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import tensorsmith as ts


@pytest.mark.parametrize("name", ["mkl", "mkldnn", "openmp", "opt_einsum", "cudnn"])
def test_libraries_of_others_are_not_used(name: str) -> None:
    assert getattr(ts.backends, name).is_available() is False


@pytest.mark.parametrize("module, word", [(ts.backends.mkl, "MKL"), (ts.backends.mkldnn, "MKLDNN")])
def test_reports_of_a_library_that_is_not_there_are_refused(module: object, word: str) -> None:
    with module.verbose(module.VERBOSE_OFF):
        assert module.VERBOSE_ON == 1
    with pytest.raises(RuntimeError, match=f"Failed to set {word} into verbose mode"):
        module.verbose(module.VERBOSE_ON).__enter__()


@pytest.fixture
def precision() -> Iterator[None]:
    """The precision as it was."""
    before = ts.get_float32_matmul_precision()
    yield
    ts.set_float32_matmul_precision(before)


@pytest.mark.usefixtures("precision")
def test_the_precision_of_products_is_one_switch_with_two_names() -> None:
    assert ts.get_float32_matmul_precision() == "highest"
    assert ts.backends.cuda.matmul.allow_tf32 is False
    for word, allowed in (("high", True), ("medium", True), ("highest", False)):
        ts.set_float32_matmul_precision(word)
        assert ts.backends.cuda.matmul.allow_tf32 is allowed
        assert ts.get_float32_matmul_precision() == word
    ts.backends.cuda.matmul.allow_tf32 = True
    assert ts.get_float32_matmul_precision() == "high"


def test_a_precision_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="must be one of 'highest', 'high', 'medium', got 'low'"):
        ts.set_float32_matmul_precision("low")


def test_the_vectors_of_kernels_have_pytorchs_names(monkeypatch: pytest.MonkeyPatch) -> None:
    from tensorsmith.backends.cpu import machine

    assert ts.backends.cpu.get_cpu_capability() in ("DEFAULT", "AVX2", "AVX512")
    monkeypatch.setattr(machine, "detect_machine", lambda: machine.MACHINES["x86-64-v3"])
    assert ts.backends.cpu.get_cpu_capability() == "AVX2"
    assert ts.backends.cuda.is_built()
