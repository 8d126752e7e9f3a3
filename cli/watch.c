/* watch - a run or a service as it goes: progress, rate, ETA with its interval, failures by
 * message, workers, and the objective's heatmap as it fills. Redrawn in place on a terminal, a line
 * every 10 s elsewhere. */
#include "cli/cli.h"
#include "cli/hint.h"
#include "cli/operator.h"
#include "cli/picture.h"
#include "cli/progress.h"
#include "cli/table.h"
#include "coordinator/results.h"
#include "engine/metrics.h"
#include "review/heatmap_text.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

enum { FRAME_MS = 1000, LINE_MS = 10000, NAP_MS = 100, WORKERS_DRAWN = 16, MAP_EVERY = 3 };
#define MAP_POINTS_MAX 2000000u /* a larger journal takes too long to read every few seconds */

struct watch {
    struct operator op;
    const char *runs;
    bool once;
    int format, columns; /* columns 0: not a terminal */
    unsigned n_frames;
    char *map; /* the heatmap as last drawn; NULL: none */
    size_t map_length;
    int lines; /* drawn, to be drawn over */
};

/* ---- one reply ---- */

static const char *text_of(const json_t *row, const char *key)
{
    const char *text = json_string_value(json_object_get(row, key));
    return text ? text : "";
}

static double number_of(const json_t *row, const char *key)
{
    const json_t *value = json_object_get(row, key);
    return json_is_number(value) ? json_number_value(value) : NAN;
}

static uint64_t whole_of(const json_t *row, const char *key)
{
    json_int_t n = json_integer_value(json_object_get(row, key));
    return n > 0 ? (uint64_t)n : 0;
}

/* The run that was asked for alone, if one was. */
static bool is_wanted(const struct watch *w, const json_t *run)
{
    return !w->op.run[0] || strcmp(w->op.run, text_of(run, "run")) == 0;
}

static void print_eta(FILE *out, const json_t *run)
{
    char low[32], high[32], eta[32];
    double high_s = number_of(run, "eta_high_s");
    if (isnan(number_of(run, "eta_s")))
        return;
    progress_span(eta, sizeof eta, number_of(run, "eta_s"));
    fprintf(out, ", ETA %s", eta);
    if (isnan(number_of(run, "eta_low_s")))
        return;
    progress_span(low, sizeof low, number_of(run, "eta_low_s"));
    progress_span(high, sizeof high, high_s);
    if (isnan(high_s))
        fprintf(out, " (%s or more)", low);
    else if (strcmp(low, high) != 0)
        fprintf(out, " (%s .. %s)", low, high);
}

static void print_run(FILE *out, const json_t *run)
{
    char done[32], total[32], failed[32];
    uint64_t n = whole_of(run, "cells"), n_failed = whole_of(run, "cells_failed");
    fprintf(out, "%s: %s", text_of(run, "run"), text_of(run, "state"));
    if (*text_of(run, "reason"))
        fprintf(out, " (%s)", text_of(run, "reason"));
    if (n > 0) {
        progress_count(done, sizeof done, whole_of(run, "cells_done"));
        progress_count(total, sizeof total, n);
        progress_count(failed, sizeof failed, n_failed);
        fprintf(out, ", %.1f %% = %s of %s cells",
                100 * (double)whole_of(run, "cells_done") / (double)n, done, total);
        if (n_failed)
            fprintf(out, ", %s failed", failed);
        fprintf(out, ", %llu workers", (unsigned long long)whole_of(run, "workers"));
        if (!isnan(number_of(run, "cells_per_s")))
            fprintf(out, ", %.4g cells/s", number_of(run, "cells_per_s"));
        print_eta(out, run);
    }
    fputc('\n', out);
}

static void print_failures(FILE *out, const json_t *run)
{
    size_t i;
    const json_t *failure;
    json_array_foreach(json_object_get(run, "failures"), i, failure)
        fprintf(out, "  %8llu %-8s %s\n", (unsigned long long)whole_of(failure, "cells"),
                text_of(failure, "status"), text_of(failure, "reason"));
}

static enum err print_workers(FILE *out, const json_t *reply, size_t most)
{
    static const char *const COLUMNS[] = {"worker", "state",   "run",         "held", "tiles",
                                          "cells",  "cells/s", "heard s ago", NULL};
    const json_t *workers = json_object_get(reply, "workers"), *worker;
    struct table *table = NULL;
    size_t i;
    if (json_array_size(workers) == 0)
        return OK;
    enum err err = table_new(&table, COLUMNS);
    json_array_foreach(workers, i, worker)
    {
        if (err || i == most)
            break;
        table_text(table, text_of(worker, "name"));
        table_text(table, text_of(worker, "state"));
        table_text(table, text_of(worker, "run"));
        table_whole(table, (int64_t)whole_of(worker, "held"));
        table_whole(table, (int64_t)whole_of(worker, "tiles"));
        table_whole(table, (int64_t)whole_of(worker, "cells"));
        table_number(table, number_of(worker, "cells_per_s"), 3);
        table_number(table, number_of(worker, "heard_s"), 2);
    }
    if (!err)
        err = table_print(table, CLI_TABLE, out);
    if (!err && whole_of(reply, "n_workers") > most)
        fprintf(out, ".. and %llu more\n",
                (unsigned long long)(whole_of(reply, "n_workers") - most));
    table_free(&table);
    return err;
}

/* ---- the heatmap ---- */

static enum err draw_map(const struct run_dir *run, int columns, FILE *out)
{
    struct err_note ignored = {""};
    struct heatmap_text_style style = heatmap_text_style_of(columns);
    struct picture_request request = {.statistic = PROJECTION_MEDIAN};
    struct picture *picture = malloc(sizeof *picture); /* too large for a stack */
    request.metric = METRIC_INFO[results_objective(&run->job)].name;
    enum err err = picture ? picture_make(picture, run, &request, &ignored) : ERR_NOMEM;
    if (!err) {
        err = heatmap_print(&picture->map, &style, out);
        picture_free(picture);
    }
    free(picture);
    return err;
}

/* From the journal, read beside whoever writes it. A run without anything to draw has no map. */
static void refresh_map(struct watch *w)
{
    struct run_dir run;
    struct err_note ignored = {""};
    char *map = NULL;
    size_t length = 0;
    if (!w->op.path[0] || w->n_frames % MAP_EVERY != 0 ||
        run_dir_open(&run, w->runs, w->op.path, &ignored))
        return;
    FILE *out = sweep_n_points(run.job.sweep) <= MAP_POINTS_MAX && !run.job.null_row_bytes
                    ? open_memstream(&map, &length)
                    : NULL;
    if (out) {
        enum err err = draw_map(&run, w->columns, out);
        if (fclose(out) != 0 || err) {
            free(map);
        } else {
            free(w->map);
            w->map = map;
            w->map_length = length;
        }
    }
    run_dir_free(&run);
}

/* ---- showing ---- */

static enum err print_frame(struct watch *w, const json_t *reply, FILE *out, size_t most)
{
    const json_t *run;
    size_t i;
    json_array_foreach(json_object_get(reply, "runs"), i, run)
    {
        if (!is_wanted(w, run))
            continue;
        print_run(out, run);
        print_failures(out, run);
    }
    return print_workers(out, reply, most);
}

static int terminal_rows(void)
{
    enum { USUAL_ROWS = 24 };
    struct winsize size;
    return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 1 ? size.ws_row
                                                                           : USUAL_ROWS;
}

static void draw_heatmap(struct watch *w, int rows)
{
    int lines = 0;
    refresh_map(w);
    for (size_t i = 0; w->map && i < w->map_length; i++)
        lines += w->map[i] == '\n';
    if (lines == 0 || w->lines + lines >= rows)
        return;
    fwrite(w->map, 1, w->map_length, stdout);
    w->lines += lines;
}

/* Over what was drawn before; a line that would wrap is cut, and what does not fit left out, or the
 * count of lines is off. */
static enum err draw(struct watch *w, const json_t *reply)
{
    char *text = NULL;
    size_t length = 0;
    int rows = terminal_rows();
    FILE *out = open_memstream(&text, &length);
    if (!out)
        return ERR_NOMEM;
    enum err err = print_frame(w, reply, out, WORKERS_DRAWN);
    if (fclose(out) != 0)
        err = ERR_NOMEM;
    if (!err && w->lines)
        printf("\033[%dA\033[J", w->lines);
    w->lines = 0;
    for (char *line = text, *end; !err && line && (end = strchr(line, '\n')) && w->lines < rows - 1;
         line = end + 1) {
        printf("%.*s\n", (int)(end - line) < w->columns ? (int)(end - line) : w->columns - 1, line);
        w->lines++;
    }
    if (!err)
        draw_heatmap(w, rows);
    fflush(stdout);
    free(text);
    return err;
}

static enum err show(struct watch *w, const json_t *reply)
{
    const json_t *run;
    size_t i;
    if (w->format == CLI_JSON) {
        json_dumpf(reply, stdout, w->once ? JSON_INDENT(2) : JSON_COMPACT);
        return putchar('\n') == EOF || fflush(stdout) ? ERR_IO : OK;
    }
    if (w->once)
        return print_frame(w, reply, stdout, SIZE_MAX);
    if (w->columns)
        return draw(w, reply);
    json_array_foreach(json_object_get(reply, "runs"), i, run) if (is_wanted(w, run))
        print_run(stdout, run);
    return fflush(stdout) ? ERR_IO : OK;
}

/* A run that is watched and has come to an end in its service. */
static bool is_over(const struct watch *w, const json_t *reply)
{
    const json_t *run;
    size_t i;
    bool there = false;
    if (!w->op.run[0])
        return false;
    json_array_foreach(json_object_get(reply, "runs"), i, run)
    {
        const char *state = text_of(run, "state");
        there |= is_wanted(w, run) && strcmp(state, "finished") != 0 &&
                 strcmp(state, "failed") != 0 && strcmp(state, "cancelled") != 0;
    }
    return !there;
}

static void nap(int ms)
{
    for (; ms > 0 && !cli_stop; ms -= NAP_MS)
        nanosleep(&(struct timespec){.tv_nsec = NAP_MS * 1000000L}, NULL);
}

static int tell_end(const struct watch *w)
{
    cli_say("%s is at an end; plateau status %s shows how it stands",
            w->op.run[0] ? w->op.run : "the service", hint_run(w->op.run));
    return CLI_OK;
}

static int go_on(struct watch *w)
{
    struct err_note note = {""};
    enum err err = OK;
    bool over = false, ended = false;
    while (!err && !over && !cli_stop) {
        json_t *reply = NULL;
        err = operator_ask(&w->op, json_pack("{s:s}", "do", "status"), &reply, &note);
        if (err == ERR_NET && w->n_frames > 0) /* it ended while we looked */
            return tell_end(w);
        if (!err)
            err = show(w, reply);
        ended = !err && is_over(w, reply);
        over = !err && (w->once || ended);
        json_decref(reply);
        w->n_frames++;
        if (!err && !over)
            nap(w->columns && w->format != CLI_JSON ? FRAME_MS : LINE_MS);
    }
    if (err)
        return cli_fail(err, &note, NULL);
    return ended ? tell_end(w) : CLI_OK;
}

int cli_watch(int argc, char **argv)
{
    static const char *const FORMS[] = {"table", "json", NULL};
    struct watch w = {.runs = "runs", .format = CLI_TABLE};
    struct err_note note = {""};
    struct cli_args args;
    const struct cli_option options[] = {
        {"dir", 0, CLI_TEXT, &w.runs, "RUNS", "folder of runs (default: runs)", NULL},
        {"once", 0, CLI_FLAG, &w.once, NULL, "show it once and end", NULL},
        {"format", 0, CLI_CHOICE, &w.format, "FORM", "form (default: table)", FORMS},
        CLI_OPTION_END,
    };
    int code = cli_parse(argc, argv, options, 0, 1, &args);
    if (code >= 0)
        return code;
    enum err err = operator_find(&w.op, w.runs, args.n ? args.at[0] : NULL, &note);
    if (err == ERR_EMPTY && w.format != CLI_JSON)
        return tell_end(&w);
    if (err)
        return cli_fail(err, &note,
                        err == ERR_EMPTY ? "plateau status RUN --format json"
                                         : "plateau resume RUN goes on with a run; plateau status "
                                           "RUN shows how far it is");
    w.columns = cli_terminal_columns(stdout);
    cli_catch_signals();
    code = go_on(&w);
    free(w.map);
    return code;
}
