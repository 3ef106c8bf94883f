"""Instructions that this processor may lack, defined in plain LLVM IR by what manuals say of them.

With a definition in place of the instruction, code made for a wider processor runs on any, so that
what surrounds the instruction is proven: packing, edges, epilogues. Whether LLVM selects it is
looked up in the assembly.

Source:
    Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2: VPDPWSSD, VPDPBUSD,
    VPMADDWD, VDPBF16PS.
    Arm Architecture Reference Manual: BFDOT, which may round otherwise than here, by less than one
    place of a float32 in each of its steps.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from tensorsmith.backends.cpu.emit import emit
from tensorsmith.backends.cpu.kernels import ENTRY
from tensorsmith.backends.cpu.machine import Machine
from tensorsmith.lowering.launch import Kernel

WORDS = """\
define internal <{n} x i32> @{name}({sum}<{m} x i16> %a, <{m} x i16> %b) nounwind {{
  %a0 = shufflevector <{m} x i16> %a, <{m} x i16> poison, <{n} x i32> <{even}>
  %a1 = shufflevector <{m} x i16> %a, <{m} x i16> poison, <{n} x i32> <{odd}>
  %b0 = shufflevector <{m} x i16> %b, <{m} x i16> poison, <{n} x i32> <{even}>
  %b1 = shufflevector <{m} x i16> %b, <{m} x i16> poison, <{n} x i32> <{odd}>
  %x0 = sext <{n} x i16> %a0 to <{n} x i32>
  %x1 = sext <{n} x i16> %a1 to <{n} x i32>
  %y0 = sext <{n} x i16> %b0 to <{n} x i32>
  %y1 = sext <{n} x i16> %b1 to <{n} x i32>
  %p0 = mul <{n} x i32> %x0, %y0
  %p1 = mul <{n} x i32> %x1, %y1
  %pair = add <{n} x i32> %p0, %p1
"""
"""Products of signed words, without saturation."""

PRODUCTS = WORDS + "  ret <{n} x i32> %pair\n}}\n"
SUMS = WORDS + "  %total = add <{n} x i32> %c, %pair\n  ret <{n} x i32> %total\n}}\n"

BYTES = """\
define internal <{n} x i32> @{name}(<{n} x i32> %c, <{m} x i8> %a, <{m} x i8> %b) nounwind {{
  %x = zext <{m} x i8> %a to <{m} x i32>
  %y = sext <{m} x i8> %b to <{m} x i32>
  %p = mul <{m} x i32> %x, %y
  %e = shufflevector <{m} x i32> %p, <{m} x i32> poison, <{h} x i32> <{even}>
  %o = shufflevector <{m} x i32> %p, <{m} x i32> poison, <{h} x i32> <{odd}>
  %h = add <{h} x i32> %e, %o
  %e1 = shufflevector <{h} x i32> %h, <{h} x i32> poison, <{n} x i32> <{even1}>
  %o1 = shufflevector <{h} x i32> %h, <{h} x i32> poison, <{n} x i32> <{odd1}>
  %f = add <{n} x i32> %e1, %o1
  %total = add <{n} x i32> %c, %f
  ret <{n} x i32> %total
}}
"""
"""Products of unsigned and signed bytes, four to a sum, without saturation."""

BFLOATS = """\
define internal {vector} @{name}({vector} %c, <{m} x bfloat> %a, <{m} x bfloat> %b) nounwind {{
  %aw = bitcast <{m} x bfloat> %a to <{n} x i32>
  %bw = bitcast <{m} x bfloat> %b to <{n} x i32>
  %a0 = shl <{n} x i32> %aw, splat (i32 16)
  %b0 = shl <{n} x i32> %bw, splat (i32 16)
  %a1 = and <{n} x i32> %aw, splat (i32 -65536)
  %b1 = and <{n} x i32> %bw, splat (i32 -65536)
  %x0 = call {vector} @flushed.{n}(<{n} x i32> %a0)
  %y0 = call {vector} @flushed.{n}(<{n} x i32> %b0)
  %x1 = call {vector} @flushed.{n}(<{n} x i32> %a1)
  %y1 = call {vector} @flushed.{n}(<{n} x i32> %b1)
  %ci = bitcast {vector} %c to <{n} x i32>
  %cf = call {vector} @flushed.{n}(<{n} x i32> %ci)
  %s1 = call {vector} @llvm.fma.v{n}f32({vector} %x1, {vector} %y1, {vector} %cf)
  %i1 = bitcast {vector} %s1 to <{n} x i32>
  %f1 = call {vector} @flushed.{n}(<{n} x i32> %i1)
  %s0 = call {vector} @llvm.fma.v{n}f32({vector} %x0, {vector} %y0, {vector} %f1)
  %i0 = bitcast {vector} %s0 to <{n} x i32>
  %f0 = call {vector} @flushed.{n}(<{n} x i32> %i0)
  ret {vector} %f0
}}

define internal {vector} @flushed.{n}(<{n} x i32> %bits) nounwind {{
  %exponent = and <{n} x i32> %bits, splat (i32 2139095040)
  %small = icmp eq <{n} x i32> %exponent, zeroinitializer
  %sign = and <{n} x i32> %bits, splat (i32 -2147483648)
  %kept = select <{n} x i1> %small, <{n} x i32> %sign, <{n} x i32> %bits
  %number = bitcast <{n} x i32> %kept to {vector}
  ret {vector} %number
}}
"""
"""Two fused steps, the upper half first; numbers below the least normal one are zeros."""

DEFINITIONS = {
    "llvm.x86.sse2.pmadd.wd": (4, PRODUCTS),
    "llvm.x86.avx2.pmadd.wd": (8, PRODUCTS),
    "llvm.x86.avx512.pmaddw.d.512": (16, PRODUCTS),
    "llvm.x86.avx512.vpdpwssd.256": (8, SUMS),
    "llvm.x86.avx512.vpdpwssd.512": (16, SUMS),
    "llvm.x86.avx512.vpdpbusd.256": (8, BYTES),
    "llvm.x86.avx512.vpdpbusd.512": (16, BYTES),
    "llvm.x86.avx512bf16.dpbf16ps.512": (16, BFLOATS),
    "llvm.aarch64.neon.bfdot.v4f32.v8bf16": (4, BFLOATS),
}
"""Intrinsic -> lanes of its result, what it does."""


def source(kernel: Kernel, machine: Machine, kept: Sequence[str] = ()) -> str:
    """LLVM IR of a kernel for a machine; see `spelled_out`."""
    return spelled_out(emit(kernel.build(), machine.using(kernel.features), ENTRY), kept)


def spelled_out(text: str, kept: Sequence[str] = ()) -> str:
    """A module without the intrinsics of one architecture, but for those that are kept.

    Raises:
        KeyError: It has one that is not defined here.
    """
    named = re.findall(r"^declare .*@(llvm\.(?:x86|aarch64)\.[\w.]+)\(", text, re.M)
    for name in set(named) - set(kept):
        lanes, body = DEFINITIONS[name]
        text = re.sub(rf"^declare .*@{re.escape(name)}\(.*\n", "", text, flags=re.M)
        text = text.replace(f"@{name}(", f"@{name.removeprefix('llvm.')}(")
        text += "\n" + _definition(name, lanes, body)
    return text


def _definition(name: str, lanes: int, body: str) -> str:
    count = (4 if body is BYTES else 2) * lanes
    even, odd, even1, odd1 = (
        ", ".join(f"i32 {k}" for k in range(start, most, 2))
        for most in (count, 2 * lanes)
        for start in (0, 1)
    )
    vector = f"<{lanes} x float>"
    text = body.format(
        name=name.removeprefix("llvm."), n=lanes, m=count, h=2 * lanes, vector=vector, even=even,
        odd=odd, even1=even1, odd1=odd1, sum=f"<{lanes} x i32> %c, " if body is SUMS else "",
    )  # fmt: skip
    fma = f"declare {vector} @llvm.fma.v{lanes}f32({vector}, {vector}, {vector})\n"
    return f"{text}\n{fma}" if body is BFLOATS else text
