/* The base instruction set of the machine: SSE2 on x86-64, NEON on arm64. */
#define VECTOR_LANES 2
#if defined(__x86_64__)
#define KERNEL_NAME "sse2"
#else
#define KERNEL_NAME "base"
#endif
#define KERNEL_TABLE KERNEL_BASE
#include "engine/fast/kernels.h"
/* after the table's declaration */
#include "engine/fast/kernel_body.h"
