#include "coordinator/contest.h"
#include "engine/metrics.h"
#include "proto/result.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct walk { /* over one result's cells */
    struct result_reader reader;
    struct result_cell cell;
    const uint8_t *bytes; /* of the cell */
    size_t length;
};

static void walk_start(struct walk *walk, const struct job *job, const struct journal_row *row)
{
    uint64_t first;
    uint32_t count;
    job_tile_span(job, row->tile, &first, &count);
    result_reader_init(&walk->reader, job, N_METRICS, count, row->bytes, row->length);
}

static enum err walk_next(struct walk *walk)
{
    walk->bytes = walk->reader.at;
    enum err err = result_next(&walk->reader, &walk->cell);
    walk->length = (size_t)(walk->reader.at - walk->bytes);
    return err;
}

static bool is_given_up(const struct walk *walk)
{
    return walk->cell.status == STATUS_CRASHED || walk->cell.status == STATUS_TIMEOUT ||
           walk->cell.status == STATUS_DISPUTED;
}

static bool same_bits(const struct walk *a, const struct walk *b)
{
    return a->length == b->length && memcmp(a->bytes, b->bytes, a->length) == 0;
}

bool contest_equal(const struct job *job, const struct journal_row *first,
                   const struct journal_row *second)
{
    struct walk a, b;
    if (first->length == second->length && memcmp(first->bytes, second->bytes, first->length) == 0)
        return true;
    walk_start(&a, job, first);
    walk_start(&b, job, second);
    for (;;) {
        enum err err = walk_next(&a);
        if (walk_next(&b) != err)
            return false;
        if (err)
            return err == ERR_EMPTY;
        if (!is_given_up(&a) && !same_bits(&a, &b))
            return false;
    }
}

static void put_disputed(const struct journal_row *first, const struct journal_row *second,
                         const struct journal_row *third, struct contest_outcome *out)
{
    char reason[RESULT_REASON_MAX];
    if (third)
        snprintf(reason, sizeof reason, "%.40s, %.40s and %.40s gave three different results",
                 first->worker, second->worker, third->worker);
    else
        snprintf(reason, sizeof reason,
                 "%.40s and %.40s gave different results, no third worker came", first->worker,
                 second->worker);
    result_put_status(&out->bytes, STATUS_DISPUTED, reason);
    out->n_disputed++;
}

/* The cell of the two (or three) that counts; NULL: none does. */
static const struct walk *decide_cell(const struct walk *a, const struct walk *b,
                                      const struct walk *c)
{
    if (is_given_up(a))
        return c ? c : b;
    if (same_bits(a, b) || (c && same_bits(a, c)))
        return a;
    return c && same_bits(b, c) ? b : NULL;
}

static enum err decide(const struct job *job, const struct journal_row *first,
                       const struct journal_row *second, const struct journal_row *third,
                       struct contest_outcome *out)
{
    struct walk a, b, c;
    walk_start(&a, job, first);
    walk_start(&b, job, second);
    if (third)
        walk_start(&c, job, third);
    for (;;) {
        enum err err = walk_next(&a);
        if (walk_next(&b) != err || (third && walk_next(&c) != err))
            return ERR_CORRUPT;
        if (err)
            return err == ERR_EMPTY ? OK : ERR_CORRUPT;
        const struct walk *winner = decide_cell(&a, &b, third ? &c : NULL);
        if (winner)
            codec_bytes(&out->bytes, winner->bytes, winner->length);
        else
            put_disputed(first, second, third, out);
        out->third_differs |= third && (!winner || !same_bits(winner, &c));
        enum status status = winner ? winner->cell.status : STATUS_DISPUTED;
        out->row.n_excluded += status == STATUS_EXCLUDED;
        out->row.n_failed += status != STATUS_EXCLUDED && status != STATUS_OK;
    }
}

enum err contest_decide(const struct job *job, const struct journal_row *first,
                        const struct journal_row *second, const struct journal_row *third,
                        struct contest_outcome *out)
{
    *out = (struct contest_outcome){.row = {.tile = first->tile}};
    enum err err = decide(job, first, second, third, out);
    if (!err && out->bytes.failed)
        err = ERR_NOMEM;
    if (err)
        return err;
    out->row.bytes = out->bytes.bytes;
    out->row.length = out->bytes.length;
    const struct journal_row *of = contest_equal(job, first, &out->row)    ? first
                                   : contest_equal(job, second, &out->row) ? second
                                   : third                                 ? third
                                                                           : second;
    out->row.epoch = (third ? third : second)->epoch;
    out->row.compute_us = of->compute_us;
    memcpy(out->row.worker, of->worker, sizeof of->worker);
    return OK;
}

void contest_outcome_free(struct contest_outcome *outcome)
{
    free(outcome->bytes.bytes);
    *outcome = (struct contest_outcome){0};
}
