#include "coordinator/import_series.h"
#include <math.h>
#include <sodium.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SUM_BYTES = 16, PATH_ROOM = 4096 + 32 };

struct import_series {
    sqlite3 *db;
    sqlite3_stmt *insert;
    size_t n_days;
    char path[PATH_ROOM], temporary[PATH_ROOM];
};

static enum err failed(sqlite3 *db, const char *path, struct err_note *note)
{
    return err_set(note, ERR_IO, "%s: %s", path, db ? sqlite3_errmsg(db) : "out of memory");
}

/* Of a point and its days: a row that was moved or damaged is no row. */
static void checksum(uint8_t out[SUM_BYTES], uint64_t point, const void *bytes, size_t length)
{
    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, SUM_BYTES);
    crypto_generichash_update(&state, (const uint8_t *)&point, sizeof point);
    crypto_generichash_update(&state, bytes, length);
    crypto_generichash_final(&state, out, SUM_BYTES);
}

static void series_path(char path[PATH_ROOM], const char *run_dir)
{
    snprintf(path, PATH_ROOM, "%s/" IMPORT_SERIES_FILE, run_dir);
}

/* ---- writing ---- */

static enum err put_calendar(struct import_series *s, const struct daily *calendar,
                             struct err_note *note)
{
    sqlite3_stmt *insert = NULL;
    bool ok = sqlite3_prepare_v2(s->db, "INSERT INTO calendar VALUES(?, ?)", -1, &insert, NULL) ==
              SQLITE_OK;
    size_t first = 0;
    for (uint32_t p = 0; ok && first < calendar->n_days; p++) {
        size_t n = calendar->period_days[p];
        sqlite3_bind_int64(insert, 1, p);
        sqlite3_bind_blob64(insert, 2, calendar->day + first, n * sizeof *calendar->day,
                            SQLITE_STATIC);
        ok = sqlite3_step(insert) == SQLITE_DONE && sqlite3_reset(insert) == SQLITE_OK;
        first += n;
    }
    sqlite3_finalize(insert);
    return ok ? OK : failed(s->db, s->temporary, note);
}

enum err import_series_begin(struct import_series **out, const char *run_dir,
                             const struct daily *calendar, struct err_note *note)
{
    static const char schema[] =
        "PRAGMA journal_mode = OFF; PRAGMA synchronous = FULL; BEGIN;"
        "CREATE TABLE calendar(period INTEGER PRIMARY KEY, day BLOB NOT NULL) STRICT;"
        "CREATE TABLE series(point INTEGER PRIMARY KEY, sum BLOB NOT NULL, value BLOB NOT NULL) "
        "STRICT";
    struct import_series *s = calloc(1, sizeof *s);
    if (!s || sodium_init() < 0) {
        free(s);
        return ERR_NOMEM;
    }
    s->n_days = calendar->n_days;
    series_path(s->path, run_dir);
    snprintf(s->temporary, sizeof s->temporary, "%.4100s.tmp", s->path);
    unlink(s->temporary);
    enum err err = OK;
    if (sqlite3_open(s->temporary, &s->db) || sqlite3_exec(s->db, schema, NULL, NULL, NULL) ||
        sqlite3_prepare_v2(s->db, "INSERT INTO series VALUES(?, ?, ?)", -1, &s->insert, NULL))
        err = failed(s->db, s->temporary, note);
    if (!err)
        err = put_calendar(s, calendar, note);
    if (err)
        import_series_free(&s);
    else
        *out = s;
    return err;
}

enum err import_series_put(struct import_series *s, uint64_t point, const double *value,
                           struct err_note *note)
{
    uint8_t sum[SUM_BYTES];
    size_t length = s->n_days * sizeof *value;
    checksum(sum, point, value, length);
    sqlite3_bind_int64(s->insert, 1, (sqlite3_int64)point);
    sqlite3_bind_blob(s->insert, 2, sum, SUM_BYTES, SQLITE_STATIC);
    sqlite3_bind_blob64(s->insert, 3, value, length, SQLITE_STATIC);
    if (sqlite3_step(s->insert) != SQLITE_DONE || sqlite3_reset(s->insert) != SQLITE_OK)
        return failed(s->db, s->temporary, note);
    return OK;
}

enum err import_series_commit(struct import_series *s, struct err_note *note)
{
    sqlite3_finalize(s->insert);
    s->insert = NULL;
    if (sqlite3_exec(s->db, "COMMIT", NULL, NULL, NULL))
        return failed(s->db, s->temporary, note);
    sqlite3_close(s->db);
    s->db = NULL;
    if (rename(s->temporary, s->path) != 0)
        return err_set(note, ERR_IO, "%s: cannot be put in its place", s->path);
    s->temporary[0] = '\0';
    return OK;
}

void import_series_free(struct import_series **series_p)
{
    struct import_series *s = *series_p;
    if (!s)
        return;
    sqlite3_finalize(s->insert);
    sqlite3_close(s->db);
    if (s->temporary[0])
        unlink(s->temporary);
    free(s);
    *series_p = NULL;
}

/* ---- reading ---- */

bool import_series_are_kept(const struct run_dir *run)
{
    char path[PATH_ROOM];
    series_path(path, run->path);
    return access(path, R_OK) == 0;
}

static enum err read_calendar(struct daily *out, sqlite3 *db, const char *path,
                              struct err_note *note)
{
    sqlite3_stmt *each = NULL;
    if (sqlite3_prepare_v2(db, "SELECT day FROM calendar ORDER BY period", -1, &each, NULL))
        return failed(db, path, note);
    enum err err = OK;
    int step;
    for (uint32_t p = 0; !err && (step = sqlite3_step(each)) == SQLITE_ROW; p++) {
        const void *bytes = sqlite3_column_blob(each, 0);
        size_t n = (size_t)sqlite3_column_bytes(each, 0) / sizeof *out->day;
        int32_t *grown =
            p < JOB_PERIODS_MAX ? realloc(out->day, (out->n_days + n + 1) * sizeof *grown) : NULL;
        if (!grown) {
            err = p < JOB_PERIODS_MAX ? ERR_NOMEM
                                      : err_set(note, ERR_CORRUPT, "%s: too many periods", path);
            break;
        }
        out->day = grown;
        if (n)
            memcpy(out->day + out->n_days, bytes, n * sizeof *out->day);
        out->period_days[p] = n;
        out->n_days += n;
    }
    if (!err && step != SQLITE_DONE)
        err = failed(db, path, note);
    sqlite3_finalize(each);
    return err;
}

static bool all_finite(const double *value, size_t n)
{
    for (size_t t = 0; t < n; t++)
        if (!isfinite(value[t]))
            return false;
    return true;
}

/* row[n_days] from a statement's row, verified. */
static enum err copy_row(double *row, size_t length, sqlite3_stmt *get, uint64_t point,
                         const char *path, struct err_note *note)
{
    uint8_t sum[SUM_BYTES];
    const void *kept = sqlite3_column_blob(get, 0), *value = sqlite3_column_blob(get, 1);
    if ((size_t)sqlite3_column_bytes(get, 1) != length || sqlite3_column_bytes(get, 0) != SUM_BYTES)
        return err_set(note, ERR_CORRUPT, "%s: the series of point %llu is cut", path,
                       (unsigned long long)point);
    checksum(sum, point, value, length);
    if (memcmp(sum, kept, SUM_BYTES) != 0)
        return err_set(note, ERR_CORRUPT, "%s: the series of point %llu is damaged", path,
                       (unsigned long long)point);
    if (length)
        memcpy(row, value, length);
    return OK;
}

static enum err read_row(struct daily *out, sqlite3_stmt *get, size_t k, uint64_t point,
                         const char *path, struct err_note *note)
{
    double *row = out->value + k * out->n_days;
    for (size_t t = 0; t < out->n_days; t++)
        row[t] = NAN;
    sqlite3_bind_int64(get, 1, (sqlite3_int64)point);
    int step = sqlite3_step(get);
    enum err err = OK;
    if (step == SQLITE_ROW)
        err = copy_row(row, out->n_days * sizeof *row, get, point, path, note);
    else if (step != SQLITE_DONE)
        err = err_set(note, ERR_IO, "%s: the series of point %llu cannot be read", path,
                      (unsigned long long)point);
    out->ok[k] = !err && step == SQLITE_ROW && all_finite(row, out->n_days);
    if (!err && sqlite3_reset(get) != SQLITE_OK)
        err = ERR_IO;
    return err;
}

static enum err read_rows(struct daily *out, sqlite3 *db, const uint64_t *points, const char *path,
                          struct err_note *note)
{
    sqlite3_stmt *get = NULL;
    out->value = malloc((out->n * out->n_days + 1) * sizeof *out->value);
    out->ok = calloc(out->n + 1, sizeof *out->ok);
    if (!out->value || !out->ok)
        return ERR_NOMEM;
    if (sqlite3_prepare_v2(db, "SELECT sum, value FROM series WHERE point = ?", -1, &get, NULL))
        return failed(db, path, note);
    enum err err = OK;
    for (size_t k = 0; k < out->n && !err; k++)
        err = read_row(out, get, k, points[k], path, note);
    sqlite3_finalize(get);
    return err;
}

enum err import_series_read(struct daily *out, const struct run_dir *run, const uint64_t *points,
                            size_t n, struct err_note *note)
{
    struct daily series = {.n = n};
    sqlite3 *db = NULL;
    char path[PATH_ROOM];
    series_path(path, run->path);
    if (!import_series_are_kept(run))
        return err_set(note, ERR_NOT_FOUND, "run %s was imported without daily returns", run->id);
    enum err err = OK;
    if (sodium_init() < 0 || sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL))
        err = failed(db, path, note);
    if (!err)
        err = read_calendar(&series, db, path, note);
    if (!err)
        err = read_rows(&series, db, points, path, note);
    sqlite3_close(db);
    if (err)
        daily_free(&series);
    else
        *out = series;
    return err;
}
