"""The loop IR, MLIR's dialects as Python objects.

what it is          loops, kinds
how it is made      instructions, thread_instructions, builder, transpose
how it is checked   verify
how it is shown     print, mlir
"""
