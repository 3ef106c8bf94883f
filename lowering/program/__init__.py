"""An op's statements as steps, and the steps made fewer and simpler.

the form                program, steps, context
statements -> steps     flatten, accumulation, gather, chosen, corrected
fewer of them           inline, partition
what is known of them   infer, layout, halving, wrap
"""
