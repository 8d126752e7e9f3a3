#include "coordinator/failures.h"
#include "engine/metrics.h"
#include <stdio.h>
#include <string.h>

static void count(struct failures *failures, const struct result_cell *cell)
{
    char reason[FAILURES_TEXT];
    snprintf(reason, sizeof reason, "%.*s", (int)cell->reason_length,
             cell->reason ? cell->reason : "");
    for (uint32_t i = 0; i < failures->n; i++)
        if (failures->at[i].status == cell->status && strcmp(failures->at[i].reason, reason) == 0) {
            failures->at[i].n_cells++;
            return;
        }
    if (failures->n == FAILURES_MAX) {
        failures->n_other++;
        return;
    }
    struct failure *f = &failures->at[failures->n++];
    *f = (struct failure){.status = cell->status, .n_cells = 1};
    memcpy(f->reason, reason, sizeof reason);
}

void failures_add(struct failures *failures, const struct job *job, const struct journal_row *row)
{
    struct result_reader reader;
    struct result_cell cell;
    uint64_t first;
    uint32_t n_points;
    if (row->n_failed == 0)
        return;
    job_tile_span(job, row->tile, &first, &n_points);
    result_reader_init(&reader, job, N_METRICS, n_points, row->bytes, row->length);
    while (result_next(&reader, &cell) == OK)
        if (cell.status != STATUS_OK && cell.status != STATUS_EXCLUDED)
            count(failures, &cell);
}
