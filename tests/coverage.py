"""Names of PyTorch that the package has and has not, as a page: `python tests/coverage.py --write`.

It needs PyTorch, whose public functions and classes are what is counted; a name says nothing about
behaviour, which the other tests do.
"""

from __future__ import annotations

import argparse
import inspect
import sys
import textwrap
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PAGE = Path(__file__).parents[1] / "docs" / "coverage.md"
NAMESPACES = (
    "", "Tensor", "nn", "nn.functional", "nn.init", "nn.utils", "optim", "optim.lr_scheduler",
    "autograd", "func", "utils.data", "amp", "cuda", "random", "special", "linalg", "fft",
    "distributions",
)  # fmt: skip
HEAD = """# What there is of PyTorch's API

Documented functions and classes of PyTorch {version}, counted by
`python tests/coverage.py --write`. A name that is there need not have every option;
what it does not take, it refuses.

| namespace | there | of | missing |
|---|---:|---:|---|
"""


def public_names(namespace: Any) -> list[str]:
    """Functions and classes of a module or class that have a documentation for users."""
    listed = getattr(namespace, "__all__", None) or dir(namespace)
    members = {name: getattr(namespace, name, None) for name in listed if name[0] != "_"}
    return sorted(name for name, member in members.items() if is_documented(member))


def is_documented(member: Any) -> bool:
    """It can be called, says what it does, and is no class of PyTorch's own machinery."""
    inner = inspect.isclass(member) and member.__module__.startswith(("torch._C", "torch.jit"))
    return callable(member) and bool(inspect.getdoc(member)) and not inner


def find(root: Any, path: str) -> Any:
    """A namespace below a package; None if there is none."""
    for part in path.split(".") if path else ():
        root = getattr(root, part, None)
    return root


def rows() -> Iterator[str]:
    """A row for each namespace."""
    import tensorsmith
    import torch

    for path in NAMESPACES:
        own = find(tensorsmith, path)
        names = public_names(find(torch, path))
        missing = [name for name in names if own is None or not hasattr(own, name)]
        shown = " ".join(f"`{name}`" for name in missing)
        yield f"| `{path or 'torch'}` | {len(names) - len(missing)} | {len(names)} | {shown} |\n"


def page() -> str:
    """The text of the page."""
    import torch

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of names that PyTorch deprecates
        return HEAD.format(version=torch.__version__.partition("+")[0]) + "".join(rows())


def main() -> int:
    """Writes the page, or shows it."""
    parser = argparse.ArgumentParser(description=textwrap.dedent(__doc__ or "").splitlines()[0])
    parser.add_argument("--write", action="store_true", help="into docs/coverage.md")
    if parser.parse_args().write:
        PAGE.write_text(page())
    else:
        print(page())
    return 0


if __name__ == "__main__":
    sys.exit(main())
