"""From an op's statements to loops: rooms in the order in which a call goes through them.

the entry point                     schedule
statements -> steps, made simple    program
steps -> nests                      nest
nests -> instructions               emit
the loop IR                         ir
products and orders                 contraction, convolution, chain, ordering
blocks of threads                   simt
what backends get                   launch, naming
"""
