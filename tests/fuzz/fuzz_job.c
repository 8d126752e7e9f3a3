/* Any bytes as a job: refused with a line, or encoded again to the same bytes, its sweep in order.
 */
#include "proto/job.h"
#include "tests/fuzz/fuzz.h"
#include <assert.h>

static void check_sweep(const struct sweep *s)
{
    uint32_t levels[SWEEP_AXES_MAX];
    uint64_t n = sweep_n_points(s);
    const uint64_t points[] = {0, n / 3, n - 1};
    for (size_t i = 0; i < sizeof points / sizeof points[0]; i++) {
        sweep_levels(s, points[i], levels);
        for (uint32_t a = 0; a < sweep_n_axes(s); a++)
            assert(levels[a] < sweep_axis(s, a)->n_levels);
        assert(sweep_point_of_ordinal(s, sweep_ordinal_of_point(s, points[i])) == points[i]);
        sweep_excluded(s, points[i]);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct job job;
    struct err_note note = {""};
    uint8_t *bytes = fuzz_copy(data, size), *again;
    size_t n;
    enum err err = job_decode(&job, bytes, size, &note);
    if (err == OK) {
        assert(job_encode(&job, &again, &n) == OK);
        assert(n == size && !memcmp(again, bytes, size));
        check_sweep(job.sweep);
        free(again);
        job_free(&job);
    }
    free(bytes);
    return 0;
}
