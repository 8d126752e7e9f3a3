#include "coordinator/journal_inside.h"
#include "proto/codec.h"
#include <assert.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define JOURNAL_VERSION "1"
enum { BUSY_MS = 5000, META_MAX = 128 };

/* Pages of 16 KiB hold a tile's BLOB in few overflow pages; the log is folded into the file every
 * 32 MiB, not every 4 MiB, as each folding costs two more fsyncs. */
static const char CREATE[] =
    "CREATE TABLE IF NOT EXISTS meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS tile(tile INTEGER PRIMARY KEY, epoch INTEGER NOT NULL,"
    " compute_us INTEGER NOT NULL, n_failed INTEGER NOT NULL, n_excluded INTEGER NOT NULL,"
    " worker TEXT NOT NULL, sum BLOB NOT NULL, bytes BLOB NOT NULL);"
    "CREATE TABLE IF NOT EXISTS dispute(tile INTEGER NOT NULL, epoch INTEGER NOT NULL,"
    " worker TEXT NOT NULL, sum BLOB NOT NULL, bytes BLOB NOT NULL);"
    /* n_disputes: rows of dispute that the tile had when it was decided */
    "CREATE TABLE IF NOT EXISTS verdict(tile INTEGER NOT NULL, n_disputes INTEGER NOT NULL,"
    " verdict TEXT NOT NULL);"
    /* what was computed before it was tried again; counts are 0 for a result beside a row */
    "CREATE TABLE IF NOT EXISTS retried(tile INTEGER NOT NULL, epoch INTEGER NOT NULL,"
    " compute_us INTEGER NOT NULL, n_failed INTEGER NOT NULL, n_excluded INTEGER NOT NULL,"
    " worker TEXT NOT NULL, sum BLOB NOT NULL, bytes BLOB NOT NULL, reason TEXT NOT NULL);";

static enum err code_of(int sqlite_code)
{
    switch (sqlite_code & 0xff) {
    case SQLITE_OK:
    case SQLITE_DONE:
    case SQLITE_ROW:
        return OK;
    case SQLITE_NOMEM:
        return ERR_NOMEM;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return ERR_CORRUPT;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return ERR_BUSY;
    default:
        return ERR_IO;
    }
}

static const char *remedy(int sqlite_code)
{
    switch (sqlite_code & 0xff) {
    case SQLITE_FULL:
        return "free space there, then resume the run";
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_CANTOPEN:
        return "make the directory writable, then resume the run";
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return "the file is damaged: restore it from a copy, or move the run's directory away and "
               "run again";
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return "wait for the process that holds it";
    default:
        return "check the disk, then resume the run";
    }
}

enum err journal_failed(const struct journal *journal, const char *what, struct err_note *note)
{
    int code = sqlite3_errcode(journal->db);
    return err_set(note, code_of(code), "%s: cannot %s: %s; %s", journal->path, what,
                   sqlite3_errmsg(journal->db), remedy(code));
}

enum err journal_execute(struct journal *journal, const char *sql, const char *what,
                         struct err_note *note)
{
    return sqlite3_exec(journal->db, sql, NULL, NULL, NULL) ? journal_failed(journal, what, note)
                                                            : OK;
}

enum err journal_prepare(struct journal *journal, const char *sql, sqlite3_stmt **out,
                         struct err_note *note)
{
    if (*out ||
        sqlite3_prepare_v3(journal->db, sql, -1, SQLITE_PREPARE_PERSISTENT, out, NULL) == SQLITE_OK)
        return OK;
    return journal_failed(journal, "read", note);
}

/* ---- what the journal belongs to ---- */

struct meta {
    const char *key, *human; /* human: what a difference means */
    char value[META_MAX];
};

static void hex(char *out, const uint8_t *bytes, size_t n)
{
    sodium_bin2hex(out, 2 * n + 1, bytes, n);
}

enum { N_META = 5 };
static void meta_of(const struct job *job, struct meta out[N_META])
{
    out[0] = (struct meta){"version", "version", JOURNAL_VERSION};
    out[1] = (struct meta){.key = "spec_sha256", .human = "sweep"};
    out[2] = (struct meta){.key = "image_hash", .human = "market data"};
    out[3] = (struct meta){.key = "engine_id", .human = "engine"};
    out[4] = (struct meta){.key = "tile_points", .human = "tile size"};
    hex(out[1].value, job->spec_sha256, JOB_HASH_BYTES);
    hex(out[2].value, job->image_hash, JOB_HASH_BYTES);
    snprintf(out[3].value, META_MAX, "%s", job->engine_id);
    snprintf(out[4].value, META_MAX, "%u", job->tile_points);
}

static enum err check_meta(struct journal *journal, const struct meta *meta, struct err_note *note)
{
    sqlite3_stmt *query = NULL;
    enum err err = journal_prepare(journal, "SELECT value FROM meta WHERE key = ?", &query, note);
    if (err)
        return err;
    sqlite3_bind_text(query, 1, meta->key, -1, SQLITE_STATIC);
    int code = sqlite3_step(query);
    const char *found = code == SQLITE_ROW ? (const char *)sqlite3_column_text(query, 0) : "(none)";
    if (code != SQLITE_ROW && code != SQLITE_DONE)
        err = journal_failed(journal, "read", note);
    else if (strcmp(found, meta->value) != 0)
        err = err_set(note, ERR_MISMATCH,
                      "%s: written for another %s: %s there is %.64s, this run's is %.64s; "
                      "start a new run in another directory",
                      journal->path, meta->human, meta->key, found, meta->value);
    sqlite3_finalize(query);
    return err;
}

static enum err write_meta(struct journal *journal, const struct meta *meta, struct err_note *note)
{
    sqlite3_stmt *insert = NULL;
    enum err err =
        journal_prepare(journal, "INSERT OR IGNORE INTO meta VALUES(?, ?)", &insert, note);
    if (err)
        return err;
    sqlite3_bind_text(insert, 1, meta->key, -1, SQLITE_STATIC);
    sqlite3_bind_text(insert, 2, meta->value, -1, SQLITE_STATIC);
    if (sqlite3_step(insert) != SQLITE_DONE)
        err = journal_failed(journal, "write", note);
    sqlite3_finalize(insert);
    return err;
}

/* Tables and meta rows appear in one transaction: a journal is never half made. */
static enum err set_up(struct journal *journal, const struct meta *meta, struct err_note *note)
{
    enum err err = journal_execute(journal, "BEGIN IMMEDIATE", "write", note);
    if (!err)
        err = journal_execute(journal, CREATE, "write", note);
    for (unsigned i = 0; !err && i < N_META; i++)
        err = write_meta(journal, &meta[i], note);
    if (!err)
        err = journal_execute(journal, "COMMIT", "write", note);
    if (err)
        sqlite3_exec(journal->db, "ROLLBACK", NULL, NULL, NULL);
    return err;
}

/* ---- opening ---- */

static enum err set_mode(struct journal *journal, enum fs_kind kind, struct err_note *note)
{
    if (kind == FS_LOCAL)
        return journal_execute(
            journal,
            "PRAGMA page_size=16384; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
            "PRAGMA wal_autocheckpoint=2048;",
            "open", note);
    enum err err = journal_execute(journal,
                                   "PRAGMA page_size=16384; PRAGMA locking_mode=EXCLUSIVE;"
                                   "PRAGMA journal_mode=DELETE; PRAGMA synchronous=FULL;"
                                   "BEGIN EXCLUSIVE; COMMIT;",
                                   "lock", note);
    if (err)
        err_set(note, err,
                "%s: on a network file system the journal must be locked for this process alone, "
                "and that failed: %s; use a local directory (--dir)",
                journal->path, sqlite3_errmsg(journal->db));
    return err;
}

/* A coordinator that was killed between writing to the log and syncing it leaves rows that are read
 * back as saved and are not durable: a result handed in again would be acked against them. */
static enum err make_durable(struct journal *journal, struct err_note *note)
{
    int code = sqlite3_wal_checkpoint_v2(journal->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
    return code ? journal_failed(journal, "save what is there", note) : OK;
}

enum err journal_open_on(struct journal **out, const char *run_dir, enum fs_kind kind,
                         const struct job *job, bool read_only, struct err_note *note)
{
    struct meta meta[N_META];
    if (sodium_init() < 0)
        return err_set(note, ERR_IO, "libsodium does not start");
    struct journal *journal = calloc(1, sizeof *journal);
    if (!journal)
        return ERR_NOMEM;
    snprintf(journal->path, sizeof journal->path, "%s/" JOURNAL_FILE, run_dir);
    int flags = read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    enum err err = OK;
    if (sqlite3_open_v2(journal->path, &journal->db, flags | SQLITE_OPEN_NOMUTEX, NULL))
        err = journal_failed(journal, "open", note);
    if (!err)
        sqlite3_busy_timeout(journal->db, BUSY_MS);
    meta_of(job, meta);
    if (!err && !read_only)
        err = set_mode(journal, kind, note);
    if (!err && !read_only)
        err = set_up(journal, meta, note);
    if (!err && !read_only)
        err = make_durable(journal, note);
    for (unsigned i = 0; !err && i < N_META; i++)
        err = check_meta(journal, &meta[i], note);
    if (err) {
        journal_close(&journal);
        return err;
    }
    *out = journal;
    return OK;
}

enum err journal_open(struct journal **out, const char *run_dir, const struct job *job,
                      bool read_only, struct err_note *note)
{
    enum fs_kind kind;
    const char *name;
    enum err err = fs_kind_of_path(run_dir, &kind, &name, note);
    return err ? err : journal_open_on(out, run_dir, kind, job, read_only, note);
}

void journal_close(struct journal **journal_p)
{
    struct journal *journal = *journal_p;
    if (!journal)
        return;
    sqlite3_finalize(journal->insert);
    sqlite3_finalize(journal->get);
    sqlite3_finalize(journal->each);
    sqlite3_finalize(journal->second);
    sqlite3_close(journal->db);
    free(journal);
    *journal_p = NULL;
}

/* ---- rows ---- */

/* Over the tile's number too: a row cannot pass for another's. */
void journal_checksum(uint8_t out[JOURNAL_SUM_BYTES], uint64_t tile, const uint8_t *bytes,
                      size_t length)
{
    crypto_generichash_state state;
    uint8_t number[8];
    for (unsigned i = 0; i < 8; i++)
        number[i] = (uint8_t)(tile >> (8 * i));
    crypto_generichash_init(&state, NULL, 0, JOURNAL_SUM_BYTES);
    crypto_generichash_update(&state, number, sizeof number);
    crypto_generichash_update(&state, bytes, length);
    crypto_generichash_final(&state, out, JOURNAL_SUM_BYTES);
}

enum err journal_insert_row(struct journal *journal, const struct journal_row *row,
                            struct err_note *note)
{
    sqlite3_stmt *s = journal->insert;
    uint8_t sum[JOURNAL_SUM_BYTES];
    journal_checksum(sum, row->tile, row->bytes, row->length);
    sqlite3_bind_int64(s, 1, (sqlite3_int64)row->tile);
    sqlite3_bind_int64(s, 2, row->epoch);
    sqlite3_bind_int64(s, 3, row->compute_us);
    sqlite3_bind_int64(s, 4, row->n_failed);
    sqlite3_bind_int64(s, 5, row->n_excluded);
    sqlite3_bind_text(s, 6, row->worker, -1, SQLITE_STATIC);
    sqlite3_bind_blob(s, 7, sum, JOURNAL_SUM_BYTES, SQLITE_STATIC);
    sqlite3_bind_blob64(s, 8, row->bytes, row->length, SQLITE_STATIC);
    int code = sqlite3_step(s);
    enum err err = code == SQLITE_DONE ? OK : journal_failed(journal, "save results", note);
    sqlite3_reset(s);
    return err;
}

const uint32_t JOURNAL_BOUND_US[JOURNAL_N_BOUNDS] = {
#define X(us) us,
    JOURNAL_BOUNDS_US(X)
#undef X
};

static uint64_t monotonic_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

static void count_commit(struct journal_stats *stats, const struct journal_row *rows, size_t n,
                         uint64_t us)
{
    unsigned b = 0;
    while (b < JOURNAL_N_BOUNDS && us > JOURNAL_BOUND_US[b])
        b++;
    stats->in_bound[b]++;
    stats->commits++;
    stats->commit_us += us;
    stats->slow += us > JOURNAL_SLOW_US;
    if (us > stats->slowest_us)
        stats->slowest_us = us;
    stats->rows += n;
    for (size_t i = 0; i < n; i++)
        stats->bytes += rows[i].length;
}

struct journal_stats journal_stats(const struct journal *journal)
{
    return journal->stats;
}

enum err journal_prepare_insert(struct journal *journal, struct err_note *note)
{
    return journal_prepare(
        journal, "INSERT OR IGNORE INTO tile(" JOURNAL_COLUMNS ") VALUES(?,?,?,?,?,?,?,?)",
        &journal->insert, note);
}

enum err journal_commit(struct journal *journal, const struct journal_row *rows, size_t n,
                        struct err_note *note)
{
    uint64_t start_us = monotonic_us();
    enum err err = journal_prepare_insert(journal, note);
    sqlite3_reset(journal->get); /* an open read would keep the log from being folded in */
    if (!err)
        err = journal_execute(journal, "BEGIN IMMEDIATE", "save results", note);
    if (err)
        return err;
    for (size_t i = 0; !err && i < n; i++)
        err = journal_insert_row(journal, &rows[i], note);
    if (!err)
        err = journal_execute(journal, "COMMIT", "save results", note);
    if (err)
        sqlite3_exec(journal->db, "ROLLBACK", NULL, NULL, NULL);
    else
        count_commit(&journal->stats, rows, n, monotonic_us() - start_us);
    return err;
}

enum err journal_done(struct journal *journal, uint8_t *done, uint64_t n_tiles, uint64_t *n_done,
                      struct err_note *note)
{
    sqlite3_stmt *query = NULL;
    uint64_t n = 0;
    int code = SQLITE_DONE;
    enum err err = journal_prepare(journal, "SELECT tile FROM tile", &query, note);
    if (err)
        return err;
    while (!err && (code = sqlite3_step(query)) == SQLITE_ROW) {
        uint64_t tile = (uint64_t)sqlite3_column_int64(query, 0);
        if (tile >= n_tiles) {
            err = err_set(note, ERR_CORRUPT, "%s: tile %llu is there, the run has %llu tiles; %s",
                          journal->path, (unsigned long long)tile, (unsigned long long)n_tiles,
                          remedy(SQLITE_CORRUPT));
        } else if (done[tile / 8] >> (tile % 8) & 1) { /* its index is damaged */
            err = err_set(note, ERR_CORRUPT, "%s: tile %llu is there twice; %s", journal->path,
                          (unsigned long long)tile, remedy(SQLITE_CORRUPT));
        } else {
            done[tile / 8] |= (uint8_t)(1u << (tile % 8));
            n++;
        }
    }
    if (!err && code != SQLITE_DONE)
        err = journal_failed(journal, "read", note);
    sqlite3_finalize(query);
    if (!err)
        *n_done = n;
    return err;
}

/* One row of one or two whole numbers. */
enum err journal_query_numbers(struct journal *journal, const char *sql, uint64_t *a, uint64_t *b,
                               struct err_note *note)
{
    sqlite3_stmt *query = NULL;
    enum err err = journal_prepare(journal, sql, &query, note);
    if (err)
        return err;
    if (sqlite3_step(query) != SQLITE_ROW) {
        err = journal_failed(journal, "read", note);
    } else {
        *a = (uint64_t)sqlite3_column_int64(query, 0);
        if (b)
            *b = (uint64_t)sqlite3_column_int64(query, 1);
    }
    sqlite3_finalize(query);
    return err;
}

enum err journal_counts(struct journal *journal, uint64_t *n_failed, uint64_t *n_excluded,
                        struct err_note *note)
{
    return journal_query_numbers(
        journal, "SELECT ifnull(sum(n_failed), 0), ifnull(sum(n_excluded), 0) FROM tile", n_failed,
        n_excluded, note);
}

/* Pointers stay with the statement until it is stepped or reset. */
enum err journal_read_row(struct journal *journal, sqlite3_stmt *s, struct journal_row *row,
                          struct err_note *note)
{
    uint8_t sum[JOURNAL_SUM_BYTES];
    *row = (struct journal_row){
        .tile = (uint64_t)sqlite3_column_int64(s, 0),
        .epoch = (uint32_t)sqlite3_column_int64(s, 1),
        .compute_us = (uint32_t)sqlite3_column_int64(s, 2),
        .n_failed = (uint32_t)sqlite3_column_int64(s, 3),
        .n_excluded = (uint32_t)sqlite3_column_int64(s, 4),
        .bytes = sqlite3_column_blob(s, 7),
        .length = (size_t)sqlite3_column_bytes(s, 7),
    };
    const char *worker = (const char *)sqlite3_column_text(s, 5);
    snprintf(row->worker, sizeof row->worker, "%s", worker ? worker : "");
    journal_checksum(sum, row->tile, row->bytes, row->length);
    const void *stored = sqlite3_column_blob(s, 6);
    if (sqlite3_column_bytes(s, 6) == JOURNAL_SUM_BYTES &&
        memcmp(sum, stored, JOURNAL_SUM_BYTES) == 0)
        return OK;
    return err_set(note, ERR_CORRUPT, "%s: tile %llu: bad checksum; %s", journal->path,
                   (unsigned long long)row->tile, remedy(SQLITE_CORRUPT));
}

static enum err each(struct journal *journal, sqlite3_stmt *rows,
                     enum err (*visit)(void *ctx, const struct journal_row *row), void *ctx,
                     struct err_note *note)
{
    struct journal_row row;
    int code = SQLITE_DONE;
    enum err err = OK;
    while (!err && (code = sqlite3_step(rows)) == SQLITE_ROW) {
        err = journal_read_row(journal, rows, &row, note);
        if (!err)
            err = visit(ctx, &row);
    }
    return !err && code != SQLITE_DONE ? journal_failed(journal, "read", note) : err;
}

enum err journal_each(struct journal *journal,
                      enum err (*visit)(void *ctx, const struct journal_row *row), void *ctx,
                      struct err_note *note)
{
    enum err err = journal_prepare(journal, "SELECT " JOURNAL_COLUMNS " FROM tile ORDER BY tile",
                                   &journal->each, note);
    if (err)
        return err;
    err = each(journal, journal->each, visit, ctx, note);
    sqlite3_reset(journal->each);
    return err;
}

enum err journal_each_failed(struct journal *journal,
                             enum err (*visit)(void *ctx, const struct journal_row *row), void *ctx,
                             struct err_note *note)
{
    sqlite3_stmt *rows = NULL;
    enum err err = journal_prepare(
        journal, "SELECT " JOURNAL_COLUMNS " FROM tile WHERE n_failed > 0 ORDER BY tile", &rows,
        note);
    if (err)
        return err;
    err = each(journal, rows, visit, ctx, note);
    sqlite3_finalize(rows);
    return err;
}

enum err journal_each_worker(struct journal *journal, uint64_t last_tile,
                             void (*visit)(void *ctx, const struct journal_worker *worker),
                             void *ctx, struct err_note *note)
{
    sqlite3_stmt *rows = NULL;
    int code = SQLITE_DONE;
    enum err err =
        journal_prepare(journal,
                        "SELECT worker, count(*), sum(compute_us), max(tile = ?) FROM tile "
                        "GROUP BY worker ORDER BY worker",
                        &rows, note);
    if (err)
        return err;
    sqlite3_bind_int64(rows, 1, (sqlite3_int64)last_tile);
    while ((code = sqlite3_step(rows)) == SQLITE_ROW) {
        struct journal_worker worker = {.tiles = (uint64_t)sqlite3_column_int64(rows, 1),
                                        .compute_us = (uint64_t)sqlite3_column_int64(rows, 2),
                                        .has_last = sqlite3_column_int(rows, 3) != 0};
        const char *name = (const char *)sqlite3_column_text(rows, 0);
        snprintf(worker.name, sizeof worker.name, "%s", name ? name : "");
        visit(ctx, &worker);
    }
    if (code != SQLITE_DONE)
        err = journal_failed(journal, "read", note);
    sqlite3_finalize(rows);
    return err;
}

enum err journal_get(struct journal *journal, uint64_t tile, struct journal_row *row,
                     struct err_note *note)
{
    enum err err = journal_prepare(journal, "SELECT " JOURNAL_COLUMNS " FROM tile WHERE tile = ?",
                                   &journal->get, note);
    if (err)
        return err;
    sqlite3_reset(journal->get);
    sqlite3_bind_int64(journal->get, 1, (sqlite3_int64)tile);
    int code = sqlite3_step(journal->get);
    if (code == SQLITE_ROW)
        return journal_read_row(journal, journal->get, row, note);
    if (code != SQLITE_DONE)
        return journal_failed(journal, "read", note);
    return err_set(note, ERR_NOT_FOUND, "%s: tile %llu is not finished", journal->path,
                   (unsigned long long)tile);
}
