#include "coordinator/status_count.h"
#include "engine/metrics.h"

enum err status_count_row(const struct job *job, const struct journal_row *row,
                          uint64_t failed_as[N_STATUSES])
{
    struct result_reader reader;
    struct result_cell cell;
    uint64_t first;
    uint32_t count;
    enum err err;
    job_tile_span(job, row->tile, &first, &count);
    result_reader_init(&reader, job, N_METRICS, count, row->bytes, row->length);
    while ((err = result_next(&reader, &cell)) == OK)
        failed_as[cell.status] += cell.status != STATUS_OK && cell.status != STATUS_EXCLUDED;
    return err == ERR_EMPTY ? OK : err;
}

struct counting {
    const struct job *job;
    uint64_t *failed_as;
};

static enum err count(void *ctx, const struct journal_row *row)
{
    const struct counting *counting = ctx;
    return status_count_row(counting->job, row, counting->failed_as);
}

enum err status_count_journal(const struct job *job, struct journal *journal,
                              uint64_t failed_as[N_STATUSES], struct err_note *note)
{
    struct counting counting = {job, failed_as};
    enum err err = journal_each_failed(journal, count, &counting, note);
    return err == ERR_FORMAT
               ? err_set(note, ERR_CORRUPT, "the journal holds a row that is no result of this run")
               : err;
}
