#include "review/ledger.h"
#include <sqlite3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* The points of a book are a set of 64-bit hashes cut into shards by their first bits; a shard is
 * one BLOB of sorted little-endian numbers. A row a point would take three times the room and ten
 * times the time. */
enum { SHARD_BITS = 10, BUSY_MS = 30000, LEDGER_VERSION = 1 };
#define LEDGER_APPLICATION 0x506c4c67 /* "PlLg": what `file` and we know the file by */

static const char CREATE[] =
    "CREATE TABLE book(book INTEGER PRIMARY KEY, strategy TEXT NOT NULL, data TEXT NOT NULL,"
    " n_points INTEGER NOT NULL DEFAULT 0, UNIQUE(strategy, data));"
    "CREATE TABLE shard(book INTEGER NOT NULL, shard INTEGER NOT NULL, hashes BLOB NOT NULL,"
    " PRIMARY KEY(book, shard));"
    "CREATE TABLE opening(book INTEGER NOT NULL, start_day INTEGER NOT NULL,"
    " end_day INTEGER NOT NULL, point INTEGER NOT NULL, run TEXT NOT NULL,"
    " opened TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ', 'now')),"
    " PRIMARY KEY(book, start_day, end_day, point));";

struct ledger {
    sqlite3 *db;
    char path[LEDGER_PATH_MAX];
};

/* ---- errors ---- */

static enum err failed(const struct ledger *ledger, const char *what, struct err_note *note)
{
    const char *why = ledger->db ? sqlite3_errmsg(ledger->db) : "out of memory";
    switch (ledger->db ? sqlite3_errcode(ledger->db) & 0xff : SQLITE_NOMEM) {
    case SQLITE_NOMEM:
        return err_set(note, ERR_NOMEM, "out of memory");
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return err_set(note, ERR_BUSY,
                       "ledger %s: cannot %s: another process holds it; try again later",
                       ledger->path, what);
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
        return err_set(note, ERR_CORRUPT,
                       "ledger %s: cannot %s: %s; name another file with --ledger or "
                       "$PLATEAU_LEDGER, or restore this one",
                       ledger->path, what, why);
    default:
        return err_set(note, ERR_IO,
                       "ledger %s: cannot %s: %s; make it writable, or name another file with "
                       "--ledger or $PLATEAU_LEDGER",
                       ledger->path, what, why);
    }
}

static enum err execute(struct ledger *ledger, const char *sql, const char *what,
                        struct err_note *note)
{
    return sqlite3_exec(ledger->db, sql, NULL, NULL, NULL) ? failed(ledger, what, note) : OK;
}

static enum err prepare(struct ledger *ledger, const char *sql, sqlite3_stmt **out,
                        const char *what, struct err_note *note)
{
    return sqlite3_prepare_v2(ledger->db, sql, -1, out, NULL) ? failed(ledger, what, note) : OK;
}

/* ---- where it is ---- */

enum err ledger_path(char out[LEDGER_PATH_MAX], const char *path, struct err_note *note)
{
    const char *named = path ? path : getenv("PLATEAU_LEDGER");
    const char *data = getenv("XDG_DATA_HOME"), *home = getenv("HOME");
    int n;
    if (named && *named)
        n = snprintf(out, LEDGER_PATH_MAX, "%s", named);
    else if (data && data[0] == '/') /* the XDG rule: a relative path counts as none */
        n = snprintf(out, LEDGER_PATH_MAX, "%s/plateau/ledger.db", data);
    else if (home && *home)
        n = snprintf(out, LEDGER_PATH_MAX, "%s/.local/share/plateau/ledger.db", home);
    else
        return err_set(note, ERR_NOT_FOUND,
                       "the trial ledger has no place: HOME is not set; name a file with --ledger "
                       "or $PLATEAU_LEDGER, or use --no-ledger");
    return n < LEDGER_PATH_MAX
               ? OK
               : err_set(note, ERR_RANGE, "the trial ledger's path is longer than %d bytes",
                         LEDGER_PATH_MAX - 1);
}

/* What cannot be made is told by the opening of the file. */
static void make_folders(const char *path)
{
    char part[LEDGER_PATH_MAX];
    snprintf(part, sizeof part, "%s", path);
    for (char *p = part + 1; *p; p++) {
        if (*p != '/')
            continue;
        *p = '\0';
        mkdir(part, 0777);
        *p = '/';
    }
}

/* ---- opening ---- */

static enum err read_number(struct ledger *ledger, const char *pragma, int64_t *out,
                            struct err_note *note)
{
    sqlite3_stmt *query = NULL;
    enum err err = prepare(ledger, pragma, &query, "read", note);
    if (!err && sqlite3_step(query) != SQLITE_ROW)
        err = failed(ledger, "read", note);
    if (!err)
        *out = sqlite3_column_int64(query, 0);
    sqlite3_finalize(query);
    return err;
}

static enum err check_kind(struct ledger *ledger, bool *empty, struct err_note *note)
{
    int64_t application = 0, version = 0, n_tables = 0;
    enum err err = read_number(ledger, "PRAGMA application_id", &application, note);
    if (!err)
        err = read_number(ledger, "PRAGMA user_version", &version, note);
    if (!err)
        err = read_number(ledger, "SELECT count(*) FROM sqlite_master", &n_tables, note);
    if (err)
        return err;
    *empty = n_tables == 0 && application == 0;
    if (!*empty && application != LEDGER_APPLICATION)
        return err_set(note, ERR_CORRUPT,
                       "%s: a database of something else, not a trial ledger; name another file "
                       "with --ledger or $PLATEAU_LEDGER",
                       ledger->path);
    if (!*empty && version != LEDGER_VERSION)
        return err_set(note, ERR_VERSION,
                       "ledger %s: written by another plateau (layout %lld, this one knows %d)",
                       ledger->path, (long long)version, LEDGER_VERSION);
    return OK;
}

/* One look at one moment: between two reads another process may set the file up. */
static enum err look(struct ledger *ledger, bool *empty, struct err_note *note)
{
    enum err err = execute(ledger, "BEGIN", "read", note);
    if (err)
        return err;
    err = check_kind(ledger, empty, note);
    sqlite3_exec(ledger->db, "COMMIT", NULL, NULL, NULL); /* nothing was written */
    return err;
}

/* Two processes may find the file empty: the second to get the lock looks again. */
static enum err set_up(struct ledger *ledger, struct err_note *note)
{
    char sql[128];
    bool empty = false;
    enum err err = look(ledger, &empty, note);
    if (err || !empty)
        return err;
    err = execute(ledger, "BEGIN IMMEDIATE", "write", note);
    if (err)
        return err;
    err = check_kind(ledger, &empty, note);
    snprintf(sql, sizeof sql, "PRAGMA application_id=%d; PRAGMA user_version=%d;",
             LEDGER_APPLICATION, LEDGER_VERSION);
    if (!err && empty)
        err = execute(ledger, CREATE, "write", note);
    if (!err && empty)
        err = execute(ledger, sql, "write", note);
    if (!err)
        err = execute(ledger, "COMMIT", "write", note);
    if (err)
        sqlite3_exec(ledger->db, "ROLLBACK", NULL, NULL, NULL);
    return err;
}

/* SQLite opens a file that may only be read read-only by itself. No WAL: home folders lie on
 * network file systems, and a read-only folder must do for reading. */
enum err ledger_open(struct ledger **out, const char *path, struct err_note *note)
{
    struct ledger *ledger = calloc(1, sizeof *ledger);
    if (!ledger)
        return ERR_NOMEM;
    enum err err = ledger_path(ledger->path, path, note);
    if (!err) {
        make_folders(ledger->path);
        if (sqlite3_open_v2(ledger->path, &ledger->db,
                            SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL))
            err = failed(ledger, "open", note);
    }
    if (!err) {
        sqlite3_busy_timeout(ledger->db, BUSY_MS);
        err = set_up(ledger, note);
    }
    if (err) {
        ledger_close(&ledger);
        return err;
    }
    *out = ledger;
    return OK;
}

void ledger_close(struct ledger **ledger_p)
{
    if (!*ledger_p)
        return;
    sqlite3_close((*ledger_p)->db);
    free(*ledger_p);
    *ledger_p = NULL;
}

/* ---- books ---- */

struct book {
    int64_t id, n_points; /* id 0: there is none */
};

static enum err find_book(struct ledger *ledger, const char *strategy, const char *data,
                          struct book *out, struct err_note *note)
{
    sqlite3_stmt *query = NULL;
    enum err err =
        prepare(ledger, "SELECT book, n_points FROM book WHERE strategy = ? AND data = ?", &query,
                "read", note);
    if (err)
        return err;
    sqlite3_bind_text(query, 1, strategy, -1, SQLITE_STATIC);
    sqlite3_bind_text(query, 2, data, -1, SQLITE_STATIC);
    int code = sqlite3_step(query);
    *out = (struct book){0, 0};
    if (code == SQLITE_ROW)
        *out = (struct book){sqlite3_column_int64(query, 0), sqlite3_column_int64(query, 1)};
    else if (code != SQLITE_DONE)
        err = failed(ledger, "read", note);
    sqlite3_finalize(query);
    return err;
}

static enum err make_book(struct ledger *ledger, const char *strategy, const char *data,
                          struct book *out, struct err_note *note)
{
    sqlite3_stmt *insert = NULL;
    enum err err = prepare(ledger, "INSERT OR IGNORE INTO book(strategy, data) VALUES(?, ?)",
                           &insert, "write", note);
    if (err)
        return err;
    sqlite3_bind_text(insert, 1, strategy, -1, SQLITE_STATIC);
    sqlite3_bind_text(insert, 2, data, -1, SQLITE_STATIC);
    if (sqlite3_step(insert) != SQLITE_DONE)
        err = failed(ledger, "write", note);
    sqlite3_finalize(insert);
    return err ? err : find_book(ledger, strategy, data, out, note);
}

enum err ledger_distinct(struct ledger *ledger, const char *strategy_key, const char *data_hash,
                         uint64_t *n, struct err_note *note)
{
    struct book book;
    enum err err = find_book(ledger, strategy_key, data_hash, &book, note);
    if (!err)
        *n = (uint64_t)book.n_points;
    return err;
}

/* ---- points ---- */

static int by_value(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static uint64_t load(const uint8_t *bytes)
{
    uint64_t v = 0;
    for (unsigned i = 0; i < 8; i++)
        v |= (uint64_t)bytes[i] << (8 * i);
    return v;
}

static void store(uint8_t *bytes, uint64_t v)
{
    for (unsigned i = 0; i < 8; i++)
        bytes[i] = (uint8_t)(v >> (8 * i));
}

/* The union of two sorted lists, each number once; returns how many. */
static size_t merge(uint8_t *out, const uint8_t *old, size_t n_old, const uint64_t *add,
                    size_t n_add)
{
    size_t n = 0, i = 0, j = 0;
    while (i < n_old || j < n_add) {
        uint64_t a = i < n_old ? load(old + 8 * i) : 0, b = j < n_add ? add[j] : 0, least;
        least = j == n_add || (i < n_old && a <= b) ? a : b;
        while (i < n_old && load(old + 8 * i) == least)
            i++;
        while (j < n_add && add[j] == least)
            j++;
        store(out + 8 * n++, least);
    }
    return n;
}

struct shards { /* statements of one transaction */
    sqlite3_stmt *get, *put;
    int64_t book;
};

static enum err add_to_shard(struct ledger *ledger, struct shards *s, int shard,
                             const uint64_t *add, size_t n_add, int64_t *n_new,
                             struct err_note *note)
{
    sqlite3_bind_int64(s->get, 1, s->book);
    sqlite3_bind_int(s->get, 2, shard);
    int code = sqlite3_step(s->get);
    if (code != SQLITE_ROW && code != SQLITE_DONE)
        return failed(ledger, "read", note);
    size_t n_old = 0;
    const uint8_t *old = NULL;
    if (code == SQLITE_ROW) {
        old = sqlite3_column_blob(s->get, 0);
        n_old = (size_t)sqlite3_column_bytes(s->get, 0) / 8;
    }
    uint8_t *all = malloc(8 * (n_old + n_add));
    if (!all)
        return err_set(note, ERR_NOMEM, "out of memory");
    size_t n = merge(all, old, n_old, add, n_add);
    sqlite3_reset(s->get);
    enum err err = OK;
    if (n > n_old) {
        sqlite3_bind_int64(s->put, 1, s->book);
        sqlite3_bind_int(s->put, 2, shard);
        sqlite3_bind_blob64(s->put, 3, all, 8 * n, SQLITE_STATIC);
        if (sqlite3_step(s->put) != SQLITE_DONE)
            err = failed(ledger, "write", note);
        sqlite3_reset(s->put);
        *n_new += (int64_t)(n - n_old);
    }
    free(all);
    return err;
}

static enum err add_points(struct ledger *ledger, const struct book *book, const uint64_t *hashes,
                           size_t n, struct err_note *note)
{
    struct shards s = {.book = book->id};
    int64_t n_new = 0;
    char sql[128];
    enum err err = prepare(ledger, "SELECT hashes FROM shard WHERE book = ? AND shard = ?", &s.get,
                           "read", note);
    if (!err)
        err =
            prepare(ledger, "INSERT OR REPLACE INTO shard VALUES(?, ?, ?)", &s.put, "write", note);
    for (size_t i = 0, end; !err && i < n; i = end) {
        uint64_t shard = hashes[i] >> (64 - SHARD_BITS);
        for (end = i; end < n && hashes[end] >> (64 - SHARD_BITS) == shard;)
            end++;
        err = add_to_shard(ledger, &s, (int)shard, hashes + i, end - i, &n_new, note);
    }
    sqlite3_finalize(s.get);
    sqlite3_finalize(s.put);
    if (err || n_new == 0)
        return err;
    snprintf(sql, sizeof sql, "UPDATE book SET n_points = n_points + %lld WHERE book = %lld",
             (long long)n_new, (long long)book->id);
    return execute(ledger, sql, "write", note);
}

enum err ledger_record_points(struct ledger *ledger, const char *strategy_key,
                              const char *data_hash, uint64_t *hashes, size_t n,
                              struct err_note *note)
{
    struct book book;
    qsort(hashes, n, sizeof *hashes, by_value);
    enum err err = execute(ledger, "BEGIN IMMEDIATE", "write", note);
    if (err)
        return err;
    err = make_book(ledger, strategy_key, data_hash, &book, note);
    if (!err)
        err = add_points(ledger, &book, hashes, n, note);
    if (!err)
        err = execute(ledger, "COMMIT", "write", note);
    if (err)
        sqlite3_exec(ledger->db, "ROLLBACK", NULL, NULL, NULL);
    return err;
}

/* ---- openings ---- */

static enum err put_opening(struct ledger *ledger, int64_t book,
                            const struct ledger_opening *opening, struct err_note *note)
{
    sqlite3_stmt *insert = NULL;
    int64_t point;
    memcpy(&point, &opening->point_hash, sizeof point); /* SQLite's numbers have a sign */
    enum err err = prepare(ledger,
                           "INSERT OR IGNORE INTO opening(book, start_day, end_day, point, run)"
                           " VALUES(?, ?, ?, ?, ?)",
                           &insert, "write", note);
    if (err)
        return err;
    sqlite3_bind_int64(insert, 1, book);
    sqlite3_bind_int(insert, 2, opening->start_day);
    sqlite3_bind_int(insert, 3, opening->end_day);
    sqlite3_bind_int64(insert, 4, point);
    sqlite3_bind_text(insert, 5, opening->run_id ? opening->run_id : "", -1, SQLITE_STATIC);
    if (sqlite3_step(insert) != SQLITE_DONE)
        err = failed(ledger, "write", note);
    sqlite3_finalize(insert);
    return err;
}

enum err ledger_record_opening(struct ledger *ledger, const char *strategy_key,
                               const char *data_hash, const struct ledger_opening *opening,
                               struct err_note *note)
{
    struct book book;
    enum err err = execute(ledger, "BEGIN IMMEDIATE", "write", note);
    if (err)
        return err;
    err = make_book(ledger, strategy_key, data_hash, &book, note);
    if (!err)
        err = put_opening(ledger, book.id, opening, note);
    if (!err)
        err = execute(ledger, "COMMIT", "write", note);
    if (err)
        sqlite3_exec(ledger->db, "ROLLBACK", NULL, NULL, NULL);
    return err;
}

enum err ledger_openings(struct ledger *ledger, const char *strategy_key, const char *data_hash,
                         int32_t start_day, int32_t end_day, uint64_t *n, struct err_note *note)
{
    struct book book;
    sqlite3_stmt *query = NULL;
    enum err err = find_book(ledger, strategy_key, data_hash, &book, note);
    if (!err)
        err = prepare(ledger,
                      "SELECT count(*) FROM opening"
                      " WHERE book = ? AND start_day <= ? AND end_day >= ?",
                      &query, "read", note);
    if (err)
        return err;
    sqlite3_bind_int64(query, 1, book.id);
    sqlite3_bind_int(query, 2, end_day);
    sqlite3_bind_int(query, 3, start_day);
    if (sqlite3_step(query) != SQLITE_ROW)
        err = failed(ledger, "read", note);
    else
        *n = (uint64_t)sqlite3_column_int64(query, 0);
    sqlite3_finalize(query);
    return err;
}
