#include "engine/fast/kernels.h"

#if defined(__x86_64__)
static bool cpu_has_avx512(void)
{
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512vl");
}

const struct fast_kernel *kernel_find(enum plateau_vector level)
{
    __builtin_cpu_init();
    bool avx2 = __builtin_cpu_supports("avx2") != 0, avx512 = cpu_has_avx512();
    switch (level) {
    case PLATEAU_VECTOR_AUTO:
        return avx512 ? &KERNEL_AVX512 : avx2 ? &KERNEL_AVX2 : &KERNEL_BASE;
    case PLATEAU_VECTOR_BASE:
        return &KERNEL_BASE;
    case PLATEAU_VECTOR_AVX2:
        return avx2 ? &KERNEL_AVX2 : NULL;
    case PLATEAU_VECTOR_AVX512:
        return avx512 ? &KERNEL_AVX512 : NULL;
    }
    return NULL;
}
#else
/* Two lanes are the base instruction set: arm64 always has them. */
const struct fast_kernel *kernel_find(enum plateau_vector level)
{
    return level == PLATEAU_VECTOR_AUTO || level == PLATEAU_VECTOR_BASE ? &KERNEL_BASE : NULL;
}
#endif
