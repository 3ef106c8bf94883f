"""Kernels for AArch64 run by a CPU emulator: objects placed in its memory, launches, results."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
from tensorsmith.backends.cpu.compile import compile_text
from tensorsmith.backends.cpu.elf import ALLOC, NOBITS, PROGBITS, ElfObject
from tensorsmith.backends.cpu.machine import MACHINES, Machine
from tensorsmith.lowering.launch import Launch, Number, Pointer, ScalarArgument

from ..lowering.calls import Call
from .instructions import source

CODE, STACK, DATA, END = 0x100000, 0x7000000, 0x10000000, 0x1000
ADR_PAGE, ADD_LOW, CALLS = 275, 277, (282, 283)
KNOWN = ("llvm.aarch64.neon.sdot.v4i32.v16i8",)
"""Intrinsics whose instructions the emulator has."""
LOADS = {278: 0, 284: 1, 285: 2, 286: 3, 299: 4}  # of 2**k bytes, at an address's low 12 bits


def linked(compiled: bytes, base: int) -> tuple[bytes, int]:
    """An object's bytes for a place in memory, and the address of its kernel."""
    parsed, places, image = ElfObject(compiled), {}, bytearray()
    for number, section in enumerate(parsed.sections):
        if section.flags & ALLOC and section.kind in (PROGBITS, NOBITS):
            image.extend(bytes(-len(image) % max(16, section.alignment)))
            places[number] = len(image)
            image.extend(parsed.content(section))
    for number, offset, kind, symbol, addend in parsed.relocations():
        if number in places:
            where = places[number] + offset
            target = base + places[symbol.section] + symbol.offset + addend
            (word,) = struct.unpack_from("<I", image, where)
            word |= _bits(kind, target, base + where)
            struct.pack_into("<I", image, where, word)
    entry = next(s for s in parsed.symbols if s.name == "kernel")
    return bytes(image), base + places[entry.section] + entry.offset


def _bits(kind: int, target: int, place: int) -> int:
    """What a relocation puts into an instruction."""
    if kind == ADR_PAGE:
        pages = (target >> 12) - (place >> 12)
        return (pages & 3) << 29 | (pages >> 2 & 0x7FFFF) << 5
    if kind == ADD_LOW:
        return (target & 0xFFF) << 10
    if kind in CALLS:
        return (target - place) >> 2 & 0x3FFFFFF
    return (target & 0xFFF) >> LOADS[kind] << 10


def run(unicorn: Any, call: Call, target: Machine = MACHINES["aarch64"]) -> dict[str, np.ndarray]:
    """Results of a call; instructions that the emulator lacks are spelled out."""
    arm = unicorn.arm64_const
    machine = unicorn.Uc(unicorn.UC_ARCH_ARM64, unicorn.UC_MODE_ARM)
    machine.ctl_set_cpu_model(arm.UC_CPU_ARM64_MAX)
    for start, size in ((0, 0x2000), (CODE, 0x400000), (STACK, 0x400000), (DATA, 0x1000000)):
        machine.mem_map(start, size)
    enabled = machine.reg_read(arm.UC_ARM64_REG_CPACR_EL1) | 0x300000  # floating point
    machine.reg_write(arm.UC_ARM64_REG_CPACR_EL1, enabled)
    results, planned = call.outputs(), call.planned(target.target)
    places, end = {}, DATA + 64  # the status lies in front
    for name, array in call.memory(results).items():
        places[name] = end
        machine.mem_write(end, array.tobytes())
        end += array.nbytes + 127 & ~63
    for temporary in planned.temporaries:
        places[temporary.name] = end
        end += temporary.elements * temporary.dtype.itemsize + 127 & ~63
    values = {**call.binding.attributes, **call.arrays}
    base = CODE
    for launch in planned.launches:
        text = source(launch.kernel, target, KNOWN)
        used = target.using(launch.kernel.features)
        image, entry = linked(compile_text(text, used, launch.kernel.form), base)
        machine.mem_write(base, image)
        machine.mem_write(end, packed(launch, places, values, DATA))
        for chunk in range(launch.chunks):
            machine.reg_write(arm.UC_ARM64_REG_SP, STACK + 0x300000)
            machine.reg_write(arm.UC_ARM64_REG_X0, end)
            machine.reg_write(arm.UC_ARM64_REG_X1, chunk)
            machine.reg_write(arm.UC_ARM64_REG_X30, END)
            machine.emu_start(entry, END)
        base += len(image) + 0xFFF & ~0xFFF  # code that was translated is not written over
    return {
        name: np.frombuffer(machine.mem_read(places[name], a.nbytes), a.dtype).reshape(a.shape)
        for name, a in results.items()
    }


def packed(launch: Launch, places: dict[str, int], values: dict[str, Any], status: int) -> bytes:
    """The slots of a launch, given addresses and numbers."""
    slots = b""
    for argument in launch.arguments:
        match argument:
            case Pointer(name):
                slots += struct.pack("<Q", places[name])
            case Number(value):
                slots += struct.pack("<q", value)
            case ScalarArgument(name, kind):
                double = kind.name == "float64"
                slots += struct.pack("<d" if double else "<q", values[name])
            case _:
                slots += struct.pack("<Q", status)
    return slots
