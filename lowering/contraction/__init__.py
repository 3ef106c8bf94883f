"""Sums of products of two tensors through one packed micro-kernel.

Matrix products, convolutions, attention, and the adjoints of all of them.

which groups are sums   choose, roles, factors, problem, parts, epilogue
any contraction         plan, shape, blocks, kernel, pack, table, tile, write
products of matrices    matrix_plan, matrix_arguments, matrix_blocks, matrix_kernel, matrix_write,
                        panel, word_panel
times a few vectors     narrow_plan, narrow_kernel, narrow_tile
zeros written out       pad, pad_kernel, pad_line
"""

from .choose import build as build
from .choose import match as match
