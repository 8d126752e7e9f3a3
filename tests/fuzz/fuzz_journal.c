/* Any bytes as a run's journal: refused with a line, or read to its end by everything that replays
 * or checks one, with no row counted whose bytes are no cells. */
#include "coordinator/journal.h"
#include "coordinator/status_count.h"
#include "engine/plateau_engine.h"
#include "tests/fuzz/fuzz.h"
#include "tests/lib/null_job.h"
#include <assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

enum { POINTS = 8, TILE = 2, SCENARIOS = 2, INPUT_MAX = 1 << 18 };

static struct job job;
static char folder[] = "/tmp/plateau-fuzz-XXXXXX", path[64];

static void remove_folder(void)
{
    unlink(path);
    rmdir(folder);
}

static void start(void)
{
    null_job_make(&job, "fuzz", POINTS, 1, TILE, SCENARIOS, 0);
    /* The same for every build: a committed journal must fit. */
    snprintf(job.engine_id, sizeof job.engine_id, "fuzz");
    assert(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/" JOURNAL_FILE, folder);
    atexit(remove_folder);
}

struct seen {
    uint64_t n, n_sound;
    uint64_t failed_as[N_STATUSES];
};

static enum err scan(void *ctx, const struct journal_row *row, bool sound)
{
    struct seen *seen = ctx;
    seen->n++;
    seen->n_sound += sound;
    if (sound && row->tile < job_n_tiles(&job))
        (void)status_count_row(&job, row, seen->failed_as);
    return OK;
}

static enum err count(void *ctx, const struct journal_row *row)
{
    struct seen *seen = ctx;
    seen->n += row->length > 0 || !row->bytes;
    return OK;
}

static void read_all(struct journal *journal, struct err_note *note)
{
    struct seen scanned = {0}, each = {0};
    struct journal_row row;
    uint8_t done[POINTS] = {0};
    uint64_t n_done = 0, a = 0, b = 0;
    enum err err = journal_scan(journal, scan, &scanned, note);
    enum err each_err = journal_each(journal, count, &each, note);
    if (!err && !each_err) /* with every checksum right, both see the same */
        assert(scanned.n_sound == scanned.n && each.n == scanned.n);
    if (journal_done(journal, done, job_n_tiles(&job), &n_done, note) == OK)
        assert(n_done <= job_n_tiles(&job));
    (void)journal_counts(journal, &a, &b, note);
    (void)journal_n_disputes(journal, &a, note);
    (void)status_count_journal(&job, journal, each.failed_as, note);
    (void)journal_integrity(journal, note);
    for (uint64_t t = 0; t < job_n_tiles(&job); t++)
        (void)journal_get(journal, t, &row, note);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct journal *journal = NULL;
    struct err_note note = {""};
    if (!path[0])
        start();
    if (size > INPUT_MAX)
        return 0;
    unlink(path); /* a file that is cut to nothing and written again may be flushed to the disk */
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    assert(fd >= 0 && write(fd, data, size) == (ssize_t)size);
    close(fd);
    enum err err = journal_open_on(&journal, folder, FS_LOCAL, &job, true, &note);
    assert(err == OK || (note.text[0] && !strchr(note.text, '\n')));
    if (!err)
        read_all(journal, &note);
    journal_close(&journal);
    return 0;
}
