"""What every op is: entries, their language, sizes, derivatives; `ts.ops.mylib.f` is a user's.

the language            vocabulary, primitives, dtype, expression, algebra, simplify, symbols,
                        numerals
reading an entry        read, pieces, syntax, parse, expression_reader, scope, signature, samples,
                        entry, op
what can be wrong       check, check_binding, check_body, check_choices, check_declared,
                        check_kinds, check_subscripts, excerpt, errors
where entries are kept  definitions, compile_registry, registry, namespaces, canonical, text,
                        text_file
other sources of ops    cplusplus
a call, solved          specialize, outline, attributes, words, binding, sizes, unify, places,
                        integers, views, counted, overwriting, autocast, draws
derivatives             derive, derive_adjoint, derive_tangent, program, partials, scans, hoist,
                        split, inline, tidy, holomorphic
the plain meaning       interpret, grid, evaluate, arrange, special, philox
beneath all of it       dataclass, cached, collector, decorator, lock
"""

from __future__ import annotations

from typing import Any


def __getattr__(name: str) -> Any:
    from .namespaces import namespace  # modules of the package do not come through here

    return namespace(name)
