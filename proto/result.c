#include "proto/result.h"
#include "proto/codec.h"
#include <assert.h>
#include <string.h>

const char *const STATUS_NAME[N_STATUSES] = {
#define X(id, name) name,
    STATUS_TABLE(X)
#undef X
};

static bool has_reason(enum status status)
{
    return status == STATUS_FAILED || status == STATUS_CRASHED || status == STATUS_TIMEOUT ||
           status == STATUS_DISPUTED;
}

static size_t period_bytes(uint32_t n_metrics)
{
    return 2 + 8 * (size_t)n_metrics;
}

static double load_f64(const uint8_t *at)
{
    struct codec_reader r;
    codec_reader_init(&r, at, 8);
    return codec_read_f64(&r);
}

double result_metric(const struct result_cell *cell, uint32_t n_metrics, uint32_t period,
                     uint32_t metric)
{
    return load_f64(cell->periods + period * period_bytes(n_metrics) + 2 + 8 * (size_t)metric);
}

uint16_t result_flags(const struct result_cell *cell, uint32_t n_metrics, uint32_t period)
{
    const uint8_t *at = cell->periods + period * period_bytes(n_metrics);
    return (uint16_t)(at[0] | at[1] << 8);
}

static void put_sums(struct codec_writer *w, uint32_t n, const double *sum, const double *sumsq)
{
    for (uint32_t i = 0; i < n; i++)
        codec_f64(w, sum[i]);
    for (uint32_t i = 0; i < n; i++)
        codec_f64(w, sumsq[i]);
}

void result_put_ok(struct codec_writer *w, uint32_t n_periods, const uint16_t *flags,
                   uint32_t n_metrics, const double *metrics, uint32_t n_blocks, const double *sum,
                   const double *sumsq)
{
    codec_u8(w, STATUS_OK);
    for (uint32_t p = 0; p < n_periods; p++) {
        codec_u16(w, flags[p]);
        for (uint32_t m = 0; m < n_metrics; m++)
            codec_f64(w, metrics[(size_t)p * n_metrics + m]);
    }
    if (sum)
        put_sums(w, n_blocks, sum, sumsq);
}

void result_put_segments(struct codec_writer *w, uint32_t n_segments, const double *sum,
                         const double *sumsq)
{
    put_sums(w, n_segments, sum, sumsq);
}

void result_put_status(struct codec_writer *w, enum status status, const char *reason)
{
    assert(status != STATUS_OK && status < N_STATUSES);
    codec_u8(w, (uint8_t)status);
    if (!has_reason(status))
        return;
    size_t length = reason ? strnlen(reason, RESULT_REASON_MAX) : 0;
    codec_u16(w, (uint16_t)length);
    codec_bytes(w, reason, length);
}

/* n_sums: block sums and fold sums of a baseline cell, 0 of any other. */
static size_t cell_bytes(const struct job *job, uint32_t n_metrics, size_t n_sums)
{
    if (job->null_row_bytes)
        return job->null_row_bytes;
    return 1 + job_n_open_periods(job) * period_bytes(n_metrics) + 16 * n_sums;
}

size_t result_tile_bound(const struct job *job, uint32_t n_metrics, uint32_t count)
{
    size_t with_reason = 3 + RESULT_REASON_MAX, point = 0;
    size_t n_sums = (size_t)job->n_blocks + job_n_segments(job);
    for (uint32_t s = 0; s < job->n_scenarios; s++) {
        size_t bytes = cell_bytes(job, n_metrics, s == 0 && job_has_baseline(job) ? n_sums : 0);
        point += bytes > with_reason ? bytes : with_reason;
    }
    return point * count;
}

void result_reader_init(struct result_reader *reader, const struct job *job, uint32_t n_metrics,
                        uint32_t count, const uint8_t *bytes, size_t length)
{
    *reader = (struct result_reader){
        .at = bytes,
        .end = bytes + length,
        .job = job,
        .n_metrics = n_metrics,
        .n_segments = job_n_segments(job),
        .cells_left = count * job->n_scenarios,
    };
}

/* The bits are compared, so that two machines cannot disagree about a NaN. */
static bool canonical(const uint8_t *at, size_t n_doubles)
{
    bool good = true;
    for (size_t i = 0; i < n_doubles; i++) {
        uint64_t bits = 0;
        for (unsigned b = 0; b < 8; b++)
            bits |= (uint64_t)at[8 * i + b] << (8 * b);
        bool is_nan = (bits & 0x7fffffffffffffffULL) > 0x7ff0000000000000ULL;
        good &= !is_nan | (bits == 0x7ff8000000000000ULL);
    }
    return good;
}

static enum err read_ok(struct result_reader *reader, struct result_cell *cell, bool baseline)
{
    const struct job *job = reader->job;
    uint32_t n_periods = job_n_open_periods(job);
    size_t n_sums = (size_t)job->n_blocks + reader->n_segments;
    size_t bytes = cell_bytes(job, reader->n_metrics, baseline ? n_sums : 0) - 1;
    if ((size_t)(reader->end - reader->at) < bytes)
        return ERR_FORMAT;
    cell->periods = reader->at;
    reader->at += bytes;
    if (job->null_row_bytes)
        return OK;
    for (uint32_t p = 0; p < n_periods; p++)
        if (!canonical(cell->periods + p * period_bytes(reader->n_metrics) + 2, reader->n_metrics))
            return ERR_FORMAT;
    if (baseline) {
        cell->blocks = cell->periods + n_periods * period_bytes(reader->n_metrics);
        if (!canonical(cell->blocks, 2 * n_sums))
            return ERR_FORMAT;
        if (reader->n_segments)
            cell->segments = cell->blocks + 16 * (size_t)job->n_blocks;
    }
    return OK;
}

static enum err read_reason(struct result_reader *reader, struct result_cell *cell)
{
    struct codec_reader r;
    codec_reader_init(&r, reader->at, (size_t)(reader->end - reader->at));
    cell->reason_length = codec_read_u16(&r);
    if (cell->reason_length > RESULT_REASON_MAX)
        return ERR_FORMAT;
    cell->reason = (const char *)codec_read_bytes(&r, cell->reason_length);
    if (r.failed)
        return ERR_FORMAT;
    reader->at = r.at;
    return OK;
}

enum err result_next(struct result_reader *reader, struct result_cell *cell)
{
    if (reader->cells_left == 0)
        return reader->at == reader->end ? ERR_EMPTY : ERR_FORMAT;
    if (reader->at == reader->end || *reader->at >= N_STATUSES)
        return ERR_FORMAT;
    struct result_cell c = {.status = (enum status) * reader->at++};
    bool baseline = reader->scenario == 0 && job_has_baseline(reader->job);
    enum err err = c.status == STATUS_OK  ? read_ok(reader, &c, baseline)
                   : has_reason(c.status) ? read_reason(reader, &c)
                                          : OK;
    if (err)
        return err;
    reader->cells_left--;
    reader->scenario = reader->scenario + 1 < reader->job->n_scenarios ? reader->scenario + 1 : 0;
    *cell = c;
    return OK;
}
