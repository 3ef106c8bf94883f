"""What every op is: entries, their language, sizes, derivatives; `ts.ops.mylib.f` is a user's.

what a definition says, as data      language
a call, solved                       calls
entries in YAML                      entries, definitions
what can be wrong with one           checks
derivatives                          derivatives
the plain meaning                    interpreter
all ops by name                      registry, compile_registry, namespaces
other sources of ops                 cplusplus
beneath all of it                    dtype, errors, dataclass, cached, collector, decorator, lock
"""

from __future__ import annotations

from typing import Any


def __getattr__(name: str) -> Any:
    from .namespaces import namespace  # modules of the package do not come through here

    return namespace(name)
