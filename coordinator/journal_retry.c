#include "coordinator/journal_inside.h"

/* About one tile, ?1, with the reason as ?2 where the statement has one. */
static const struct step {
    const char *sql;
    bool with_reason, must_change;
} STEPS[] = {
    {"INSERT INTO retried SELECT " JOURNAL_COLUMNS ", ?2 FROM tile WHERE tile = ?1", true, true},
    {"INSERT INTO retried SELECT tile, epoch, 0, 0, 0, worker, sum, bytes, 'disputed'"
     " FROM dispute WHERE tile = ?1",
     false, false},
    {"DELETE FROM dispute WHERE tile = ?1", false, false},
    {"DELETE FROM verdict WHERE tile = ?1", false, false},
    {"DELETE FROM tile WHERE tile = ?1", false, true},
};

static enum err take_step(struct journal *journal, const struct step *step, const uint64_t *tiles,
                          size_t n, const char *reason, struct err_note *note)
{
    sqlite3_stmt *s = NULL;
    enum err err = journal_prepare(journal, step->sql, &s, note);
    for (size_t i = 0; !err && i < n; i++) {
        sqlite3_bind_int64(s, 1, (sqlite3_int64)tiles[i]);
        if (step->with_reason)
            sqlite3_bind_text(s, 2, reason, -1, SQLITE_STATIC);
        if (sqlite3_step(s) != SQLITE_DONE)
            err = journal_failed(journal, "take a tile out", note);
        else if (step->must_change && sqlite3_changes(journal->db) != 1)
            err = err_set(note, ERR_NOT_FOUND, "%s: tile %llu is not finished", journal->path,
                          (unsigned long long)tiles[i]);
        sqlite3_reset(s);
    }
    sqlite3_finalize(s);
    return err;
}

enum err journal_retry(struct journal *journal, const uint64_t *tiles, size_t n, const char *reason,
                       struct err_note *note)
{
    enum err err = journal_execute(journal, "BEGIN IMMEDIATE", "take tiles out", note);
    if (err)
        return err;
    for (size_t k = 0; !err && k < sizeof STEPS / sizeof *STEPS; k++)
        err = take_step(journal, &STEPS[k], tiles, n, reason, note);
    if (!err)
        err = journal_execute(journal, "COMMIT", "take tiles out", note);
    if (err)
        sqlite3_exec(journal->db, "ROLLBACK", NULL, NULL, NULL);
    return err;
}
