#include "cli/site.h"
#include "cli/counts.h"
#include "cli/operator.h"
#include "cli/site_file.h"
#include "coordinator/failures.h"
#include "coordinator/results.h"
#include "coordinator/standing.h"
#include "review/report_json.h"
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

enum { FRESH_MS = 900, FRESH_FINISHED_MS = 20000, RUNS_SHOWN_MAX = 1000 };

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* ---- which runs ---- */

static bool is_run(const char *folder)
{
    char path[4500];
    struct stat st;
    snprintf(path, sizeof path, "%.4400s/job", folder);
    return stat(path, &st) == 0;
}

static enum err split_path(struct site *site, const char *path, struct err_note *note)
{
    const char *slash = strrchr(path, '/');
    snprintf(site->folder, sizeof site->folder, "%.*s", slash ? (int)(slash - path) : 1,
             slash ? path : ".");
    int n = snprintf(site->only, sizeof site->only, "%s", slash ? slash + 1 : path);
    return n < SITE_KEY_MAX ? OK
                            : err_set(note, ERR_RANGE,
                                      "%.200s..: the folder's name is longer than "
                                      "%d characters",
                                      path, SITE_KEY_MAX - 1);
}

static bool is_h5(const char *path)
{
    struct stat st;
    size_t n = strlen(path);
    return n > 3 && strcmp(path + n - 3, ".h5") == 0 && stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

/* Opened once to be refused at once; the board opens it again. */
static enum err open_file(struct site *site, const char *path, struct err_note *note)
{
    struct h5_grid grid;
    char *whole = realpath(path, NULL);
    enum err err = split_path(site, whole ? whole : path, note);
    free(whole);
    if (!err)
        err = h5_grid_open(&grid, path, note);
    if (!err)
        h5_grid_close(&grid);
    site->is_file = true;
    return err;
}

enum err site_open(struct site *out, const char *runs, const char *which, struct err_note *note)
{
    struct stat st;
    struct run_dir run;
    const char *folder = which ? which : runs;
    memset(out, 0, sizeof *out);
    pthread_mutex_init(&out->reading, NULL);
    pthread_mutex_init(&out->telling, NULL);
    out->told = json_object();
    if (which && is_h5(which))
        return open_file(out, which, note);
    bool is_folder = stat(folder, &st) == 0 && S_ISDIR(st.st_mode) && !is_run(folder);
    if (is_folder) {
        snprintf(out->folder, sizeof out->folder, "%s", folder);
        return OK;
    }
    if (!which)
        return err_set(note, ERR_NOT_FOUND, "%s: no such folder of runs", runs);
    enum err err = run_dir_open(&run, runs, which, note);
    if (!err) {
        char *path = realpath(run.path, NULL);
        err = split_path(out, path ? path : run.path, note);
        free(path);
        run_dir_free(&run);
    }
    return err;
}

static void board_close(struct board *board)
{
    if (board->is_file)
        h5_grid_close(&board->file);
    free(board->values[0]);
    free(board->values[1]);
    free(board->status);
    columns_free(&board->columns);
    run_dir_free(&board->run);
    memset(board, 0, sizeof *board);
}

void site_close(struct site *site)
{
    for (int i = 0; i < SITE_BOARDS_MAX; i++)
        if (site->boards[i].used)
            board_close(&site->boards[i]);
    json_decref(site->told);
    pthread_mutex_destroy(&site->reading);
    pthread_mutex_destroy(&site->telling);
}

/* A key comes from an URL: it names a folder of this site and nothing else. */
static enum err open_run(const struct site *site, const char *key, struct run_dir *out,
                         struct err_note *note)
{
    char path[4300];
    bool well = key && key[0] && key[0] != '.' && !strchr(key, '/') && strlen(key) < SITE_KEY_MAX;
    snprintf(path, sizeof path, "%s/%s", site->folder, well ? key : "");
    if (!well || (site->only[0] && strcmp(site->only, key) != 0) || !is_run(path))
        return err_set(note, ERR_NOT_FOUND, "run: there is none of this name here");
    return run_dir_open(out, site->folder, path, note);
}

/* ---- how a run goes ---- */

static const json_t *row_of(const json_t *reply, const char *id)
{
    size_t i;
    const json_t *row;
    json_array_foreach(json_object_get(reply, "runs"), i, row)
    {
        const char *name = json_string_value(json_object_get(row, "run"));
        if (name && strcmp(name, id) == 0)
            return row;
    }
    return NULL;
}

/* Whoever holds the run; NULL: nobody, or none that answers. */
static json_t *ask_holder(const struct site *site, const struct run_dir *run)
{
    struct operator op;
    struct err_note ignored = {""};
    json_t *reply = NULL;
    if (operator_find(&op, site->folder, run->path, &ignored) == OK)
        operator_ask(&op, json_pack("{s:s}", "do", "status"), &reply, &ignored);
    return reply;
}

struct tally {
    const struct job *job;
    struct failures failures;
};

static enum err count_failures(void *ctx, const struct journal_row *row)
{
    struct tally *tally = ctx;
    failures_add(&tally->failures, tally->job, row);
    return OK;
}

static enum err add_failures(json_t *state, const struct run_dir *run, struct err_note *note)
{
    struct journal *journal = NULL;
    struct tally *tally = calloc(1, sizeof *tally);
    json_t *list = json_array();
    enum err err = tally ? journal_open(&journal, run->path, &run->job, true, note) : ERR_NOMEM;
    if (!err) {
        tally->job = &run->job;
        err = journal_each_failed(journal, count_failures, tally, note);
    }
    for (uint32_t i = 0; !err && i < tally->failures.n; i++) {
        const struct failure *failure = &tally->failures.at[i];
        json_array_append_new(list,
                              json_pack("{s:s, s:o, s:I}", "status", STATUS_NAME[failure->status],
                                        "reason", report_json_text(failure->reason), "cells",
                                        (json_int_t)failure->n_cells));
    }
    if (!err && tally->failures.n_other)
        json_array_append_new(list, json_pack("{s:s, s:s, s:I}", "status", "failed", "reason",
                                              "other messages", "cells",
                                              (json_int_t)tally->failures.n_other));
    json_object_set_new(state, "failures", list);
    journal_close(&journal);
    free(tally);
    return err;
}

static const char *state_of(const struct run_dir *run, const struct run_counts *counts,
                            const struct standing *standing)
{
    if (run_is_held(run, NULL))
        return "running";
    if (counts->tiles_done == counts->n_tiles)
        return "finished";
    return standing->state ? STANDING_NAME[standing->state] : "stopped";
}

/* Workers of this run, and those that wait. */
static json_t *workers_of(const json_t *reply, const char *id)
{
    json_t *list = json_array(), *worker;
    size_t i;
    json_array_foreach(json_object_get(reply, "workers"), i, worker)
    {
        const char *run = json_string_value(json_object_get(worker, "run"));
        if (!run || strcmp(run, id) == 0)
            json_array_append(list, worker);
    }
    return list;
}

/* What the holder says of its pace; what is done is the journal's, which a page can read. */
static void add_pace(json_t *state, const json_t *reply, const struct run_dir *run)
{
    static const char *const keys[] = {"state",     "reason",     "cells_per_s", "eta_s",
                                       "eta_low_s", "eta_high_s", "elapsed_s"};
    const json_t *row = row_of(reply, run->id);
    for (size_t i = 0; row && i < sizeof keys / sizeof keys[0]; i++)
        if (json_object_get(row, keys[i]))
            json_object_set(state, keys[i], json_object_get(row, keys[i]));
    json_object_set_new(state, "workers", workers_of(reply, run->id));
}

static enum err make_state(const struct site *site, const char *key, const struct run_dir *run,
                           json_t **out, struct err_note *note)
{
    struct run_counts counts;
    struct standing standing;
    enum err err = run_count(&counts, run, note);
    if (!err)
        err = standing_read(&standing, run->path, note);
    if (err)
        return err;
    json_t *state = json_pack(
        "{s:o, s:o, s:o, s:s, s:o, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "key",
        report_json_text(key), "run", report_json_text(run->id), "name",
        report_json_text(run->job.name), "state", state_of(run, &counts, &standing), "reason",
        report_json_text(standing.reason), "cells", (json_int_t)counts.cells, "cells_done",
        (json_int_t)counts.cells_done, "cells_failed", (json_int_t)counts.failed, "cells_excluded",
        (json_int_t)counts.excluded, "tiles", (json_int_t)counts.n_tiles, "tiles_done",
        (json_int_t)counts.tiles_done, "disputes", (json_int_t)counts.disputes, "version",
        (json_int_t)counts.tiles_done);
    if (!state)
        return ERR_NOMEM;
    json_object_set_new(state, "created", report_json_text(run->created));
    json_t *reply = run_is_held(run, NULL) ? ask_holder(site, run) : NULL;
    add_pace(state, reply, run);
    json_decref(reply);
    if (counts.failed)
        err = add_failures(state, run, note);
    if (err)
        json_decref(state);
    else
        *out = state;
    return err;
}

static bool is_fresh(const json_t *told)
{
    const char *state = json_string_value(json_object_get(json_object_get(told, "state"), "state"));
    int64_t age = now_ms() - json_integer_value(json_object_get(told, "at_ms"));
    return state && age < (strcmp(state, "finished") == 0 ? FRESH_FINISHED_MS : FRESH_MS);
}

static enum err state_of_run(const struct site *site, const char *key, json_t **out,
                             struct err_note *note)
{
    struct run_dir run = {.path = ""};
    enum err err = open_run(site, key, &run, note);
    if (err)
        return err;
    err = make_state(site, key, &run, out, note);
    run_dir_free(&run);
    return err;
}

static enum err state_of_file(struct site *site, const char *key, json_t **out,
                              struct err_note *note)
{
    struct board *board;
    enum err err = site_board(site, key, &board, note);
    if (err)
        return err;
    err = site_file_state(&board->file, key, out, note);
    site_done(site);
    return err;
}

static enum err tell(struct site *site, const char *key, json_t **out, struct err_note *note)
{
    json_t *told = json_object_get(site->told, key), *state = NULL;
    if (told && is_fresh(told)) {
        *out = json_incref(json_object_get(told, "state"));
        return OK;
    }
    enum err err = site->is_file ? state_of_file(site, key, &state, note)
                                 : state_of_run(site, key, &state, note);
    if (err)
        return err;
    if (json_object_size(site->told) > RUNS_SHOWN_MAX)
        json_object_clear(site->told);
    json_object_set_new(site->told, key,
                        json_pack("{s:I, s:O}", "at_ms", (json_int_t)now_ms(), "state", state));
    *out = state;
    return OK;
}

/* Reference counts of jansson are not for two threads: a copy leaves the lock. */
enum err site_state(struct site *site, const char *key, json_t **out, struct err_note *note)
{
    json_t *state = NULL;
    if (!key)
        return err_set(note, ERR_NOT_FOUND, "run: which one?");
    pthread_mutex_lock(&site->telling);
    enum err err = tell(site, key, &state, note);
    if (!err)
        *out = json_deep_copy(state);
    json_decref(state);
    pthread_mutex_unlock(&site->telling);
    return err ? err : *out ? OK : ERR_NOMEM;
}

static int is_visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static void add_row(json_t *list, json_t *state)
{
    json_object_del(state, "workers");
    json_object_del(state, "failures");
    json_array_append_new(list, state);
}

/* A folder that cannot be read is a row that says so. */
enum err site_list(struct site *site, json_t **out, struct err_note *note)
{
    struct dirent **names = NULL;
    json_t *list = json_array();
    int n = scandir(site->folder, &names, is_visible, alphasort);
    if (n < 0) {
        json_decref(list);
        return err_set(note, ERR_IO, "%s: the folder cannot be read", site->folder);
    }
    for (int i = 0; i < n; i++) {
        char path[4400];
        json_t *state = NULL;
        struct err_note why = {""};
        snprintf(path, sizeof path, "%s/%s", site->folder, names[i]->d_name);
        bool shown = json_array_size(list) < RUNS_SHOWN_MAX &&
                     (!site->only[0] || strcmp(site->only, names[i]->d_name) == 0) &&
                     (site->is_file || is_run(path));
        enum err err = shown ? site_state(site, names[i]->d_name, &state, &why) : ERR_EMPTY;
        if (!err)
            add_row(list, state);
        else if (shown)
            json_array_append_new(
                list,
                json_pack("{s:o, s:o, s:s, s:o}", "key", report_json_text(names[i]->d_name), "run",
                          report_json_text(names[i]->d_name), "state", "unreadable", "reason",
                          report_json_text(why.text[0] ? why.text : err_text(err))));
        free(names[i]);
    }
    free(names);
    *out = list;
    return OK;
}

/* ---- what is looked at ---- */

static void shape_of(struct grid_view_shape *shape, const struct job *job)
{
    const struct sweep *sweep = job->sweep;
    shape->n_dims = sweep_n_dimensions(sweep);
    for (uint32_t d = 0; d < shape->n_dims; d++)
        shape->size[d] = sweep_dimension_size(sweep, d);
    shape->n_points = sweep_n_points(sweep);
    shape->sampled = sweep_plan(sweep)->method == SWEEP_GRID ? NULL : sweep;
    shape->n_metrics = N_METRICS;
    shape->n_scenarios = job->n_scenarios;
    shape->n_periods = job_n_open_periods(job);
}

static enum err board_open_file(const struct site *site, struct board *board, const char *key,
                                struct err_note *note)
{
    char path[4300];
    if (strcmp(key, site->only) != 0)
        return err_set(note, ERR_NOT_FOUND, "run: there is none of this name here");
    snprintf(path, sizeof path, "%s/%s", site->folder, key);
    enum err err = h5_grid_open(&board->file, path, note);
    if (err)
        return err;
    board->is_file = true;
    site_file_shape(&board->file, &board->shape);
    board->objective = site_file_objective(&board->file);
    board->base_scenario = site_file_base_scenario(&board->file);
    for (int i = 0; i < 2; i++)
        board->values[i] = malloc(board->shape.n_points * sizeof(double));
    board->status = malloc(board->shape.n_points);
    if (!board->values[0] || !board->values[1] || !board->status) {
        board_close(board);
        return ERR_NOMEM;
    }
    snprintf(board->key, sizeof board->key, "%s", key);
    return OK;
}

static enum err board_open(struct site *site, struct board *board, const char *key,
                           struct err_note *note)
{
    struct err_note ignored = {""};
    if (site->is_file)
        return board_open_file(site, board, key, note);
    enum err err = open_run(site, key, &board->run, note);
    if (err)
        return err;
    err = columns_new(&board->columns, &board->run, note);
    if (err) {
        board_close(board);
        return err;
    }
    snprintf(board->key, sizeof board->key, "%s", key);
    shape_of(&board->shape, &board->run.job);
    board->objective = results_objective(&board->run.job);
    if (results_find_scenario(&board->run.job, "baseline", &board->base_scenario, &ignored))
        board->base_scenario = 0;
    return OK;
}

/* The board of a run, or the place of the one that was not looked at for the longest time. */
static struct board *find_board(struct site *site, const char *key)
{
    struct board *oldest = &site->boards[0];
    for (int i = 0; i < SITE_BOARDS_MAX; i++) {
        struct board *board = &site->boards[i];
        if (board->used && strcmp(board->key, key) == 0)
            return board;
        if (board->used < oldest->used)
            oldest = board;
    }
    if (oldest->used)
        board_close(oldest);
    return oldest;
}

enum err site_board(struct site *site, const char *key, struct board **out, struct err_note *note)
{
    if (!key)
        return err_set(note, ERR_NOT_FOUND, "run: which one?");
    pthread_mutex_lock(&site->reading);
    struct board *board = find_board(site, key);
    enum err err = board->used ? OK : board_open(site, board, key, note);
    if (err) {
        pthread_mutex_unlock(&site->reading);
        return err;
    }
    board->used = ++site->clock;
    *out = board;
    return OK;
}

void site_done(struct site *site)
{
    pthread_mutex_unlock(&site->reading);
}

enum err board_column(struct board *board, struct columns_key key, int slot, const double **values,
                      const uint8_t **status, struct err_note *note)
{
    if (!board->is_file)
        return columns_get(board->columns, key, values, status, note);
    enum err err = h5_grid_metric(&board->file, METRIC_INFO[key.metric].name, key.scenario,
                                  key.period, board->values[slot], note);
    if (!err)
        err = h5_grid_status(&board->file, key.scenario, board->status, note);
    *values = board->values[slot];
    *status = board->status;
    return err;
}

enum err board_cell(const struct board *board, uint64_t point, uint32_t scenario,
                    struct results_cell *out, struct err_note *note)
{
    return board->is_file ? site_file_cell(&board->file, point, scenario, out, note)
                          : results_cell(&board->run, point, scenario, out, note);
}
