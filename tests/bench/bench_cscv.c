/* bench_cscv - the probability of overfitting of 10^6 configurations: 16 blocks, 12,870 splits, two
 * passes.
 *
 *   bench_cscv [CONFIGS]     default 1,000,000; 50,000 when PLATEAU_BENCH_QUICK is set */
#include "engine/philox.h"
#include "review/statistics/cscv.h"
#include "review/statistics/cscv_tile.h"
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

enum { BLOCKS = 16, MILLION = 1000000, QUICK = 50000, DAYS_A_BLOCK = 78, SAMPLE = 4096 };
#define DAILY_VOL 0.01

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* Block sums of skill-less configurations: a common part and one of each one's own. */
static void fill(double *sum, double *sumsq, size_t n)
{
    const uint32_t key[2] = {1, 2};
    for (size_t k = 0; k < n; k++)
        for (uint32_t b = 0; b < BLOCKS; b++) {
            const uint32_t own[4] = {(uint32_t)k, b, 0, 0}, common[4] = {0, b, 1, 0};
            uint32_t x[4], c[4];
            philox4x32(key, own, x);
            philox4x32(key, common, c);
            double u = philox_unit(x[0]) + philox_unit(x[1]) + philox_unit(c[0]) - 1.5;
            sum[k * BLOCKS + b] = u * 2.0 * DAILY_VOL * 8.8; /* 8.8 = sqrt of the days of a block */
            sumsq[k * BLOCKS + b] =
                DAILY_VOL * DAILY_VOL * DAYS_A_BLOCK * (0.7 + 0.6 * philox_unit(x[2]));
        }
}

int main(int argc, char **argv)
{
    const char *quick = getenv("PLATEAU_BENCH_QUICK");
    size_t n = argc > 1 ? strtoull(argv[1], NULL, 10) : quick && *quick ? QUICK : MILLION;
    double periods[BLOCKS], *sum = malloc(2 * n * BLOCKS * sizeof *sum);
    struct cscv_result r;
    if (!sum || n == 0) {
        fprintf(stderr, "bench_cscv: needs memory and at least one configuration\n");
        return 3;
    }
    for (int b = 0; b < BLOCKS; b++)
        periods[b] = DAYS_A_BLOCK;
    fill(sum, sum + n * BLOCKS, n);
    const struct cscv_input in = {.n_configs = n,
                                  .n_blocks = BLOCKS,
                                  .n_periods = periods,
                                  .sum = sum,
                                  .sumsq = sum + n * BLOCKS,
                                  .periods_per_year = 252.0,
                                  .f_all_max = SAMPLE};
    double start = now_s();
    enum err rc = cscv_run(&in, &r, NULL);
    double took = now_s() - start;
    if (rc != OK) {
        fprintf(stderr, "bench_cscv: %s\n", err_text(rc));
        return 3;
    }
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    fprintf(stderr, "cscv: %zu configurations, pbo %.4f, %s\n", n, r.pbo, cscv_tile_vector_name());
    printf("review.cscv_million_s\t%.2f\ts\n", took * (double)MILLION / (double)n);
    printf("review.cscv_rss_mb\t%.0f\tMB\n", (double)usage.ru_maxrss / 1024.0);
    free(sum);
    return 0;
}
