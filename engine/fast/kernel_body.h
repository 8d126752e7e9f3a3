/* kernel_body - everything vectorised, compiled once for each vector level: a kernel_*.c sets
 * VECTOR_LANES and KERNEL_NAME, KERNEL_TABLE and includes this. */
#include "engine/fast/loop.h"
#include "engine/fast/screen.h"
#include "engine/fast/windows.h"

const struct fast_kernel KERNEL_TABLE = {
    .name = KERNEL_NAME,
    .window_mean = window_mean,
    .window_max = window_max,
    .window_moments = window_moments,
    .screen = screen,
    .rank2 = rank2,
    .run = run_batch,
};
