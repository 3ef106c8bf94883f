"""`backends.*` tell in PyTorch's words what computes."""

from __future__ import annotations

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


def test_the_vectors_of_kernels_have_pytorchs_names(monkeypatch: pytest.MonkeyPatch) -> None:
    from tensorsmith.backends.cpu import machine

    assert ts.backends.cpu.get_cpu_capability() in ("DEFAULT", "AVX2", "AVX512")
    monkeypatch.setattr(machine, "detect_machine", lambda: machine.MACHINES["x86-64-v3"])
    assert ts.backends.cpu.get_cpu_capability() == "AVX2"
    assert ts.backends.cuda.is_built()
