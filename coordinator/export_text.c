#include "coordinator/export.h"
#include "engine/metrics.h"
#include "proto/result.h"
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct text_writer {
    FILE *out;
    enum export_text_format format;
    const struct job *job;
    const char *periods[JOB_PERIODS_MAX];
    uint32_t n_periods, n_axes;
};

static void put_csv(FILE *out, const char *text)
{
    if (!strpbrk(text, ",\"\r\n")) {
        fputs(text, out);
        return;
    }
    putc('"', out);
    for (; *text; text++) {
        if (*text == '"')
            putc('"', out);
        putc(*text, out);
    }
    putc('"', out);
}

static void put_json(FILE *out, const char *text)
{
    putc('"', out);
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '"' || c == '\\')
            fprintf(out, "\\%c", c);
        else if (c < 0x20)
            fprintf(out, "\\u%04x", c);
        else
            putc(c, out);
    }
    putc('"', out);
}

/* Decimals of a sweep file are JSON numbers as they stand, but for "+1", ".5" and "007". */
static bool is_json_number(const char *text)
{
    text += *text == '-';
    if (!isdigit((unsigned char)*text) || (*text == '0' && isdigit((unsigned char)text[1])))
        return false;
    char *end;
    strtod(text, &end);
    return *end == '\0' && !strpbrk(text, "xXnNpP") && end[-1] != '.';
}

static void put_axis(const struct text_writer *w, const struct sweep_axis *axis, uint32_t level)
{
    const char *text = axis->texts[level];
    if (w->format == EXPORT_CSV) {
        putc(',', w->out);
        put_csv(w->out, text);
        return;
    }
    putc(',', w->out);
    put_json(w->out, axis->label);
    putc(':', w->out);
    if (axis->spacing != SWEEP_CATEGORICAL && is_json_number(text))
        fputs(text, w->out);
    else
        put_json(w->out, text);
}

static void put_metric(const struct text_writer *w, const char *name, bool known, double value)
{
    putc(',', w->out);
    if (w->format == EXPORT_JSONL)
        fprintf(w->out, "\"%s\":", name);
    if (known && (w->format == EXPORT_CSV ? !isnan(value) : isfinite(value)))
        fprintf(w->out, "%.17g", value);
    else if (w->format == EXPORT_JSONL)
        fputs("null", w->out);
}

static void put_head(const struct text_writer *w)
{
    if (w->format == EXPORT_JSONL)
        return;
    fputs("point,scenario,period,status", w->out);
    for (uint32_t a = 0; a < w->n_axes; a++) {
        putc(',', w->out);
        put_csv(w->out, sweep_axis(w->job->sweep, a)->label);
    }
    for (uint32_t m = 0; m < N_METRICS; m++)
        fprintf(w->out, ",%s", METRIC_INFO[m].name);
    fputs(",flags\n", w->out);
}

static void put_row(const struct text_writer *w, uint64_t point, uint32_t scenario, uint32_t period,
                    const struct result_cell *cell, const uint32_t *levels)
{
    const char *names[] = {w->job->scenarios[scenario].name, w->periods[period],
                           STATUS_NAME[cell->status]};
    if (w->format == EXPORT_CSV) {
        fprintf(w->out, "%llu", (unsigned long long)point);
        for (int i = 0; i < 3; i++) {
            putc(',', w->out);
            put_csv(w->out, names[i]);
        }
    } else {
        static const char *const keys[] = {"scenario", "period", "status"};
        fprintf(w->out, "{\"point\":%llu", (unsigned long long)point);
        for (int i = 0; i < 3; i++) {
            fprintf(w->out, ",\"%s\":", keys[i]);
            put_json(w->out, names[i]);
        }
    }
    for (uint32_t a = 0; a < w->n_axes; a++)
        put_axis(w, sweep_axis(w->job->sweep, a), levels[a]);
    bool ok = cell->status == STATUS_OK;
    for (uint32_t m = 0; m < N_METRICS; m++)
        put_metric(w, METRIC_INFO[m].name, ok, ok ? result_metric(cell, N_METRICS, period, m) : 0);
    unsigned flags = ok ? result_flags(cell, N_METRICS, period) : 0;
    fprintf(w->out, w->format == EXPORT_CSV ? ",%u\n" : ",\"flags\":%u}\n", flags);
}

static void put_cell(const struct text_writer *w, uint64_t point, uint32_t scenario,
                     const struct result_cell *cell, const uint32_t *levels)
{
    for (uint32_t p = 0; p < w->n_periods; p++)
        put_row(w, point, scenario, p, cell, levels);
}

static enum err put_tile(const struct text_writer *w, const struct export_source *source,
                         uint64_t tile, struct err_note *note)
{
    const struct job *job = w->job;
    uint64_t first;
    uint32_t count, levels[SWEEP_AXES_MAX];
    job_tile_span(job, tile, &first, &count);
    bool there = source->have[tile / 8] >> tile % 8 & 1;
    struct journal_row row = {0};
    struct result_reader reader;
    enum err err = there ? source->get(source->ctx, tile, &row, note) : OK;
    if (err)
        return err;
    if (there)
        result_reader_init(&reader, job, N_METRICS, count, row.bytes, row.length);
    for (uint32_t i = 0; i < count; i++) {
        uint64_t point = sweep_point_of_ordinal(job->sweep, first + i);
        sweep_levels(job->sweep, point, levels);
        struct result_cell cell = {.status = STATUS_MISSING};
        if (!there && sweep_excluded(job->sweep, point))
            cell.status = STATUS_EXCLUDED;
        for (uint32_t s = 0; s < job->n_scenarios; s++) {
            if (there && result_next(&reader, &cell) != OK)
                return err_set(note, ERR_FORMAT,
                               "tile %llu of the journal is not a result of this run: run fsck",
                               (unsigned long long)tile);
            put_cell(w, point, s, &cell, levels);
        }
    }
    return ferror(w->out) ? err_set(note, ERR_IO, "cannot write the rows: is the disk full?") : OK;
}

enum err export_text_from(const struct job *job, const struct export_source *source, FILE *out,
                          enum export_text_format format, struct err_note *note)
{
    struct text_writer w = {
        .out = out, .format = format, .job = job, .n_axes = sweep_n_axes(job->sweep)};
    for (uint32_t p = 0; p < job->n_periods; p++)
        if (!job->periods[p].locked)
            w.periods[w.n_periods++] = job->periods[p].name;
    put_head(&w);
    uint64_t n_tiles = job_n_tiles(job);
    enum err err = OK;
    for (uint64_t tile = 0; tile < n_tiles && !err; tile++)
        err = put_tile(&w, source, tile, note);
    return err;
}

enum err export_text(const struct run_dir *run, FILE *out, enum export_text_format format,
                     bool partial, struct err_note *note)
{
    struct export_journal journal;
    enum err err = export_open(&journal, run, partial, note);
    if (err)
        return err;
    err = export_text_from(&run->job, &journal.source, out, format, note);
    export_close(&journal);
    return err;
}
