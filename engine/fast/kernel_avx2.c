/* Compiled with -mavx2...: see engine/CMakeLists.txt. Reached only through kernel_find(). */
#if defined(__x86_64__)
#define VECTOR_LANES 4
#define KERNEL_NAME "avx2"
#define KERNEL_TABLE KERNEL_AVX2
#include "engine/fast/kernels.h"
/* after the table's declaration */
#include "engine/fast/kernel_body.h"
#else
typedef int no_avx2_on_this_machine;
#endif
