"""Schedules for processors that run blocks of threads: the same nests, walked by threads.

A row is the work of one thread, of a warp or of a block; elements side by side in memory belong to
threads side by side. Everything about expressions, places and accumulators comes from the nests of
`lowering`; this package only says which thread does what.

the entry point       schedule
nests                 nest, shape, team, narrow, reciprocal
other structures      tile, owners, long_scan
their code            emit, emit_expression, emit_tile
products and orders   product, chain, ordering
"""
