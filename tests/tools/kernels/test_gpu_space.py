"""The space of kernels of GPUs is planned, grouped, compiled once, and gone on with."""

from __future__ import annotations

from pathlib import Path

import pytest
from tensorsmith.backends.cuda import nvrtc
from tensorsmith.backends.cuda.target import TARGETS
from tensorsmith.tools.kernels import gpu_space
from tensorsmith.tools.kernels.gpu_space import ROUNDS, TOGETHER, Log, Round, main
from tensorsmith.tools.kernels.gpu_work import LONG, Compiled, Text, compile_texts
from tensorsmith.tools.kernels.space import SPACES

from .run import python

needs_nvrtc = pytest.mark.skipif(bool(nvrtc.why_not()), reason=nvrtc.why_not() or "it is there")
GOOD = Text("good", 'extern "C" __global__ void good(float *x) { store(x, 0, 1.0f); }', "good")
BAD = Text("bad", 'extern "C" __global__ void bad(float *x) { store(x, 0, none); }', "bad")


def test_rounds_compile_the_core_for_every_target_and_all_dtypes_for_one() -> None:
    assert [one.target for one in ROUNDS if one.space == "core" and not one.optimized] == list(
        TARGETS
    )
    assert any(one.space == "dtypes" for one in ROUNDS)
    assert len({one.name for one in ROUNDS}) == len(ROUNDS)
    assert all(one.space in SPACES for one in ROUNDS)


def test_long_texts_are_always_compiled_as_for_use() -> None:
    one = Round("core", "sm_90")
    assert one.is_quick(GOOD) and not one.is_quick(Text("long", "x" * LONG, "long"))
    assert not Round("core", "sm_90", optimized=True).is_quick(GOOD)
    assert one.key(True) != one.key(False) != Round("core", "sm_80").key(False)


def test_translation_units_hold_several_texts_of_limited_length() -> None:
    sizes = [TOGETHER // 3] * 4 + [2 * TOGETHER, 10]
    texts = {str(k): Text("e", "x" * size, "l") for k, size in enumerate(sizes)}
    groups = [list(group) for group in gpu_space._groups(texts)]
    assert groups == [["0", "1", "2"], ["3"], ["4"], ["5"]]


def test_a_log_goes_on_after_a_line_that_was_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "log"
    Log(path).note("key", Compiled(("a", "b", "c"), 300, 6.0, ("c",), {"d": "it is wrong"}))
    path.write_text(path.read_text() + '["key", {"texts": ["x"')
    found = Log(path)
    assert found.known("key") == {"a", "b", "c"} and found.known("other") == set()
    assert found.share("key", ["a"]) == (2.0, 100.0, 0)
    assert found.share("key", ["a", "c", "e"]) == (4.0, 200.0, 1)


@needs_nvrtc
def test_a_text_that_does_not_compile_is_told_apart() -> None:
    made = compile_texts({"good": GOOD, "bad": BAD}, "sm_80", quick=True)
    assert made.texts == ("good",) and made.nbytes > 0
    assert list(made.failed) == ["bad"] and '"none" is undefined' in made.failed["bad"]


@needs_nvrtc
def test_kernels_of_an_op_are_planned_and_compiled(tmp_path: Path) -> None:
    code = (
        "from tensorsmith.tools.kernels.gpu_work import *\n"
        "start()\n"
        "ops = ('relu', 'mm', 'eye', 'view', 'cross')\n"  # the last one takes no wide operands
        "found = plan_texts([Work('op', name, 'core') for name in ops], 'sm_80', True)\n"
        "short = {n: t for n, t in found.texts.items() if len(t.source) < 4000}\n"
        "made = compile_texts(short, 'sm_80', True)\n"
        "print(found.kernels >= len(found.texts) > len(short) > 1, found.without, found.failed,"
        " len(made.texts) == len(short), made.failed, found.forms['product'] > 2)\n"
    )
    done = python(tmp_path, "-c", code, TENSORSMITH_BACKEND="planning", TENSORSMITH_NATIVE="0")
    assert done.stdout.split() == ["True", "['view']", "{}", "True", "{}", "True"]


def test_without_nvrtc_nothing_is_compiled(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nvrtc, "why_not", lambda: "NVRTC must be installed")
    assert main([]) == 0
    assert capsys.readouterr().out == "gpu_space: nothing is compiled: NVRTC must be installed\n"
