#include "coordinator/journal_inside.h"
#include <stdio.h>
#include <string.h>

enum err journal_dispute(struct journal *journal, const struct journal_row *second,
                         struct err_note *note)
{
    sqlite3_stmt *insert = NULL;
    uint8_t sum[JOURNAL_SUM_BYTES];
    enum err err = journal_prepare(journal, "INSERT INTO dispute VALUES(?,?,?,?,?)", &insert, note);
    if (err)
        return err;
    journal_checksum(sum, second->tile, second->bytes, second->length);
    sqlite3_bind_int64(insert, 1, (sqlite3_int64)second->tile);
    sqlite3_bind_int64(insert, 2, second->epoch);
    sqlite3_bind_text(insert, 3, second->worker, -1, SQLITE_STATIC);
    sqlite3_bind_blob(insert, 4, sum, JOURNAL_SUM_BYTES, SQLITE_STATIC);
    sqlite3_bind_blob64(insert, 5, second->bytes, second->length, SQLITE_STATIC);
    if (sqlite3_step(insert) != SQLITE_DONE)
        err = journal_failed(journal, "save a disputed result", note);
    sqlite3_finalize(insert);
    return err;
}

enum err journal_n_disputes(struct journal *journal, uint64_t *n, struct err_note *note)
{
    return journal_query_numbers(journal, "SELECT count(DISTINCT tile) FROM dispute", n, NULL,
                                 note);
}

enum err journal_each_disputed(struct journal *journal, enum err (*visit)(void *ctx, uint64_t tile),
                               void *ctx, struct err_note *note)
{
    sqlite3_stmt *query = NULL;
    int code = SQLITE_DONE;
    enum err err =
        journal_prepare(journal, "SELECT DISTINCT tile FROM dispute ORDER BY tile", &query, note);
    while (!err && (code = sqlite3_step(query)) == SQLITE_ROW)
        err = visit(ctx, (uint64_t)sqlite3_column_int64(query, 0));
    if (!err && code != SQLITE_DONE)
        err = journal_failed(journal, "read", note);
    sqlite3_finalize(query);
    return err;
}

enum err journal_second(struct journal *journal, uint64_t tile, struct journal_row *row,
                        struct err_note *note)
{
    enum err err = journal_prepare(journal,
                                   "SELECT tile, epoch, 0, 0, 0, worker, sum, bytes FROM dispute"
                                   " WHERE tile = ? ORDER BY rowid DESC LIMIT 1",
                                   &journal->second, note);
    if (err)
        return err;
    sqlite3_reset(journal->second);
    sqlite3_bind_int64(journal->second, 1, (sqlite3_int64)tile);
    int code = sqlite3_step(journal->second);
    if (code == SQLITE_ROW)
        return journal_read_row(journal, journal->second, row, note);
    if (code != SQLITE_DONE)
        return journal_failed(journal, "read", note);
    return err_set(note, ERR_NOT_FOUND, "%s: tile %llu is not disputed", journal->path,
                   (unsigned long long)tile);
}

enum err journal_each_said(struct journal *journal, uint64_t tile,
                           enum err (*visit)(void *ctx, const struct journal_row *row), void *ctx,
                           struct err_note *note)
{
    sqlite3_stmt *query = NULL;
    struct journal_row row;
    int code = SQLITE_DONE;
    enum err err = journal_prepare(journal,
                                   "SELECT tile, epoch, 0, 0, 0, worker, sum, bytes FROM dispute"
                                   " WHERE tile = ? ORDER BY rowid",
                                   &query, note);
    if (!err)
        sqlite3_bind_int64(query, 1, (sqlite3_int64)tile);
    while (!err && (code = sqlite3_step(query)) == SQLITE_ROW) {
        err = journal_read_row(journal, query, &row, note);
        if (!err)
            err = visit(ctx, &row);
    }
    if (!err && code != SQLITE_DONE)
        err = journal_failed(journal, "read", note);
    sqlite3_finalize(query);
    return err;
}

enum err journal_verdict(struct journal *journal, uint64_t tile, char *out, size_t size,
                         struct err_note *note)
{
    sqlite3_stmt *query = NULL;
    enum err err = journal_prepare(
        journal,
        "SELECT verdict FROM verdict WHERE tile = ?1 AND n_disputes >="
        " (SELECT count(*) FROM dispute WHERE tile = ?1) ORDER BY rowid DESC LIMIT 1",
        &query, note);
    if (err)
        return err;
    sqlite3_bind_int64(query, 1, (sqlite3_int64)tile);
    int code = sqlite3_step(query);
    if (code == SQLITE_ROW)
        snprintf(out, size, "%s", (const char *)sqlite3_column_text(query, 0));
    else if (code == SQLITE_DONE)
        *out = 0;
    else
        err = journal_failed(journal, "read", note);
    sqlite3_finalize(query);
    return err;
}

/* One statement about one tile, with a text or without. */
static enum err change_tile(struct journal *journal, const char *sql, uint64_t tile,
                            const char *text, struct err_note *note)
{
    sqlite3_stmt *s = NULL;
    enum err err = journal_prepare(journal, sql, &s, note);
    if (err)
        return err;
    sqlite3_bind_int64(s, 1, (sqlite3_int64)tile);
    if (text)
        sqlite3_bind_text(s, 2, text, -1, SQLITE_STATIC);
    if (sqlite3_step(s) != SQLITE_DONE)
        err = journal_failed(journal, "save a decision", note);
    sqlite3_finalize(s);
    return err;
}

static bool same_bytes(const struct journal_row *a, const struct journal_row *b)
{
    return a->length == b->length && memcmp(a->bytes, b->bytes, a->length) == 0;
}

static enum err judge(struct journal *journal, const struct journal_row *final,
                      const struct journal_row *third, const char *verdict, struct err_note *note)
{
    struct journal_row before;
    enum err err = journal_get(journal, final->tile, &before, note);
    if (!err && !same_bytes(&before, final))
        err = journal_dispute(journal, &before, note);
    sqlite3_reset(journal->get);
    if (!err && third && !same_bytes(third, final))
        err = journal_dispute(journal, third, note);
    if (!err)
        err = change_tile(journal, "DELETE FROM tile WHERE tile = ?", final->tile, NULL, note);
    if (!err)
        err = journal_insert_row(journal, final, note);
    if (!err)
        err = change_tile(
            journal, "INSERT INTO verdict SELECT ?1, count(*), ?2 FROM dispute WHERE tile = ?1",
            final->tile, verdict, note);
    return err;
}

enum err journal_judge(struct journal *journal, const struct journal_row *final,
                       const struct journal_row *third, const char *verdict, struct err_note *note)
{
    enum err err = journal_prepare_insert(journal, note);
    if (!err)
        err = journal_execute(journal, "BEGIN IMMEDIATE", "save a decision", note);
    if (err)
        return err;
    err = judge(journal, final, third, verdict, note);
    if (!err)
        err = journal_execute(journal, "COMMIT", "save a decision", note);
    if (err)
        sqlite3_exec(journal->db, "ROLLBACK", NULL, NULL, NULL);
    return err;
}

enum err journal_each_contest(struct journal *journal,
                              enum err (*visit)(void *ctx, const struct journal_row *first,
                                                const char *second_worker),
                              void *ctx, struct err_note *note)
{
    sqlite3_stmt *query = NULL;
    struct journal_row row;
    int code = SQLITE_DONE;
    enum err err = journal_prepare(
        journal,
        "SELECT " JOURNAL_COLUMNS
        ", (SELECT worker FROM dispute d WHERE d.tile = t ORDER BY rowid DESC LIMIT 1)"
        " FROM (SELECT DISTINCT tile t FROM dispute) JOIN tile ON tile = t WHERE (SELECT count(*) "
        "FROM dispute d WHERE d.tile = t) >"
        " ifnull((SELECT max(n_disputes) FROM verdict v WHERE v.tile = t), 0) ORDER BY t",
        &query, note);
    while (!err && (code = sqlite3_step(query)) == SQLITE_ROW) {
        err = journal_read_row(journal, query, &row, note);
        if (!err)
            err = visit(ctx, &row, (const char *)sqlite3_column_text(query, 8));
    }
    if (!err && code != SQLITE_DONE)
        err = journal_failed(journal, "read", note);
    sqlite3_finalize(query);
    return err;
}
