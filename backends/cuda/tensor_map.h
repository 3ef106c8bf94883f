// Boxes of tensors copied to shared memory by the tensor memory accelerator, and barriers that count what arrived
// (sm_90 and later).
//
// Sources are sections of the PTX ISA: "Tensors" (boxes, what lies outside is zero, swizzling modes), "cp.async.bulk.tensor",
// "mbarrier" (phases, pending and expected arrivals, the tx-count), mbarrier.init, mbarrier.arrive (.expect_tx),
// mbarrier.try_wait (.parity); CUDA's driver API, "Tensor Map Object Management" (the map is 128 bytes at a multiple of 64).

struct alignas(64) TensorMap { unsigned long long words[16]; };

#ifndef TENSORSMITH_HOST
__device__ __forceinline__ void make_barrier(long long *barrier, int count) {
  asm volatile("mbarrier.init.shared::cta.b64 [%0], %1;" ::"r"(shared_address(barrier)), "r"(count) : "memory");
}
// Copies are of the async proxy, and find barriers that the generic proxy has made only after a fence.
__device__ __forceinline__ void show_barriers() {
  asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory");
  asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
}
__device__ __forceinline__ void expect_bytes(long long *barrier, int bytes) {
  asm volatile("mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;" ::"r"(shared_address(barrier)), "r"(bytes) : "memory");
}
// Branches of these two are in the statement: the compiler serializes products that are under way where it sees one.
__device__ __forceinline__ void arrive(long long *barrier, bool condition) {
  asm volatile("{ .reg .pred here; setp.ne.b32 here, %1, 0; @here mbarrier.arrive.shared::cta.b64 _, [%0]; }"
               ::"r"(shared_address(barrier)), "r"((int)condition) : "memory");
}
__device__ __forceinline__ void wait_for_phase(long long *barrier, unsigned parity) {
  asm volatile("{ .reg .pred over; AGAIN: mbarrier.try_wait.parity.shared::cta.b64 over, [%0], %1; @!over bra AGAIN; }"
               ::"r"(shared_address(barrier)), "r"(parity) : "memory");
}
__device__ __forceinline__ void copy_box(void *to, const TensorMap &map, long long *barrier, int c, int d) {
  asm volatile("cp.async.bulk.tensor.2d.shared::cluster.global.mbarrier::complete_tx::bytes [%0], [%1, {%3, %4}], [%2];"
               ::"r"(shared_address(to)), "l"(&map), "r"(shared_address(barrier)), "r"(c), "r"(d) : "memory");
}
__device__ __forceinline__ void copy_box(void *to, const TensorMap &map, long long *barrier, int c, int d, int e) {
  asm volatile("cp.async.bulk.tensor.3d.shared::cluster.global.mbarrier::complete_tx::bytes [%0], [%1, {%3, %4, %5}], [%2];"
               ::"r"(shared_address(to)), "l"(&map), "r"(shared_address(barrier)), "r"(c), "r"(d), "r"(e) : "memory");
}
#else
inline void make_barrier(long long *barrier, int count) { simt::make_barrier(barrier, count); }
inline void show_barriers() { simt::show_barriers(); }
inline void expect_bytes(long long *barrier, int bytes) { simt::arrive(barrier, bytes); }
inline void arrive(long long *barrier, bool condition) { if (condition) simt::arrive(barrier, 0); }
inline void wait_for_phase(long long *barrier, unsigned parity) { simt::wait_for_phase(barrier, parity); }
inline void copy_box(void *to, const TensorMap &map, long long *barrier, int c, int d, int e = 0) {
  simt::copy_box(to, map.words, barrier, c, d, e);
}
#endif
