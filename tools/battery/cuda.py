"""CPU = CUDA: the op's kernels as CUDA C, run on the host, against the interpreter.

The only place of the battery that knows the CUDA backend.
"""

from __future__ import annotations

import importlib
import importlib.util
import shutil

from .definition import bind_arguments
from .oracle import OracleMissingError
from .sampling import Arguments

BACKEND = "tensorsmith.backends.cuda"


def check_cuda(arguments: Arguments) -> str | None:
    """CUDA C on the host gives what the interpreter gives; a reason if the op has no kernel.

    Raises:
        OracleMissingError: There is no CUDA backend, or no C++ compiler.
    """
    if importlib.util.find_spec(BACKEND) is None:
        raise OracleMissingError("this version has no CUDA backend")
    if not any(shutil.which(name) for name in ("c++", "g++", "clang++")):
        raise OracleMissingError("no C++ compiler is installed")
    if arguments.op.form in ("view", "extern"):
        return "no kernel"
    check = importlib.import_module(f"{BACKEND}.check")
    op, binding = bind_arguments(arguments)
    values = {name: value for name, value in arguments.tensors.items() if value is not None}
    call = check.HostCall(arguments.label, op, binding, values, dict(arguments.op.tolerance))
    failures = list(check.failures(check.compare([call])))
    assert not failures, "\n".join(failures)
    return None
