"""An op's statements as steps, and the steps made fewer and simpler.

the form                `program.py`, `steps.py`, `context.py`: what a call looks like
statements -> steps     `flatten.py`, `accumulation.py`, `gather.py`, `chosen.py`, `corrected.py`
fewer of them           `inline.py`, `partition.py`
what is known           `infer.py` (kinds), `layout.py` (places), `halving.py`, `wrap.py`
"""
