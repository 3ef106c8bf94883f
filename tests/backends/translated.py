"""Kernels made for another processor of this architecture, compiled for the one that is here.

LLVM's generic vectors are as wide as code says on every processor, and instructions that this one
lacks are spelled out; see `instructions.py`.
"""

from __future__ import annotations

import ctypes
from functools import cache
from typing import Any

import numpy as np
from tensorsmith.backends.cpu.compile import compile_text
from tensorsmith.backends.cpu.kernels import ENTRY
from tensorsmith.backends.cpu.link import link
from tensorsmith.backends.cpu.loader import load
from tensorsmith.backends.cpu.machine import Machine, detect_machine
from tensorsmith.lowering.launch import Kernel

from ..lowering.calls import Call
from .emulated import packed
from .instructions import source


@cache
def compiled(kernel: Kernel, machine: Machine) -> Any:
    """A kernel for a machine, compiled for the one that is here."""
    image = link(compile_text(source(kernel, machine), detect_machine(), kernel.form))
    return ctypes.CFUNCTYPE(None, ctypes.c_char_p, ctypes.c_int64)(load(image, (ENTRY,))[ENTRY])


def run(call: Call, machine: Machine) -> dict[str, np.ndarray]:
    """Results of a call, planned and written for a machine."""
    results, planned = call.outputs(), call.planned(machine.target)
    memory = call.memory(results)
    for temporary in planned.temporaries:
        memory[temporary.name] = np.full(temporary.elements * temporary.dtype.itemsize, 77, np.int8)
    for name in planned.zeroed:
        memory[name][...] = 0
    status = np.zeros(3, np.int64)
    places = {name: array.ctypes.data for name, array in memory.items()}
    values = {**call.binding.attributes, **call.arrays}
    for launch in planned.launches:
        entry = compiled(launch.kernel, machine)
        slots = packed(launch, places, values, status.ctypes.data)
        for chunk in range(launch.chunks):
            entry(slots, chunk)
    assert not status.any(), status
    return results
