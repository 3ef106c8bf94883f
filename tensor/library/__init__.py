"""Ops of users' own: declared by an entry, implemented by hand, made of raw kernels.

declared by an entry   define, spelling, packages, functions, missing
implemented by hand    custom, library, torch_library, by_name, override
what they take         schema, infer, arguments, expected
their kernels called   kernel_call, kernels, results
raw kernels            raw, raw_cuda, raw_signature, element
"""
