"""The loader maps objects without LLVM, with code that cannot be written to."""

from __future__ import annotations

import ctypes
import os
import re
import subprocess
import sys

import pytest
from tensorsmith.backends.cpu.compile import compile_text
from tensorsmith.backends.cpu.elf import undefined_symbols
from tensorsmith.backends.cpu.loader import load, own_loader_works
from tensorsmith.backends.cpu.machine import detect_machine
from tensorsmith.ops.errors import BackendError

TEXT = """
target triple = "TRIPLE"
@table = private constant [2 x i64] [i64 40, i64 2]
@calls = internal global i64 0
declare i32 @getpid()
define i64 @entry(i64 %which) {
  %n = load i64, ptr @calls
  %n1 = add i64 %n, 1
  store i64 %n1, ptr @calls
  %place = getelementptr [2 x i64], ptr @table, i64 0, i64 %which
  %value = load i64, ptr %place
  %id = call i32 @getpid()
  %wide = sext i32 %id to i64
  %part = add i64 %value, %wide
  %sum = add i64 %part, %n
  ret i64 %sum
}
"""


@pytest.fixture(scope="module")
def image() -> bytes:
    """An object with a table, a variable and a call of the C library."""
    machine = detect_machine()
    return compile_text(TEXT.replace("TRIPLE", machine.triple), machine, "entry")


def test_code_tables_variables_and_calls_are_linked(image: bytes) -> None:
    function = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_int64)(load(image, ("entry",))["entry"])
    assert [function(k) - os.getpid() for k in (0, 1, 0)] == [40, 3, 42]


def test_undefined_symbols_are_listed(image: bytes) -> None:
    assert undefined_symbols(image) == {"getpid"}


@pytest.mark.skipif(not own_loader_works(), reason="LLVM maps objects on this system")
def test_code_is_not_writable_and_data_is_not_executable(image: bytes) -> None:
    address = load(image, ("entry",))["entry"]
    with open("/proc/self/maps") as file:
        lines = [re.match(r"([0-9a-f]+)-([0-9a-f]+) (\S+)", line) for line in file]
    spans = [(int(m[1], 16), int(m[2], 16), m[3]) for m in lines if m]
    rights = next(r for start, end, r in spans if start <= address < end)
    assert rights.startswith("r-x")


def test_a_missing_symbol_is_named(image: bytes) -> None:
    with pytest.raises(BackendError, match="absent"):
        load(image, ("absent",))


def test_what_is_no_object_is_refused() -> None:
    with pytest.raises(BackendError, match="ELF"):
        undefined_symbols(b"not an object at all, but long enough to have a header" * 2)


@pytest.mark.skipif(not own_loader_works(), reason="LLVM maps objects on this system")
def test_a_cached_kernel_runs_without_llvmlite(tmp_path: object) -> None:
    script = f"""
import os, sys
os.environ["TENSORSMITH_CACHE_DIR"] = {str(tmp_path)!r}
os.environ["TENSORSMITH_NATIVE"] = "0"  # native entry points take long to compile
import numpy as np
from tensorsmith.backends.cpu import cache
from tests.backends.build import evaluate
# Someone may be editing the sources that the digest is taken over.
cache.generator_digest = lambda: "fixed"
x = np.ones(10, np.float32)
assert (evaluate("arith.addf", x, x, key="kept", chunks=2) == 2).all()
print("llvmlite" in sys.modules)
"""
    told = [
        subprocess.run(
            [sys.executable, "-c", script], capture_output=True, text=True, check=True
        ).stdout.strip()
        for _ in range(2)
    ]
    assert told == ["True", "False"]
