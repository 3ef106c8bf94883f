// What generated kernels call. It stands in front of them, for NVRTC and, after simt.h, for the host's compiler.
//
// Integers wrap around by way of unsigned ones. Division by zero gives 0 for remainders and the dividend for
// quotients, as on the CPU. f16 and bf16 are 16-bit patterns in memory, computed with as float.

// -- access to memory, checked on the host ------------------------------------------------------------------------

template <class T, int N> struct alignas(sizeof(T) * N < 16 ? sizeof(T) * N : 16) Pack { T lanes[N]; };

#ifndef TENSORSMITH_HOST
#define SHARED(T, name, count, offset) __shared__ __align__(16) T name[count]
// The first kilobyte of shared memory is CUDA's own on sm_90, so that this begins at a multiple of 1024.
#define BLOCK_MEMORY extern __shared__ __align__(1024) char block_memory[];
#define PIECE(T, name, count, offset) T *const name = (T *)(block_memory + offset)
#define WRITTEN(place, bytes)
#define ALIGNED(place, bytes)
#define OWN(T, name, count) T name[count]
#define REACHABLE(place, bytes) true
#define FIRST(status, what) (atomicCAS((unsigned long long *)status, 0ULL, (unsigned long long)what) == 0)
template <class T> __device__ __forceinline__ T exchange_xor(T x, int mask) { return __shfl_xor_sync(~0u, x, mask); }
template <class T> __device__ __forceinline__ T exchange_up(T x, int by) { return __shfl_up_sync(~0u, x, by); }
template <class T> __device__ __forceinline__ T exchange_from(T x, int lane) { return __shfl_sync(~0u, x, lane); }
__device__ __forceinline__ unsigned alike(int x) { return __match_any_sync(~0u, x); }
__device__ __forceinline__ int count_bits(int x) { return __popc(x); }
#endif

#define TEMPLATE template <class T> __device__ __forceinline__

TEMPLATE T load(const T *memory, long long index) {
  return REACHABLE(memory + index, sizeof(T)) ? memory[index] : T();
}
TEMPLATE void store(T *memory, long long index, T value) {
  if (!REACHABLE(memory + index, sizeof(T))) return;
  WRITTEN(memory + index, sizeof(T));
  memory[index] = value;
}
template <class T, int N> __device__ __forceinline__ bool aligned(const T *place) {
  return (unsigned long long)place % alignof(Pack<T, N>) == 0;
}
template <int N, class T> __device__ __forceinline__ Pack<T, N> load_pack(const T *memory, long long index) {
  const T *place = memory + index;
  if (!REACHABLE(place, sizeof(T) * N)) return Pack<T, N>();
  if (aligned<T, N>(place)) return *(const Pack<T, N> *)place;
  Pack<T, N> pack;
#pragma unroll
  for (int k = 0; k < N; k++) pack.lanes[k] = place[k];
  return pack;
}
// Packs in shared memory are always at a multiple of their size.
template <int N, class T> __device__ __forceinline__ Pack<T, N> load_shared(const T *memory, long long index) {
  const T *place = memory + index;
  if (!REACHABLE(place, sizeof(T) * N)) return Pack<T, N>();
  ALIGNED(place, sizeof(T) * N);
  return *(const Pack<T, N> *)place;
}
template <class T, int N> __device__ __forceinline__ void store_pack(T *memory, long long index, Pack<T, N> pack) {
  T *place = memory + index;
  if (!REACHABLE(place, sizeof(T) * N)) return;
  if (aligned<T, N>(place)) {
    *(Pack<T, N> *)place = pack;
    return;
  }
#pragma unroll
  for (int k = 0; k < N; k++) place[k] = pack.lanes[k];
}
template <class T, int N> __device__ __forceinline__ void store_shared(T *memory, long long index, Pack<T, N> pack) {
  T *place = memory + index;
  if (!REACHABLE(place, sizeof(T) * N)) return;
  ALIGNED(place, sizeof(T) * N);
  WRITTEN(place, sizeof(T) * N);
  *(Pack<T, N> *)place = pack;
}
template <int N> __device__ __forceinline__ bool all_of(Pack<bool, N> mask) {
  bool all = true;
#pragma unroll
  for (int k = 0; k < N; k++) all = all & mask.lanes[k];
  return all;
}
template <class T, int N> __device__ __forceinline__ Pack<T, N>
load_masked(const T *memory, long long index, Pack<bool, N> mask, Pack<T, N> otherwise) {
  if (all_of(mask)) return load_pack<N>(memory, index);
#pragma unroll
  for (int k = 0; k < N; k++) if (mask.lanes[k]) otherwise.lanes[k] = load(memory, index + k);
  return otherwise;
}
template <class T, int N> __device__ __forceinline__ void
store_masked(T *memory, long long index, Pack<bool, N> mask, Pack<T, N> pack) {
  if (all_of(mask)) {
    store_pack(memory, index, pack);
    return;
  }
#pragma unroll
  for (int k = 0; k < N; k++) if (mask.lanes[k]) store(memory, index + k, pack.lanes[k]);
}

__device__ __forceinline__ void report(long long *status, long long what, long long seen, long long extent) {
  if (!REACHABLE(status, 3 * sizeof(long long)) || !FIRST(status, what)) return;
  status[1] = seen;
  status[2] = extent;
}

// -- integers -----------------------------------------------------------------------------------------------------

__device__ __forceinline__ bool as_unsigned(bool x) { return x; }
__device__ __forceinline__ unsigned char as_unsigned(signed char x) { return x; }
__device__ __forceinline__ unsigned char as_unsigned(unsigned char x) { return x; }
__device__ __forceinline__ unsigned short as_unsigned(short x) { return x; }
__device__ __forceinline__ unsigned as_unsigned(int x) { return x; }
__device__ __forceinline__ unsigned long long as_unsigned(long long x) { return x; }

TEMPLATE T wrap_add(T a, T b) { return (T)((unsigned long long)a + (unsigned long long)b); }
TEMPLATE T wrap_sub(T a, T b) { return (T)((unsigned long long)a - (unsigned long long)b); }
TEMPLATE T wrap_mul(T a, T b) { return (T)((unsigned long long)a * (unsigned long long)b); }
TEMPLATE T absolute(T x) { return x < 0 ? wrap_sub(T(0), x) : x; }
TEMPLATE T larger(T a, T b) { return a > b ? a : b; }
TEMPLATE T smaller(T a, T b) { return a < b ? a : b; }
TEMPLATE T larger_unsigned(T a, T b) { return as_unsigned(a) > as_unsigned(b) ? a : b; }
TEMPLATE T smaller_unsigned(T a, T b) { return as_unsigned(a) < as_unsigned(b) ? a : b; }
TEMPLATE T shift_left(T a, T by) {
  return as_unsigned(by) < sizeof(T) * 8 ? (T)((unsigned long long)a << by) : T(0);
}
TEMPLATE T shift_right(T a, T by) {
  return (T)(a >> (as_unsigned(by) < sizeof(T) * 8 ? by : T(sizeof(T) * 8 - 1)));
}
TEMPLATE T shift_right_unsigned(T a, T by) {
  return as_unsigned(by) < sizeof(T) * 8 ? (T)(as_unsigned(a) >> by) : T(0);
}
TEMPLATE T divide(T a, T b) { return b == 0 ? a : b == T(-1) ? wrap_sub(T(0), a) : (T)(a / b); }
TEMPLATE T remainder(T a, T b) { return b == 0 || b == T(-1) ? T(0) : (T)(a % b); }
TEMPLATE T divide_unsigned(T a, T b) { return b == 0 ? a : (T)(as_unsigned(a) / as_unsigned(b)); }
TEMPLATE T remainder_unsigned(T a, T b) { return b == 0 ? T(0) : (T)(as_unsigned(a) % as_unsigned(b)); }
TEMPLATE T divide_floor(T a, T b) {
  if (b == 0) return a;
  T quotient = divide(a, b), rest = wrap_sub(a, wrap_mul(quotient, b));
  return rest != 0 && (rest < 0) != (b < 0) ? wrap_sub(quotient, T(1)) : quotient;
}

// A place in a kernel whose places are below 2**29: what is not is out of every range, on the same side.
__device__ __forceinline__ int as_place(long long x) {
  const int near = x == (int)x ? (int)x : (int)(x >> 63) ^ 0x7fffffff;
  return near > 1 << 29 ? 1 << 29 : near < -(1 << 29) ? -(1 << 29) : near;
}
// A place below 2**31 divided by the number of a reciprocal: `simt/reciprocal.py`.
__device__ __forceinline__ int quotient(int place, long long reciprocal) {
  const unsigned long long twice = 2u * (unsigned)place;
  return (int)((unsigned)(twice * (unsigned)reciprocal >> 32) >> (int)(reciprocal >> 32));
}

// -- floating-point numbers ---------------------------------------------------------------------------------------

template <class To, class From> __device__ __forceinline__ To same_bits(From x) {
  static_assert(sizeof(To) == sizeof(From), "the widths must agree");
  union { From from; To to; } bits;
  bits.from = x;
  return bits.to;
}
TEMPLATE T infinity();
template <> __device__ __forceinline__ float infinity() { return same_bits<float>(0x7f800000); }
template <> __device__ __forceinline__ double infinity() { return same_bits<double>(0x7ff0000000000000LL); }
TEMPLATE T not_a_number();
template <> __device__ __forceinline__ float not_a_number() { return same_bits<float>(0x7fc00000); }
template <> __device__ __forceinline__ double not_a_number() { return same_bits<double>(0x7ff8000000000000LL); }

TEMPLATE bool unordered(T a, T b) { return a != a || b != b; }
TEMPLATE bool is_infinite(T x) { return x == infinity<T>() || x == -infinity<T>(); }
TEMPLATE T maximum(T a, T b) { return a != a ? a : a > b ? a : b; }
TEMPLATE T minimum(T a, T b) { return a != a ? a : a < b ? a : b; }
TEMPLATE T maxnum(T a, T b) { return b != b ? a : a > b ? a : b; }
TEMPLATE T minnum(T a, T b) { return b != b ? a : a < b ? a : b; }
__device__ __forceinline__ float float_remainder(float a, float b) { return fmodf(a, b); }
__device__ __forceinline__ double float_remainder(double a, double b) { return fmod(a, b); }
__device__ __forceinline__ float reciprocal_root(float x) { return 1.0f / sqrtf(x); }
__device__ __forceinline__ double reciprocal_root(double x) { return 1.0 / sqrt(x); }

__device__ __forceinline__ float from_bf16(unsigned short x) { return same_bits<float>((unsigned)x << 16); }
__device__ __forceinline__ unsigned short to_bf16(float x) {
  unsigned bits = same_bits<unsigned>(x);
  if ((bits & 0x7fffffff) > 0x7f800000) return (unsigned short)(bits >> 16 | 0x40);
  return (unsigned short)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}
#ifndef TENSORSMITH_HOST
__device__ __forceinline__ float from_f16(unsigned short x) {
  float wide;
  asm("cvt.f32.f16 %0, %1;" : "=f"(wide) : "h"(x));
  return wide;
}
__device__ __forceinline__ unsigned short to_f16(float x) {
  unsigned short narrow;
  asm("cvt.rn.f16.f32 %0, %1;" : "=h"(narrow) : "f"(x));
  return narrow;
}
#endif

// Reflection below zero, recurrence up to 14, then the asymptotic series (Abramowitz and Stegun 6.3.5 to 6.3.18):
// 4 units in the last place, absolute near the zeros.
__device__ inline double digamma(double x) {
  if (x == 0.0) return x == 0.0 && same_bits<long long>(x) < 0 ? infinity<double>() : -infinity<double>();
  double result = 0.0;
  if (x < 0.0) {
    if (x == floor(x)) return not_a_number<double>();
    result = -3.141592653589793 / tan((x - rint(x)) * 3.141592653589793);
    x = 1.0 - x;
  }
  if (is_infinite(x)) return x;
  while (x < 14.0) {
    result -= 1.0 / x;
    x += 1.0;
  }
  const double square = 1.0 / (x * x);
  const double series = square * (1.0 / 12 - square * (1.0 / 120 - square * (1.0 / 252 - square * (1.0 / 240
      - square * (1.0 / 132 - square * (691.0 / 32760 - square / 12))))));
  return result + (log(x) - 0.5 / x - series);
}
__device__ inline float digamma(float x) { return (float)digamma((double)x); }

// (-1)**(n + 1) n! zeta(n + 1, x): the first terms, then Euler and Maclaurin's series. As on the CPU, far below zero
// the sum is that of the last million terms.
__device__ inline double polygamma(double order, double x) {
  if (order == 0.0) return digamma(x);
  if (x <= 0.0 && x == floor(x)) return infinity<double>();
  const double coefficients[8] = {1.0 / 12, -1.0 / 720, 1.0 / 30240, -1.0 / 1209600, 1.0 / 47900160,
      -691.0 / 1307674368000.0, 1.0 / 74724249600.0, -3617.0 / 10670622842880000.0};
  const double s = order + 1.0, enough = s + 10.0;
  double y = x < -1.0e6 ? maximum(x, ceil(x) - x - 1.0e6) : x, total = 0.0, factorial = 1.0;
  for (double k = 2.0; k <= order && k < 172.0; k += 1.0) factorial *= k;
  for (; y < enough; y += 1.0) total += pow(y, -s);
  const double tail = pow(y, -s), square = 1.0 / (y * y);
  double series = 0.0, factor = s / y;
  for (int k = 0; k < 8; k++) {
    series += factor * coefficients[k];
    factor *= (s + (2 * k + 1)) * (s + (2 * k + 2)) * square;
  }
  const double value = factorial * (total + tail * (y / (s - 1.0) + (series + 0.5)));
  return floor(order / 2) * 2 == order ? -value : value;
}
__device__ inline float polygamma(float order, float x) { return (float)polygamma((double)order, (double)x); }

// -- copies to shared memory that go on while a thread does (PTX ISA, cp.async) -------------------------------------

#ifndef TENSORSMITH_HOST
__device__ __forceinline__ unsigned shared_address(const void *place) {
  return (unsigned)__cvta_generic_to_shared(place);
}
template <int BYTES> __device__ __forceinline__ void begin_copy(void *to, const void *from, int bytes) {
  if constexpr (BYTES == 16)
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(shared_address(to)), "l"(from), "r"(bytes) : "memory");
  else
    asm volatile("cp.async.ca.shared.global [%0], [%1], %2, %3;" ::"r"(shared_address(to)), "l"(from), "n"(BYTES), "r"(bytes) : "memory");
}
__device__ __forceinline__ void end_group() { asm volatile("cp.async.commit_group;" ::: "memory"); }
template <int LEFT> __device__ __forceinline__ void wait_for_groups() {
  asm volatile("cp.async.wait_group %0;" ::"n"(LEFT) : "memory");
}
#endif
// N elements, zeros from `count` on. What is not at a multiple of their size is copied at once, element by element.
template <int N, class T> __device__ __forceinline__ void
copy_async(T *shared, long long at, const T *memory, long long index, long long count) {
  T *to = shared + at;
  const int here = count < 0 ? 0 : count < N ? (int)count : N;
  const T *place = here ? memory + index : (const T *)((unsigned long long)memory & ~15ULL);
  if (here && !REACHABLE(place, sizeof(T) * here)) return;
  if (!REACHABLE(to, sizeof(T) * N)) return;
  ALIGNED(to, sizeof(T) * N);
  if (aligned<T, N>(place)) {
    begin_copy<sizeof(T) * N>(to, place, (int)sizeof(T) * here);
    return;
  }
  WRITTEN(to, sizeof(T) * N);
#pragma unroll
  for (int k = 0; k < N; k++) to[k] = k < here ? place[k] : T();
}

// -- products of matrices by a warp (PTX ISA, mma.m16n8k16, mma.m16n8k8 and ldmatrix) ------------------------------

#ifndef TENSORSMITH_HOST
#define MULTIPLY(name, kind)                                                                                          \
  __device__ __forceinline__ Pack<float, 4> name(Pack<unsigned short, 8> a, Pack<unsigned short, 4> b,                \
                                                 Pack<float, 4> c) {                                                  \
    const unsigned a0 = pair(a, 0), a1 = pair(a, 2), a2 = pair(a, 4), a3 = pair(a, 6), b0 = pair(b, 0), b1 = pair(b, 2); \
    asm("mma.sync.aligned.m16n8k16.row.col.f32." kind "." kind ".f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, "  \
        "{%0, %1, %2, %3};"                                                                                           \
        : "+f"(c.lanes[0]), "+f"(c.lanes[1]), "+f"(c.lanes[2]), "+f"(c.lanes[3])                                      \
        : "r"(a0), "r"(a1), "r"(a2), "r"(a3), "r"(b0), "r"(b1));                                                      \
    return c;                                                                                                         \
  }
template <int N> __device__ __forceinline__ unsigned pair(Pack<unsigned short, N> pack, int first) {
  return (unsigned)pack.lanes[first] | (unsigned)pack.lanes[first + 1] << 16;
}
MULTIPLY(multiply_f16, "f16")
MULTIPLY(multiply_bf16, "bf16")
__device__ __forceinline__ Pack<float, 4> multiply_f32(Pack<float, 4> a, Pack<float, 2> b, Pack<float, 4> c) {
  asm("mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
      : "+f"(c.lanes[0]), "+f"(c.lanes[1]), "+f"(c.lanes[2]), "+f"(c.lanes[3])
      : "r"(same_bits<unsigned>(a.lanes[0])), "r"(same_bits<unsigned>(a.lanes[1])), "r"(same_bits<unsigned>(a.lanes[2])),
        "r"(same_bits<unsigned>(a.lanes[3])), "r"(same_bits<unsigned>(b.lanes[0])), "r"(same_bits<unsigned>(b.lanes[1])));
  return c;
}
__device__ __forceinline__ float round_tf32(float x) {
  unsigned rounded;
  asm("cvt.rna.tf32.f32 %0, %1;" : "=r"(rounded) : "f"(x));
  return same_bits<float>(rounded);
}
struct alignas(16) Words { unsigned lanes[4]; };
template <bool TRANSPOSE> __device__ __forceinline__ Words load_words(const void *place) {
  Words w;
  if constexpr (TRANSPOSE)
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(w.lanes[0]), "=r"(w.lanes[1]), "=r"(w.lanes[2]), "=r"(w.lanes[3]) : "r"(shared_address(place)) : "memory");
  else
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(w.lanes[0]), "=r"(w.lanes[1]), "=r"(w.lanes[2]), "=r"(w.lanes[3]) : "r"(shared_address(place)) : "memory");
  return w;
}
#else
struct alignas(16) Words { unsigned lanes[4]; };
template <bool TRANSPOSE> Words load_words(const void *place) {
  Words w;
  simt::load_matrices(place, w.lanes, TRANSPOSE);
  return w;
}
inline Pack<float, 4> multiply_f16(Pack<unsigned short, 8> a, Pack<unsigned short, 4> b, Pack<float, 4> c) {
  return simt::multiply(from_f16, a, b, c);
}
inline Pack<float, 4> multiply_bf16(Pack<unsigned short, 8> a, Pack<unsigned short, 4> b, Pack<float, 4> c) {
  return simt::multiply(from_bf16, a, b, c);
}
inline Pack<float, 4> multiply_f32(Pack<float, 4> a, Pack<float, 2> b, Pack<float, 4> c) {
  return simt::multiply_narrow(a, b, c);
}
inline float round_tf32(float x) { return x != x || is_infinite(x) ? x : same_bits<float>((same_bits<unsigned>(x) + 0x1000u) & ~0x1fffu); }
#endif
template <bool TRANSPOSE> __device__ __forceinline__ Pack<unsigned short, 8>
load_matrices(const unsigned short *memory, long long index) {
  const Words w = load_words<TRANSPOSE>(memory + index);
  Pack<unsigned short, 8> pack;
#pragma unroll
  for (int k = 0; k < 4; k++) pack.lanes[2 * k] = (unsigned short)w.lanes[k], pack.lanes[2 * k + 1] = (unsigned short)(w.lanes[k] >> 16);
  return pack;
}
template <bool TRANSPOSE> __device__ __forceinline__ Pack<float, 4> load_matrices(const float *memory, long long index) {
  const Words w = load_words<TRANSPOSE>(memory + index);
  return {{same_bits<float>(w.lanes[0]), same_bits<float>(w.lanes[1]), same_bits<float>(w.lanes[2]), same_bits<float>(w.lanes[3])}};
}

// -- random numbers -----------------------------------------------------------------------------------------------

// Philox 4x32-10 (Salmon, Moraes, Dror and Shaw 2011): words 0 and 1, or 2 and 3, of a draw.
__device__ __forceinline__ long long philox(long long seed, long long counter, bool high) {
  unsigned c0 = (unsigned)counter, c1 = (unsigned)(counter >> 32), c2 = 0, c3 = 0;
  unsigned k0 = (unsigned)seed, k1 = (unsigned)(seed >> 32);
#pragma unroll
  for (int turn = 0; turn < 10; turn++) {
    const unsigned long long first = (unsigned long long)c0 * 0xd2511f53u, second = (unsigned long long)c2 * 0xcd9e8d57u;
    c0 = (unsigned)(second >> 32) ^ c1 ^ k0, c1 = (unsigned)second;
    c2 = (unsigned)(first >> 32) ^ c3 ^ k1, c3 = (unsigned)first;
    k0 += 0x9e3779b9u, k1 += 0xbb67ae85u;
  }
  return high ? (long long)((unsigned long long)c3 << 32 | c2) : (long long)((unsigned long long)c1 << 32 | c0);
}

