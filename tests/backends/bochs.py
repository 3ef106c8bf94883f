"""Kernels run on an emulated PC, Bochs, whose processor has AVX-512: no system, no BIOS.

The PC's read-only memory holds a program that turns on 64-bit mode and all vector registers, calls
functions, and writes memory to port 0xE9, which Bochs prints. It begins by copying what lies in
front of it, the list of calls, functions and operands, to memory that can be written.
"""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
from pathlib import Path

import llvmlite.binding
import numpy as np
from tensorsmith.backends.cpu.compile import compile_text
from tensorsmith.backends.cpu.elf import ALLOC, PROGBITS, ElfObject
from tensorsmith.backends.cpu.emit import emit
from tensorsmith.backends.cpu.kernels import ENTRY
from tensorsmith.backends.cpu.link import PAGE, link, unpack
from tensorsmith.backends.cpu.machine import MACHINES, Machine

from ..lowering.calls import Call
from .emulated import packed
from .instructions import spelled_out

ROM, FRONT = 0xFFFF0000, 0xFFE00000  # the last 64 KiB, at whose end a processor begins; all of it
TABLES, STACK, LIST, LOADED = 0x1000, 0x80000, 0x100000, 0x110000
START, END = b"<<results", b"results>>"

PROGRAM = f"""
.code16
base:
    cli
    lgdtl %cs:(descriptors_end - base)
    movl %cr0, %eax
    orl $1, %eax
    movl %eax, %cr0
    ljmpl $8, $({ROM} + protected - base)
.p2align 3
descriptors:
    .quad 0, 0x00CF9A000000FFFF, 0x00CF92000000FFFF, 0x00AF9A000000FFFF
descriptors_end:
    .word descriptors_end - descriptors - 1
    .long {ROM} + descriptors - base
.code32
protected:
    movl $16, %eax
    movl %eax, %ds
    movl %eax, %es
    movl %eax, %ss
    movl ${TABLES + PAGE + 3}, {TABLES}
    movl $0x00000083, {TABLES + PAGE}
    movl $0x40000083, {TABLES + PAGE + 8}
    movl $0x80000083, {TABLES + PAGE + 16}
    movl $0xC0000083, {TABLES + PAGE + 24}
    movl ${TABLES}, %eax
    movl %eax, %cr3
    movl $0x40620, %eax               # physical addresses, SSE, XSAVE
    movl %eax, %cr4
    movl $0xC0000080, %ecx
    rdmsr
    orl $0x100, %eax                  # 64-bit mode
    wrmsr
    movl $0x80000033, %eax
    movl %eax, %cr0
    ljmpl $24, $({ROM} + long - base)
.code64
long:
    xorl %ecx, %ecx
    xorl %edx, %edx
    movl $0xE7, %eax                  # all vector and mask registers
    xsetbv
    movl ${STACK}, %esp
    cld
    movl ${FRONT}, %esi
    movl ${LIST}, %edi
    movl ${(ROM - FRONT) // 8}, %ecx
    rep movsq
    movl ${LIST}, %ebx
    movq (%rbx), %r12                 # calls: function, slots, chunks
    addq $8, %rbx
next_call:
    xorl %r13d, %r13d
next_chunk:
    movq 8(%rbx), %rdi
    movq %r13, %rsi
    callq *(%rbx)
    incq %r13
    cmpq 16(%rbx), %r13
    jb next_chunk
    addq $24, %rbx
    decq %r12
    jnz next_call
    movq (%rbx), %r12                 # pieces of memory: address, bytes
    addq $8, %rbx
next_piece:
    movq (%rbx), %rsi
    movq 8(%rbx), %rcx
    movl $0xE9, %edx
    rep outsb
    addq $16, %rbx
    decq %r12
    jnz next_piece
    leaq farewell(%rip), %rsi
    movl $8, %ecx
    movl $0x8900, %edx
    rep outsb
halted:
    hlt
    jmp halted
farewell:
    .ascii "Shutdown"
"""

SETTINGS = """\
cpu: model=corei7_icelake_u, ips=50000000, reset_on_triple_fault=0
megs: 64
romimage: file={folder}/rom, address=0xffe00000
vgaromimage: file={video}
port_e9_hack: enabled=1
display_library: {display}
log: {folder}/log
panic: action=fatal
error: action=report
"""


def installed() -> str:
    """Path of the emulator; "" if there is none."""
    return os.environ.get("BOCHS", "") or shutil.which("bochs-bin") or shutil.which("bochs") or ""


def rom() -> bytes:
    """The program, and at the end of the memory a jump to its begin."""
    llvmlite.binding.initialize_native_asmparser()
    lines = [line.partition("#")[0].strip() for line in PROGRAM.splitlines()]
    text = "\n".join('module asm "{}"'.format(line.replace('"', "\\22")) for line in lines if line)
    parsed = ElfObject(compile_text(text, MACHINES["x86-64-v2"], "program"))
    (code,) = (
        parsed.content(section)
        for section in parsed.sections
        if section.kind == PROGBITS and section.flags & ALLOC and section.size
    )
    return code.ljust(0xFFF0, b"\x90") + b"\xe9\x0d\0".ljust(16, b"\x90")


class Memory:
    """What the PC's memory will hold from `LIST` on."""

    def __init__(self) -> None:
        self.content = bytearray(LOADED - LIST)

    def put(self, data: bytes, alignment: int = 64) -> int:
        """Adds bytes; their address."""
        self.content.extend(bytes(-len(self.content) % alignment))
        place = LIST + len(self.content)
        self.content.extend(data)
        return place

    def put_kernel(self, packed_image: bytes) -> int:
        """Adds a linked kernel; the address of its function."""
        image = unpack(packed_image)
        assert not image.imports, image.imports
        code = image.code.ljust(-(-len(image.code) // PAGE) * PAGE, b"\0") + image.data
        base = self.put(code.ljust(image.size, b"\0"), PAGE)
        for place, offset in image.moved.items():
            struct.pack_into("<Q", self.content, base - LIST + place, base + offset)
        return base + image.exports[ENTRY]


def run(call: Call, machine: Machine, folder: Path, plain: bool = False) -> dict[str, np.ndarray]:
    """Results of a call.

    Args:
        call: What is computed.
        machine: What it is planned and compiled for.
        folder: For the emulator's files.
        plain: Instructions that the emulator may lack are spelled out.
    """
    results, planned, memory = call.outputs(), call.planned(machine.target), Memory()
    places = {n: memory.put(a.tobytes("A")) for n, a in call.memory(results).items()}
    for temporary in planned.temporaries:
        places[temporary.name] = memory.put(bytes(temporary.elements * temporary.dtype.itemsize))
    status = memory.put(bytes(64))
    values, calls = {**call.binding.attributes, **call.arrays}, []
    for launch in planned.launches:
        used = machine.using(launch.kernel.features)
        text = emit(launch.kernel.build(), used, ENTRY)
        text = spelled_out(text) if plain else text
        entry = memory.put_kernel(link(compile_text(text, used, launch.kernel.form)))
        calls.append((entry, memory.put(packed(launch, places, values, status)), launch.chunks))
    pieces = [(memory.put(START), len(START))]
    pieces += [(places[name], array.nbytes) for name, array in results.items()]
    pieces += [(memory.put(END), len(END))]
    listed = [len(calls), *(n for c in calls for n in c), len(pieces)]
    listed += [n for piece in pieces for n in piece]
    struct.pack_into(f"<{len(listed)}Q", memory.content, 0, *listed)
    printed, _, _ = _emulate(bytes(memory.content), folder).partition(START)[2].partition(END)
    found, at = {}, 0
    for name, array in results.items():
        part = printed[at : at + array.nbytes]
        found[name] = np.frombuffer(part, array.dtype).reshape(array.shape)
        at += array.nbytes
    return found


def _emulate(content: bytes, folder: Path) -> bytes:
    """What the PC prints."""
    assert len(content) <= ROM - FRONT, "operands must be small"
    (folder / "rom").write_bytes(content.ljust(ROM - FRONT, b"\0") + rom())
    settings = SETTINGS.format(
        folder=folder,
        video=os.environ.get("BOCHS_VIDEO", "/usr/share/vgabios/vgabios.bin"),
        display=os.environ.get("BOCHS_DISPLAY", 'rfb, options="timeout=0"'),
    )
    (folder / "settings").write_text(settings)
    command = [installed(), "-q", "-f", str(folder / "settings")]
    done = subprocess.run(
        command, input=b"c\nquit\n", capture_output=True, timeout=120, check=False
    )
    if START not in done.stdout:
        log = (folder / "log").read_text() if (folder / "log").exists() else ""
        raise RuntimeError(f"Bochs printed no results: {done.stdout[-2000:]!r} {log[-3000:]}")
    return done.stdout
