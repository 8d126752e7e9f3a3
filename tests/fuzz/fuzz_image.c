/* Any bytes as a market image. The content hash is not checked here: image_check alone must make an
 * image safe to read. */
#include "engine/image.h"
#include "tests/fuzz/fuzz.h"
#include <assert.h>

static double sum_of(const double *v, uint64_t n)
{
    double sum = 0;
    for (uint64_t i = 0; i < n; i++)
        sum += v[i];
    return sum;
}

/* Reads all that a view gives, and asserts what it promises. */
static double read_all(const struct image_view *v)
{
    double sum = (double)strlen(v->name);
    for (uint32_t t = 1; t < v->n_sessions; t++)
        assert(v->session_day[t - 1] < v->session_day[t]);
    assert(v->bar_start[0] == 0 && v->bar_start[v->n_symbols] == v->n_bars);
    for (uint32_t s = 0; s < v->n_symbols; s++) {
        sum += (double)strlen(v->symbol_name[s]) + v->first_row[s];
        for (uint32_t i = v->bar_start[s]; i < v->bar_start[s + 1]; i++)
            sum += v->session_day[v->bar_session[i]];
    }
    for (uint32_t i = 0; i < v->n_bench; i++)
        sum += v->session_day[v->bench_session[i]];
    sum += sum_of(v->open, v->n_bars) + sum_of(v->high, v->n_bars) + sum_of(v->low, v->n_bars) +
           sum_of(v->close, v->n_bars) + sum_of(v->volume, v->n_bars);
    return sum + sum_of(v->bench_open, v->n_bench) + sum_of(v->bench_high, v->n_bench) +
           sum_of(v->bench_low, v->n_bench) + sum_of(v->bench_close, v->n_bench) +
           sum_of(v->bench_volume, v->n_bench);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct image_view views[IMAGE_SLEEVES_MAX];
    uint32_t n_sleeves = 0;
    struct err_note note = {""};
    volatile double sum = 0; /* keeps the reads */
    void *bytes = fuzz_copy(data, size);
    enum err e = image_check(bytes, size, views, &n_sleeves, &note);
    assert(e == OK || (note.text[0] && !strchr(note.text, '\n')));
    for (uint32_t i = 0; i < n_sleeves && e == OK; i++)
        sum += read_all(&views[i]);
    free(bytes);
    return 0;
}
