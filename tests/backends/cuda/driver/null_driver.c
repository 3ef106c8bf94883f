#include <stdint.h>
#include <stdlib.h>
#include <string.h>
static int generic(void) { return 0; }
static int version(int *out) { *out = 13000; return 0; }
static int count(int *out) { *out = 1; return 0; }
static int name(char *out, int n, int device) { strncpy(out, "null device", n); return 0; }
static int attribute(int *out, int which, int device) { *out = which == 75 ? 9 : 0; return 0; }
static int total(size_t *out, int device) { *out = 1 << 30; return 0; }
static int context(void **out, int device) { *out = (void *)0x10; return 0; }
static int info(size_t *free_, size_t *total_) { *free_ = 1 << 29, *total_ = 1 << 30; return 0; }
static int allocate(uint64_t *out, size_t n) { *out = (uint64_t)malloc(n); return *out ? 0 : 2; }
static int give(uint64_t p) { free((void *)p); return 0; }
static int host(void **out, size_t n, unsigned f) { *out = malloc(n); return 0; }
static int host_free(void *p) { free(p); return 0; }
static int htod(uint64_t to, const void *from, size_t n, void *s) { memcpy((void *)to, from, n); return 0; }
static int dtoh(void *to, uint64_t from, size_t n, void *s) { memcpy(to, (void *)from, n); return 0; }
static int dtod(uint64_t to, uint64_t from, size_t n, void *s) { memmove((void *)to, (void *)from, n); return 0; }
static int fill(uint64_t to, unsigned char x, size_t n, void *s) { memset((void *)to, x, n); return 0; }
static int handle(void **out) { *out = (void *)0x20; return 0; }
static int module(void **out, const void *image) { *out = (void *)0x30; return 0; }
static int function(void **out, void *m, const char *n) { *out = (void *)0x40; return strncmp(n, "no", 2) ? 0 : 500; }
unsigned long long launched[6];  // how often, then what was launched last: function, blocks, threads, stream, bytes
static unsigned most_shared = 48 << 10;
static int launch(void *f, unsigned a, unsigned b, unsigned c, unsigned d, unsigned e, unsigned g, unsigned shared,
                  void *stream, void **parameters, void **extra) {
  launched[0]++, launched[1] = (uint64_t)f, launched[2] = a, launched[3] = d, launched[4] = (uint64_t)stream;
  launched[5] = extra ? *(size_t *)extra[3] : 0;
  if (b != 1 || c != 1 || e != 1 || g != 1 || shared > most_shared || parameters || extra[4]) return 1;
  if (extra && extra[0] == (void *)1 && extra[2] == (void *)2 && *(size_t *)extra[3] == 16) {
    uint64_t *words = extra[1];
    if (words[1] == 7) *(uint64_t *)words[0] = a * 1000 + d + shared;
  }
  return a > 100 ? 1 : 0;
}
static int allow(void *function, int attribute, int value) {
  most_shared = value;
  return attribute == 8 && value <= 227 << 10 ? 0 : 1;
}
static int error_name(int code, const char **out) { *out = code == 1 ? "CUDA_ERROR_INVALID_VALUE" : "CUDA_ERROR_NOT_FOUND"; return 0; }
static int error_words(int code, const char **out) { *out = code == 1 ? "invalid argument" : "named symbol not found"; return 0; }
static int elapsed(float *out, void *a, void *b) { *out = 1.5f; return 0; }
static int priorities(int *a, int *b) { *a = 0, *b = -5; return 0; }
static int capturing(void *stream, int *out) { *out = 1; return 0; }
static int graph(void *stream, void **out) { *out = (void *)0x50; return 0; }
static int instantiate(void **out, void *g, uint64_t flags) { *out = (void *)0x60; return 0; }
static int query(void *x) { return 600; }
static int encode(uint64_t *map, int type, unsigned rank, void *place, const uint64_t *dims, const uint64_t *strides, const unsigned *box,
                  const unsigned *steps, int interleave, int swizzle, int promotion, int fill) {
  const uint64_t words[] = {(uint64_t)place, type, rank, dims[0], dims[1], strides[0], box[0], box[1], steps[0], swizzle};
  memcpy(map, words, sizeof words);
  return 0;
}
int cuGetProcAddress_v2(const char *symbol, void **out, int version_, uint64_t flags, int *status);
static int address(const char *symbol, void **out, int version_, uint64_t flags, int *status);
static const struct { const char *name; void *function; } table[] = {
  {"cuDriverGetVersion", version}, {"cuDeviceGetCount", count}, {"cuDeviceGetName", name}, {"cuDeviceGetAttribute", attribute},
  {"cuDeviceTotalMem", total}, {"cuDevicePrimaryCtxRetain", context}, {"cuMemGetInfo", info}, {"cuMemAlloc", allocate},
  {"cuMemFree", give}, {"cuMemHostAlloc", host}, {"cuMemFreeHost", host_free}, {"cuMemcpyHtoDAsync", htod}, {"cuMemcpyDtoHAsync", dtoh},
  {"cuMemcpyDtoDAsync", dtod}, {"cuMemsetD8Async", fill}, {"cuEventCreate", handle}, {"cuStreamCreateWithPriority", handle},
  {"cuModuleLoadData", module}, {"cuModuleGetFunction", function}, {"cuLaunchKernel", launch}, {"cuFuncSetAttribute", allow}, {"cuTensorMapEncodeTiled", encode}, {"cuGetErrorName", error_name},
  {"cuGetErrorString", error_words}, {"cuEventElapsedTime", elapsed}, {"cuCtxGetStreamPriorityRange", priorities}, {"cuEventQuery", query}, {"cuStreamIsCapturing", capturing},
  {"cuStreamEndCapture", graph}, {"cuGraphInstantiate", instantiate}, {"cuGetProcAddress", address}, {"cuGetProcAddress_v2", address},
};
int cuGetProcAddress_v2(const char *symbol, void **out, int version_, uint64_t flags, int *status) {
  *out = generic;
  for (unsigned k = 0; k < sizeof table / sizeof *table; k++)
    if (!strcmp(symbol, table[k].name)) *out = table[k].function;
  if (status) *status = 0;
  return 0;
}
static int address(const char *symbol, void **out, int version_, uint64_t flags, int *status) { return cuGetProcAddress_v2(symbol, out, version_, flags, status); }
int cuGetProcAddress(const char *s, void **o, int v, uint64_t f) { return cuGetProcAddress_v2(s, o, v, f, 0); }
