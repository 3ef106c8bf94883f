// Products of matrices by the 128 threads of a warp group, which the tensor cores of sm_90a read from shared memory.
//
// Sources are sections of the PTX ISA, chapter "Asynchronous Warpgroup Level Matrix Multiply-Accumulate
// Instructions": "Matrix Descriptor Format", "Strides" and "Canonical Layouts" (what a descriptor says, and where
// elements lie), "Register Fragments" (which thread has which sums), "Async Proxy" (why copies are shown),
// wgmma.mma_async, wgmma.fence, wgmma.commit_group, wgmma.wait_group.

// Where a factor lies. Bits 0 to 13, 16 to 29 and 32 to 45 are the start, the leading and the stride offset in units
// of 16 bytes; bits 49 to 51 are 0 where patterns begin at multiples of 1024 bytes; bits 62 and 63 are 1 for packs of
// 16 bytes that are turned in lines of 128 bytes. Eight lines after each other are a pattern: the stride offset is
// from one to the next, along the rows of a factor whose lines lie along the depth, along the depth of one whose
// lines lie along 64 rows. The leading offset is from 64 such rows to the next 64; the former have none (1 is assumed).
template <bool TURNED, int PANEL> __device__ __forceinline__ unsigned long long describe_matrix(const void *place) {
  const unsigned long long leading = TURNED ? PANEL >> 4 : 1, stride = 1024 >> 4;
  return (unsigned long long)((shared_address(place) & 0x3ffff) >> 4) | leading << 16 | stride << 32 | 1ULL << 62;
}

#ifndef TENSORSMITH_HOST
// Registers of sums stand in every statement, so that the compiler moves none of them while products are under way.
#define SUMS_8(s, k) \
  "+f"(s[k]), "+f"(s[k + 1]), "+f"(s[k + 2]), "+f"(s[k + 3]), "+f"(s[k + 4]), "+f"(s[k + 5]), "+f"(s[k + 6]), "+f"(s[k + 7])
#define SUMS_32(s, k) SUMS_8(s, k), SUMS_8(s, k + 8), SUMS_8(s, k + 16), SUMS_8(s, k + 24)
#define SUMS_64(s) SUMS_32(s, 0), SUMS_32(s, 32)
#define SUMS_128(s) SUMS_64(s), SUMS_32(s, 64), SUMS_32(s, 96)
#define NAMES_64 \
  "%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, " \
  "%16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31, " \
  "%32, %33, %34, %35, %36, %37, %38, %39, %40, %41, %42, %43, %44, %45, %46, %47, " \
  "%48, %49, %50, %51, %52, %53, %54, %55, %56, %57, %58, %59, %60, %61, %62, %63"
#define NAMES_128 NAMES_64 ", " \
  "%64, %65, %66, %67, %68, %69, %70, %71, %72, %73, %74, %75, %76, %77, %78, %79, " \
  "%80, %81, %82, %83, %84, %85, %86, %87, %88, %89, %90, %91, %92, %93, %94, %95, " \
  "%96, %97, %98, %99, %100, %101, %102, %103, %104, %105, %106, %107, %108, %109, %110, %111, " \
  "%112, %113, %114, %115, %116, %117, %118, %119, %120, %121, %122, %123, %124, %125, %126, %127"

// wgmma.fence: what was done to registers before comes before products that follow.
template <int COUNT> __device__ __forceinline__ void settle_sums(float *sums) {
  if constexpr (COUNT == 64) asm volatile("wgmma.fence.sync.aligned;" : SUMS_64(sums)::"memory");
  else asm volatile("wgmma.fence.sync.aligned;" : SUMS_128(sums)::"memory");
}
// The same between products, where nothing was done to them.
__device__ __forceinline__ void begin_products() { asm volatile("wgmma.fence.sync.aligned;" ::: "memory"); }
__device__ __forceinline__ void end_products() { asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory"); }
template <int LEFT, int COUNT> __device__ __forceinline__ void wait_for_products(float *sums) {
  if constexpr (LEFT) asm volatile("wgmma.wait_group.sync.aligned %0;" ::"n"(LEFT) : "memory");
  else if constexpr (COUNT == 64) asm volatile("wgmma.wait_group.sync.aligned %64;" : SUMS_64(sums) : "n"(LEFT) : "memory");
  else asm volatile("wgmma.wait_group.sync.aligned %128;" : SUMS_128(sums) : "n"(LEFT) : "memory");
}
// What this thread has stored, and copied with cp.async, is of the generic proxy; products read by the async proxy.
__device__ __forceinline__ void show_copies() { asm volatile("fence.proxy.async.shared::cta;" ::: "memory"); }

// Operands: sums; descriptors of both factors; 1 to add to the sums; factors as they are, not negated; transposed or not.
#define MULTIPLY_GROUP_IN(columns, kind, names, sums_of, a, b, yes, left, right)                                      \
  asm volatile("{ .reg .pred add; setp.ne.b32 add, %" yes ", 0; wgmma.mma_async.sync.aligned.m64n" columns            \
               "k16.f32." kind "." kind " {" names "}, %" a ", %" b ", add, 1, 1, %" left ", %" right "; }"           \
               : sums_of(sums)                                                                                        \
               : "l"(first), "l"(second), "r"(1), "n"(TURNED_LEFT), "n"(TURNED_RIGHT)                                 \
               : "memory")
#define MULTIPLY_GROUP(name, kind)                                                                                    \
  template <int COLUMNS, bool TURNED_LEFT, bool TURNED_RIGHT, int PANEL>                                              \
  __device__ __forceinline__ void name(float *sums, const unsigned short *left, const unsigned short *right) {        \
    const unsigned long long first = describe_matrix<TURNED_LEFT, PANEL>(left);                                       \
    const unsigned long long second = describe_matrix<TURNED_RIGHT, PANEL>(right);                                    \
    if constexpr (COLUMNS == 128)                                                                                     \
      MULTIPLY_GROUP_IN("128", kind, NAMES_64, SUMS_64, "64", "65", "66", "67", "68");                                \
    else                                                                                                              \
      MULTIPLY_GROUP_IN("256", kind, NAMES_128, SUMS_128, "128", "129", "130", "131", "132");                         \
  }
#else
template <int COUNT> void settle_sums(float *sums) { simt::settle_sums(sums, COUNT); }
inline void begin_products() {}
inline void end_products() { simt::end_products(); }
template <int LEFT, int COUNT> void wait_for_products(float *) { simt::wait_for_products(LEFT); }
inline void show_copies() { simt::show_copies(); }
#define MULTIPLY_GROUP(name, kind)                                                                                    \
  template <int COLUMNS, bool TURNED_LEFT, bool TURNED_RIGHT, int PANEL>                                              \
  void name(float *sums, const unsigned short *left, const unsigned short *right) {                                   \
    const unsigned long long first = describe_matrix<TURNED_LEFT, PANEL>(left);                                       \
    const unsigned long long second = describe_matrix<TURNED_RIGHT, PANEL>(right);                                    \
    simt::multiply_group<COLUMNS>(from_##name, sums, first, second, TURNED_LEFT, TURNED_RIGHT);                       \
  }
inline float from_multiply_group_f16(unsigned short x) { return from_f16(x); }
inline float from_multiply_group_bf16(unsigned short x) { return from_bf16(x); }
#endif
MULTIPLY_GROUP(multiply_group_f16, "f16")
MULTIPLY_GROUP(multiply_group_bf16, "bf16")
