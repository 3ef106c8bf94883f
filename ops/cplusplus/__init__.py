"""Element functions in C++, `template <typename T> T f(T x) { ... }`, read as ops."""
