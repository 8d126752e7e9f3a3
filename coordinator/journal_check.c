#include "coordinator/journal_inside.h"
#include <string.h>

enum err journal_integrity(struct journal *journal, struct err_note *note)
{
    sqlite3_stmt *query = NULL;
    enum err err = journal_prepare(journal, "PRAGMA integrity_check(1)", &query, note);
    if (err)
        return err;
    int code = sqlite3_step(query);
    const char *found = code == SQLITE_ROW ? (const char *)sqlite3_column_text(query, 0) : NULL;
    if (!found)
        err = journal_failed(journal, "read", note);
    else if (strcmp(found, "ok") != 0)
        err = err_set(note, ERR_CORRUPT, "%s: %.300s", journal->path, found);
    sqlite3_finalize(query);
    return err;
}

enum err journal_scan(struct journal *journal,
                      enum err (*visit)(void *ctx, const struct journal_row *row, bool sound),
                      void *ctx, struct err_note *note)
{
    sqlite3_stmt *rows = NULL;
    struct journal_row row;
    int code = SQLITE_DONE;
    enum err err =
        journal_prepare(journal, "SELECT " JOURNAL_COLUMNS " FROM tile ORDER BY tile", &rows, note);
    if (err)
        return err;
    while (!err && (code = sqlite3_step(rows)) == SQLITE_ROW) {
        bool sound = journal_read_row(journal, rows, &row, NULL) == OK;
        err = visit(ctx, &row, sound);
    }
    if (!err && code != SQLITE_DONE)
        err = journal_failed(journal, "read", note);
    sqlite3_finalize(rows);
    return err;
}

enum err journal_forget(struct journal *journal, uint64_t tile, struct err_note *note)
{
    sqlite3_stmt *remove = NULL;
    enum err err = journal_prepare(journal, "DELETE FROM tile WHERE tile = ?", &remove, note);
    if (err)
        return err;
    sqlite3_bind_int64(remove, 1, (sqlite3_int64)tile);
    if (sqlite3_step(remove) != SQLITE_DONE)
        err = journal_failed(journal, "remove a row", note);
    sqlite3_finalize(remove);
    return err;
}
