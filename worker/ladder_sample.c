#include "worker/ladder_sample.h"
#include "engine/metrics.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum err ladder_sample_choose(struct ladder_sample *out, const double *f, uint64_t n_points,
                              uint64_t pick, bool all)
{
    const uint64_t last = n_points ? n_points - 1 : 0;
    const uint64_t stride = all ? 1 : last / LADDER_SAMPLE_MAX + 1;
    struct ladder_sample sample = {.sampled = stride > 1};
    const size_t room = (size_t)(n_points / stride) + 2;
    sample.point = calloc(room, sizeof *sample.point);
    sample.value = calloc(room * LADDER_STEPS, sizeof *sample.value);
    if (!sample.point || !sample.value) {
        ladder_sample_free(&sample);
        return ERR_NOMEM;
    }
    for (uint64_t p = 0; p < n_points; p++)
        if ((p % stride == 0 && !isnan(f[p])) || p == pick)
            sample.point[sample.n++] = p;
    for (size_t i = 0; i < room * LADDER_STEPS; i++)
        sample.value[i] = NAN;
    *out = sample;
    return OK;
}

enum err ladder_sample_compute(struct ladder_sample *sample, const struct job *job,
                               const void *image, size_t length, uint32_t open_period,
                               struct err_note *note)
{
    return ladder_compute(job, image, length, sample->point, sample->n, METRIC_total_return,
                          open_period, 0, sample->value, note);
}

const double *ladder_sample_row(const struct ladder_sample *sample, uint64_t point)
{
    size_t low = 0, high = sample->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (sample->point[middle] < point)
            low = middle + 1;
        else
            high = middle;
    }
    bool found = low < sample->n && sample->point[low] == point;
    return found ? sample->value + low * LADDER_STEPS : NULL;
}

void ladder_sample_free(struct ladder_sample *sample)
{
    free(sample->point);
    free(sample->value);
    memset(sample, 0, sizeof *sample);
}
