#include "coordinator/canary.h"
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAGIC = 0x4e434c50, VERSION = 1, SUM_BYTES = 16, FILE_MAX = 1 << 22 };

void canary_write(struct codec_writer *out, const struct job *job, uint64_t ordinal,
                  const uint8_t *cells, size_t length)
{
    uint8_t sum[SUM_BYTES];
    size_t start = out->length;
    codec_u32(out, MAGIC);
    codec_u32(out, VERSION);
    codec_u64(out, ordinal);
    codec_u32(out, job->n_scenarios);
    codec_blob(out, cells, length);
    if (out->failed)
        return;
    crypto_generichash(sum, sizeof sum, out->bytes + start, out->length - start, NULL, 0);
    codec_bytes(out, sum, sizeof sum);
}

static enum err read_whole(const char *path, uint8_t **bytes, size_t *length, struct err_note *note)
{
    FILE *file = fopen(path, "rbe");
    if (!file)
        return errno == ENOENT ? ERR_EMPTY : err_set(note, ERR_IO, "%s: %s", path, strerror(errno));
    uint8_t *all = malloc(FILE_MAX);
    size_t n = all ? fread(all, 1, FILE_MAX, file) : 0;
    bool bad = ferror(file) != 0;
    fclose(file);
    if (!all || bad) {
        free(all);
        return all ? err_set(note, ERR_IO, "%s: cannot be read", path) : ERR_NOMEM;
    }
    *bytes = all;
    *length = n;
    return OK;
}

static bool decode(struct canary *out, const struct job *job, size_t length)
{
    struct codec_reader r;
    uint8_t sum[SUM_BYTES];
    size_t n;
    if (length < SUM_BYTES)
        return false;
    codec_reader_init(&r, out->file, length - SUM_BYTES);
    uint32_t magic = codec_read_u32(&r), version = codec_read_u32(&r);
    uint64_t ordinal = codec_read_u64(&r);
    uint32_t n_cells = codec_read_u32(&r);
    const uint8_t *cells = codec_read_blob(&r, FILE_MAX, &n);
    crypto_generichash(sum, sizeof sum, out->file, length - SUM_BYTES, NULL, 0);
    if (magic != MAGIC || version != VERSION || !codec_reader_done(&r) ||
        n_cells != job->n_scenarios || ordinal >= sweep_n_points(job->sweep) ||
        memcmp(sum, out->file + length - SUM_BYTES, SUM_BYTES) != 0)
        return false;
    out->cells = (struct dispatch_canary){.tile = ordinal / job->tile_points,
                                          .first_cell = (uint32_t)(ordinal % job->tile_points) *
                                                        job->n_scenarios,
                                          .n_cells = n_cells,
                                          .bytes = cells,
                                          .length = n};
    return true;
}

enum err canary_read(struct canary *out, const char *run_dir, const struct job *job,
                     struct err_note *note)
{
    char path[4200];
    size_t length = 0;
    struct canary canary = {.file = NULL};
    snprintf(path, sizeof path, "%s/" CANARY_FILE, run_dir);
    enum err err = read_whole(path, &canary.file, &length, note);
    if (!err && !decode(&canary, job, length)) {
        free(canary.file);
        return err_set(note, ERR_CORRUPT,
                       "%s: damaged; remove it, and new workers are not asked for known cells",
                       path);
    }
    if (err && err != ERR_EMPTY)
        return err;
    *out = canary;
    return OK;
}

void canary_free(struct canary *canary)
{
    free(canary->file);
    *canary = (struct canary){.file = NULL};
}
