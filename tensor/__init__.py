"""Tensors: the class, dispatch, and every function that makes or changes one.

the class               tensor, base, layout, storage, shrunk, arrays, results
where and how           devices, memory, threads, interpreters, formats
the door of all calls   calls
made                    creation
of several ops          functions
read and assigned to    indexing
shared and kept         interchange, serialization
methods                 methods
without Python          native
GPUs as users see them  cuda
users' own ops          library
"""

from __future__ import annotations

from ..backends.precision import get_float32_matmul_precision, set_float32_matmul_precision
from ..ops.dtype import (
    bfloat16,
    bool_,
    can_cast,
    complex64,
    complex128,
    dtype,
    float16,
    float32,
    float64,
    int8,
    int16,
    int32,
    int64,
    uint8,
)  # fmt: skip
from .base import TensorBase
from .calls.defaults import (
    are_deterministic_algorithms_enabled,
    get_default_dtype,
    set_default_dtype,
    set_flush_denormal,
    use_deterministic_algorithms,
)
from .calls.dispatch import call, cast
from .calls.repeating import repeated as repeated
from .calls.writing import inplace
from .creation.constructor import set_default_tensor_type
from .creation.creation import (
    empty,
    empty_like,
    empty_strided,
    eye,
    full,
    full_like,
    ones,
    ones_like,
    zeros,
    zeros_like,
)
from .creation.data import as_tensor, asarray, tensor
from .creation.generator import (
    Generator,
    default_generator,
    fork_rng,
    get_rng_state,
    initial_seed,
    manual_seed,
    seed,
    set_rng_state,
)
from .creation.random import (
    bernoulli,
    multinomial,
    normal,
    poisson,
    rand,
    rand_like,
    randint,
    randint_like,
    randn,
    randn_like,
    randperm,
)
from .creation.sequences import arange, linspace, logspace
from .creation.sequences import range_ as range
from .creation.windows import bartlett_window, blackman_window, hamming_window, hann_window
from .devices import device, get_default_device, set_default_device
from .functions.arrangement import (
    broadcast_shapes,
    broadcast_tensors,
    broadcast_to,
    chunk,
    dsplit,
    flatten,
    hsplit,
    narrow,
    narrow_copy,
    permute,
    ravel,
    reshape,
    split,
    tensor_split,
    tile,
    unbind,
    unflatten,
    vsplit,
)
from .functions.composites import (
    allclose,
    bincount,
    combinations,
    dist,
    equal,
    histc,
    is_complex,
    is_floating_point,
    is_inference,
    is_nonzero,
    is_same_size,
    is_storage,
    is_tensor,
    numel,
    polar,
    promote_types,
    result_type,
    scalar_tensor,
    sum_to,
    trapezoid,
    vander,
    where,
)
from .functions.composites import complex_of as complex
from .functions.composites import trapezoid as trapz
from .functions.generated import *  # noqa: F403
from .functions.generated import __all__ as _functions
from .functions.joining import (
    atleast_1d,
    atleast_2d,
    atleast_3d,
    block_diag,
    cartesian_prod,
    cat,
    column_stack,
    dstack,
    hstack,
    meshgrid,
    stack,
    vstack,
)
from .functions.joining import cat as concat
from .functions.joining import cat as concatenate
from .functions.joining import vstack as row_stack
from .functions.products import chain_matmul, corrcoef, cov, einsum, tensordot, vdot
from .functions.quantiles import nanquantile, quantile
from .functions.scattering import (
    gather,
    masked_fill,
    put,
    scatter,
    scatter_add,
    scatter_reduce,
    take_along_dim,
)
from .functions.selecting import (
    argwhere,
    nonzero,
    tril_indices,
    triu_indices,
    unique,
    unique_consecutive,
)
from .functions.shifting import (
    angle,
    cdist,
    cross,
    cumulative_trapezoid,
    detach,
    diag,
    diag_embed,
    diagflat,
    diff,
    fill,
    get_device,
    gradient,
    index_reduce,
    is_signed,
    isin,
    msort,
    pdist,
    renorm,
    repeat_interleave,
    roll,
    rot90,
    unravel_index,
)
from .functions.views import (
    adjoint,
    as_strided_scatter,
    conj,
    conj_physical,
    diagonal_scatter,
    imag,
    is_conj,
    is_neg,
    real,
    resolve_conj,
    resolve_neg,
    select_scatter,
    slice_scatter,
    view_as_complex,
    view_as_real,
)
from .indexing.assignment import index_put, index_put_
from .interchange.dlpack import from_dlpack, to_dlpack
from .interchange.interop import from_numpy, frombuffer
from .layout import Size
from .library import missing as missing
from .methods import methods as methods
from .methods.conversion import clone
from .methods.printing import set_printoptions
from .methods.replacing import fill_, resize_as_, zero_
from .native.start import add_plain_type as add_plain_type
from .serialization import load, save
from .storage import Storage
from .tensor import Tensor
from .threads import (
    get_num_interop_threads,
    get_num_threads,
    set_num_interop_threads,
    set_num_threads,
)

# dtypes under PyTorch's other names
bool = bool_
half, float, double = float16, float32, float64
short, int, long = int16, int32, int64
cfloat, cdouble = complex64, complex128

__all__ = [
    *_functions,
    "Generator", "Size", "Storage", "Tensor", "TensorBase", "adjoint", "allclose", "angle",
    "arange", "are_deterministic_algorithms_enabled", "argwhere", "as_strided_scatter",
    "as_tensor", "asarray", "atleast_1d", "atleast_2d", "atleast_3d", "bartlett_window",
    "bernoulli", "bfloat16", "bincount", "blackman_window", "block_diag", "bool", "bool_",
    "broadcast_shapes", "broadcast_tensors", "broadcast_to", "call", "can_cast",
    "cartesian_prod", "cast", "cat", "cdist", "cdouble", "cfloat", "chain_matmul", "chunk",
    "clone", "column_stack", "combinations", "complex", "complex128", "complex64", "concat",
    "concatenate", "conj", "conj_physical", "corrcoef", "cov", "cross",
    "cumulative_trapezoid", "default_generator", "detach", "device", "diag", "diag_embed",
    "diagflat", "diagonal_scatter", "diff", "dist", "double", "dsplit", "dstack", "dtype",
    "einsum", "empty", "empty_like", "empty_strided", "equal", "eye", "fill", "fill_",
    "flatten", "float", "float16", "float32", "float64", "fork_rng", "from_dlpack",
    "from_numpy", "frombuffer", "full", "full_like", "gather", "get_default_device",
    "get_default_dtype", "get_device", "get_float32_matmul_precision",
    "get_num_interop_threads", "get_num_threads",
    "get_rng_state", "gradient", "half", "hamming_window", "hann_window", "histc", "hsplit",
    "hstack", "imag", "index_put", "index_put_", "index_reduce", "initial_seed", "inplace",
    "int", "int16", "int32", "int64", "int8", "is_complex", "is_conj", "is_floating_point",
    "is_inference", "is_neg", "is_nonzero", "is_same_size", "is_signed", "is_storage", "is_tensor",
    "isin", "linspace", "load", "logspace", "long", "manual_seed", "masked_fill", "meshgrid",
    "msort", "multinomial", "nanquantile", "narrow", "narrow_copy", "nonzero", "normal", "numel",
    "ones", "ones_like", "pdist", "permute", "poisson", "polar", "promote_types", "put",
    "quantile", "rand", "rand_like", "randint", "randint_like", "randn", "randn_like",
    "randperm", "range", "ravel", "real", "renorm", "repeat_interleave", "reshape",
    "resize_as_", "resolve_conj", "resolve_neg", "result_type", "roll", "rot90",
    "row_stack", "save", "scalar_tensor", "scatter", "scatter_add", "scatter_reduce",
    "seed", "select_scatter", "set_default_device", "set_default_dtype",
    "set_default_tensor_type", "set_float32_matmul_precision", "set_flush_denormal",
    "set_num_interop_threads",
    "set_num_threads", "set_printoptions", "set_rng_state", "short", "slice_scatter",
    "split", "stack", "sum_to", "take_along_dim", "tensor", "tensor_split", "tensordot",
    "tile", "to_dlpack", "trapezoid", "trapz", "tril_indices", "triu_indices", "uint8",
    "unbind", "unflatten", "unique", "unique_consecutive", "unravel_index",
    "use_deterministic_algorithms", "vander", "vdot", "view_as_complex", "view_as_real",
    "vsplit", "vstack", "where", "zero_", "zeros", "zeros_like",
]  # fmt: skip
