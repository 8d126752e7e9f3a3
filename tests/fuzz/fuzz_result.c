/* Any bytes as the cells of a tile (first byte: how many points): walked to their end or refused,
 * never past it. */
#include "proto/result.h"
#include "tests/fuzz/fuzz.h"
#include <assert.h>

enum { METRICS = 3 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct job job = {
        .n_blocks = 2,
        .folds = {.walk = {.train = 3, .test = 2, .step = 2}, .n_days = 7}, /* four segments */
        .n_periods = 2,
        .n_scenarios = 2,
        .periods = {{"train", 1, 2, false}, {"validation", 5, 6, false}},
        .scenarios = {{"baseline", 1, false, 0}, {"bear", 1, false, 1}},
    };
    struct result_reader reader;
    struct result_cell cell;
    enum err err;
    uint32_t n = 0;
    double sum = 0;
    if (size == 0)
        return 0;
    uint8_t *bytes = fuzz_copy(data + 1, size - 1);
    result_reader_init(&reader, &job, METRICS, data[0], bytes, size - 1);
    while ((err = result_next(&reader, &cell)) == OK) {
        n++;
        for (uint32_t p = 0; p < 2 && cell.status == STATUS_OK; p++)
            for (uint32_t m = 0; m < METRICS; m++)
                sum += result_metric(&cell, METRICS, p, m) + result_flags(&cell, METRICS, p);
        for (uint32_t i = 0; cell.segments && i < 64; i++)
            sum += cell.segments[i];
        for (uint32_t i = 0; i < cell.reason_length; i++)
            sum += cell.reason[i];
    }
    assert(err == ERR_FORMAT || (err == ERR_EMPTY && n == 2u * data[0]));
    assert(size - 1 <= result_tile_bound(&job, METRICS, data[0]) || err == ERR_FORMAT);
    free(bytes);
    return sum != sum && sum == 0; /* 0, but the reads stay */
}
