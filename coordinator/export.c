#include "coordinator/export.h"
#include "coordinator/export_review.h"
#include "coordinator/holdout.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum err export_rename(const char *from, const char *to, struct err_note *note)
{
    if (rename(from, to) != 0)
        return err_set(note, ERR_IO, "%s: cannot rename to %s: %s", from, to, strerror(errno));
    char folder[4096];
    const char *slash = strrchr(to, '/');
    snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - to) + 1 : 1, slash ? to : ".");
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) { /* some file systems cannot fsync a folder; the file itself is safe */
        (void)fsync(fd);
        close(fd);
    }
    return OK;
}

static enum err get_row(void *ctx, uint64_t tile, struct journal_row *row, struct err_note *note)
{
    return journal_get(ctx, tile, row, note);
}

enum err export_open(struct export_journal *out, const struct run_dir *run, bool partial,
                     struct err_note *note)
{
    struct export_journal made = {.n_tiles = job_n_tiles(&run->job)};
    enum err err = journal_open(&made.journal, run->path, &run->job, true, note);
    if (err)
        return err;
    made.have = calloc(made.n_tiles / 8 + 1, 1);
    if (!made.have)
        err = err_set(note, ERR_NOMEM, "out of memory for the tiles of %s", run->path);
    if (!err)
        err = journal_done(made.journal, made.have, made.n_tiles, &made.n_done, note);
    if (!err && !partial && made.n_done < made.n_tiles)
        err = err_set(note, ERR_EMPTY,
                      "run %s: %llu of %llu tiles are missing: resume it, or export with --partial",
                      run->id, (unsigned long long)(made.n_tiles - made.n_done),
                      (unsigned long long)made.n_tiles);
    if (err) {
        export_close(&made);
        return err;
    }
    made.source = (struct export_source){.have = made.have, .get = get_row, .ctx = made.journal};
    *out = made;
    return OK;
}

void export_close(struct export_journal *journal)
{
    if (journal->journal)
        journal_close(&journal->journal);
    free(journal->have);
    memset(journal, 0, sizeof *journal);
}

/* The sweep file as it was frozen; NULL if it cannot be read: the cells matter more. */
static char *read_spec(const struct run_dir *run)
{
    char path[4200];
    snprintf(path, sizeof path, "%s/spec.yaml", run->path);
    FILE *file = fopen(path, "re");
    if (!file)
        return NULL;
    enum { SPEC_BYTES_MAX = 4 << 20 };
    char *text = malloc(SPEC_BYTES_MAX + 1);
    if (text)
        text[fread(text, 1, SPEC_BYTES_MAX, file)] = '\0';
    fclose(file);
    return text;
}

static enum err write_h5(const struct run_dir *run, const char *path, bool partial,
                         const struct export_review *review, struct err_note *note)
{
    struct export_journal journal;
    enum err err = export_open(&journal, run, partial, note);
    if (err)
        return err;
    struct market_image image;
    struct holdout holdout;
    err = holdout_read(&holdout, run, note);
    if (err) {
        export_close(&journal);
        return err;
    }
    char *cache = market_default_cache_dir(), *spec = read_spec(run);
    bool has_image = cache && market_open_hash(cache, run->job.image_hash, &image, NULL) == OK;
    struct export_about about = {.job = &run->job,
                                 .run_id = run->id,
                                 .created = run->created,
                                 .build = run->build,
                                 .spec_text = spec,
                                 .holdout = &holdout,
                                 .review = review,
                                 .image = has_image ? &image : NULL};
    err = export_h5_from(&about, &journal.source, path, note);
    if (has_image)
        market_image_free(&image);
    free(cache);
    free(spec);
    holdout_free(&holdout);
    export_close(&journal);
    return err;
}

enum err export_h5(const struct run_dir *run, const char *path, bool partial, struct err_note *note)
{
    return write_h5(run, path, partial, NULL, note);
}

enum err export_h5_review(const struct run_dir *run, const char *path,
                          const struct export_review *review, struct err_note *note)
{
    return write_h5(run, path, true, review, note);
}
