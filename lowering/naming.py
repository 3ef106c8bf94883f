"""Names of kernels and of their arguments, made of names of ops and tensors."""

from __future__ import annotations

LONGEST = 48
"""Characters of an op's name that a kernel's name begins with."""


def identifier(name: str) -> str:
    """A name in which all but letters and digits is an underscore."""
    return "".join(c if c.isalnum() else "_" for c in name)


def memory_name(number: int, name: str) -> str:
    """The name of a kernel's argument for the memory of a tensor, the `number`th one."""
    return f"m{number}_{identifier(name)}"


def kernel_name(name: str, digest: str) -> str:
    """The name of a kernel of an op: readable, and another one for each structure.

    Args:
        name: Of the op.
        digest: Of the structure.
    """
    return f"{identifier(name).strip('_')[:LONGEST]}_{digest[:16]}"
