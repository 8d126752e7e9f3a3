#include "coordinator/dispute.h"
#include "coordinator/export.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct hearing {
    const struct job *job;
    const struct results_cell *counts;
    struct dispute *out;
    struct results_cell *cells; /* [DISPUTE_SAID_MAX] of out->said */
    struct err_note *note;
};

static bool same_cell(const struct results_cell *a, const struct results_cell *b)
{
    return a->status == b->status && memcmp(a->flags, b->flags, sizeof a->flags) == 0 &&
           memcmp(a->metrics, b->metrics, sizeof a->metrics) == 0 &&
           memcmp(a->sum, b->sum, sizeof a->sum) == 0 &&
           memcmp(a->sumsq, b->sumsq, sizeof a->sumsq) == 0 &&
           memcmp(a->fold_sum, b->fold_sum, sizeof a->fold_sum) == 0 &&
           memcmp(a->fold_sumsq, b->fold_sumsq, sizeof a->fold_sumsq) == 0;
}

static void add(struct hearing *h, const struct results_cell *cell)
{
    struct dispute *out = h->out;
    out->n_said++;
    if (out->n == DISPUTE_SAID_MAX)
        return;
    struct dispute_said *said = &out->said[out->n];
    h->cells[out->n++] = *cell;
    *said = (struct dispute_said){.status = cell->status, .counts = same_cell(cell, h->counts)};
    snprintf(said->worker, sizeof said->worker, "%s", cell->worker);
}

static enum err hear(void *ctx, const struct journal_row *row)
{
    struct hearing *h = ctx;
    struct results_cell *cell = malloc(sizeof *cell);
    enum err err =
        cell ? results_cell_of(h->job, row, h->counts->point, h->counts->scenario, cell, h->note)
             : ERR_NOMEM;
    if (!err)
        add(h, cell);
    free(cell);
    return err;
}

/* The first metric in which some computed cell differs from the first computed one. */
static void tell_apart(struct hearing *h)
{
    struct dispute *out = h->out;
    uint32_t at = 0;
    out->metric = DISPUTE_ANY;
    while (at < out->n && out->said[at].status != STATUS_OK)
        at++;
    const struct results_cell *first = &h->cells[at];
    for (uint32_t i = at; i < out->n && out->metric == DISPUTE_ANY; i++) {
        if (out->said[i].status != STATUS_OK)
            continue;
        for (uint32_t k = 0; k < job_n_open_periods(h->job) * N_METRICS; k++) {
            uint32_t p = k / N_METRICS, m = k % N_METRICS;
            if (memcmp(&first->metrics[p][m], &h->cells[i].metrics[p][m], sizeof(double)) != 0) {
                out->period = p;
                out->metric = m;
                break;
            }
        }
    }
    for (uint32_t i = 0; i < out->n && out->metric != DISPUTE_ANY; i++)
        out->said[i].value = h->cells[i].metrics[out->period][out->metric];
}

enum err dispute_of_cell(const struct run_dir *run, const struct results_cell *cell,
                         struct dispute *out, struct err_note *note)
{
    struct hearing h = {.job = &run->job, .counts = cell, .out = out, .note = note};
    struct export_journal journal;
    *out = (struct dispute){.metric = DISPUTE_ANY};
    enum err err = export_open(&journal, run, true, note);
    if (err)
        return err;
    h.cells = malloc(DISPUTE_SAID_MAX * sizeof *h.cells);
    if (!h.cells)
        err = ERR_NOMEM;
    /* A cell nobody's result of which counts is the coordinator's word, not a worker's. */
    if (!err && cell->attempts && cell->status != STATUS_DISPUTED)
        add(&h, cell);
    if (!err)
        err = journal_each_said(journal.journal, cell->tile, hear, &h, note);
    if (!err)
        err = journal_verdict(journal.journal, cell->tile, out->verdict, sizeof out->verdict, note);
    if (!err && out->n_said <= (cell->attempts && cell->status != STATUS_DISPUTED))
        *out = (struct dispute){.metric = DISPUTE_ANY}; /* nobody else said anything */
    if (!err)
        tell_apart(&h);
    free(h.cells);
    export_close(&journal);
    return err;
}
