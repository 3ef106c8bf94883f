"""Nests -> instructions of the loop IR.

the nest      `nest.py`, `passes.py`, `element.py`, `owned.py`, `strip.py`, `tile.py`, `moments.py`
its loops     `loops.py`, `parts.py`, `limits.py`, `streams.py`, `fetching.py`
memory        `memory.py`, `stores.py`, `reduction.py` (registers)
values        `expression.py`, `choice.py`, `power.py`, `halving.py`, `call.py`, `positions.py`,
              `dependence.py`
its structure `shape.py`
"""
