/* kernels - the vector levels of this build, and the best one this CPU runs. */
#ifndef ENGINE_FAST_KERNELS_H
#define ENGINE_FAST_KERNELS_H
#include "engine/fast/fast.h"

extern const struct fast_kernel KERNEL_BASE;
#if defined(__x86_64__)
extern const struct fast_kernel KERNEL_AVX2, KERNEL_AVX512;
#endif
/* NULL: this build or CPU has it not. AUTO is the widest there is. */
const struct fast_kernel *kernel_find(enum plateau_vector level);
#endif
