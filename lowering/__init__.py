"""From an op's statements to loops: rooms in the order in which a call goes through them.

statements -> steps     program, flatten, steps, infer, kinds, reach
fewer, simpler steps    inline, corrected, gather, accumulation, chosen, halving, settle, limits,
                        wrap
steps -> groups         partition, fuse, context
groups -> schedules     schedule, single, split, strip, tile, fetching
products and orders     contraction, convolution, chain, ordering
blocks of threads       simt
schedules -> nests      nest_accesses, nest_space, nest_work, nest, collapse, layout, shape, naming
nests -> loops          emit_nest, emit_strip, emit_moments, emit_pass, emit_owned, emit_element,
                        emit_tile, transpose, emit_loops, emit_parts, streams, emit_fetching,
                        emit_stores, emit_reduction
values -> instructions  emit_expression, emit_choice, emit_power, emit_halving, emit_dependence,
                        emit_memory, emit_call, positions
the loop IR             loops, instructions, thread_instructions, builder, verify, print, mlir
what backends get       launch
"""
