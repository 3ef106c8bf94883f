"""From an op's statements to loops: rooms in the order in which a call goes through them.

program         statements -> few, simple steps, and what is known of them before a loop is made
nest            steps -> groups that share loops, the schedule of each, how it walks through memory
emit            nests and the values in them -> instructions
ir              the loop IR: instructions, what makes them, what checks them, their text

contraction, convolution, chain, ordering       schedules of products, attention and orders
simt                                            the same for blocks of threads

`launch.py` is what backends get, `naming.py` how it is called.
"""
