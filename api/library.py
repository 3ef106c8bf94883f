"""`tensorsmith.library`: ops of users' own."""

from __future__ import annotations

# declared by an entry: everything else is derived
from .ops.errors import RegistryError as RegistryError
from .tensor.library.define import declared as declared
from .tensor.library.define import define as define
from .tensor.library.define import load as load
from .tensor.library.define import undefine as undefine
from .tensor.library.packages import bring as bring
from .tensor.library.spelling import op as op
