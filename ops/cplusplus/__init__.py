"""Element functions in C++, `template <typename T> T f(T x) { ... }`, read as ops.

words             vocabulary, tokens
run, both ways    declaration, expression, functions, values
what comes out    op
"""
