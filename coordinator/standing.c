#include "coordinator/standing.h"
#include "coordinator/export.h"
#include "coordinator/share.h"
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *const STANDING_NAME[N_STANDINGS] = {
#define X(NAME, name) name,
    STANDING_TABLE(X)
#undef X
};
enum { PATH_SIZE = 4096 + 64, FILE_MAX = 8192 };

static enum err parse(struct standing *out, const char *text, size_t length)
{
    const char *state, *reason;
    json_int_t priority, submitted_ms, exit_code;
    struct run_limits limits;
    int no_ledger = 0;
    json_t *json = json_loadb(text, length, JSON_REJECT_DUPLICATES, NULL);
    enum err err = ERR_CORRUPT;
    if (json &&
        json_unpack(json, "{s:s, s:s, s:I, s:I, s:I, s?:b}", "state", &state, "reason", &reason,
                    "priority", &priority, "submitted_ms", &submitted_ms, "exit_code", &exit_code,
                    "no_ledger", &no_ledger) == 0 &&
        priority >= 1 && priority <= SHARE_PRIORITY_MAX && exit_code >= 0 && exit_code <= 255 &&
        strlen(reason) <= STANDING_REASON_MAX && run_limits_read(&limits, json, NULL) == OK)
        for (int s = 1; err && s < N_STANDINGS; s++)
            if (strcmp(state, STANDING_NAME[s]) == 0) {
                *out = (struct standing){.state = (enum standing_state)s,
                                         .priority = (uint32_t)priority,
                                         .submitted_ms = submitted_ms,
                                         .exit_code = (int)exit_code,
                                         .limits = limits,
                                         .no_ledger = no_ledger != 0};
                snprintf(out->reason, sizeof out->reason, "%s", reason);
                err = OK;
            }
    json_decref(json);
    return err;
}

enum err standing_read(struct standing *out, const char *run_path, struct err_note *note)
{
    char path[PATH_SIZE], text[FILE_MAX];
    snprintf(path, sizeof path, "%s/" STANDING_FILE, run_path);
    *out = (struct standing){.priority = SHARE_PRIORITY_DEFAULT};
    FILE *file = fopen(path, "re");
    if (!file)
        return errno == ENOENT ? OK : err_set(note, ERR_IO, "%s: %s", path, strerror(errno));
    size_t length = fread(text, 1, sizeof text, file);
    fclose(file);
    return parse(out, text, length)
               ? err_set(note, ERR_CORRUPT,
                         "%s: damaged: state, reason, priority, submitted_ms and exit_code are "
                         "expected",
                         path)
               : OK;
}

static enum err write_whole(const char *path, const char *text, struct err_note *note)
{
    char beside[PATH_SIZE + 32];
    snprintf(beside, sizeof beside, "%s.tmp.%ld", path, (long)getpid());
    FILE *file = fopen(beside, "we");
    bool good = file && fputs(text, file) >= 0 && fflush(file) == 0 && fsync(fileno(file)) == 0;
    int e = errno;
    if (file && fclose(file) != 0)
        good = false;
    if (good)
        return export_rename(beside, path, note);
    unlink(beside);
    return err_set(note, ERR_IO, "%s: cannot write: %s", path, strerror(e));
}

enum err standing_write(const struct standing *standing, const char *run_path,
                        struct err_note *note)
{
    char path[PATH_SIZE];
    snprintf(path, sizeof path, "%s/" STANDING_FILE, run_path);
    if (standing->state == STANDING_NONE) {
        if (unlink(path) && errno != ENOENT)
            return err_set(note, ERR_IO, "%s: cannot remove: %s", path, strerror(errno));
        return OK;
    }
    json_t *json =
        json_pack("{s:s, s:s, s:I, s:I, s:i}", "state", STANDING_NAME[standing->state], "reason",
                  standing->reason, "priority", (json_int_t)standing->priority, "submitted_ms",
                  (json_int_t)standing->submitted_ms, "exit_code", standing->exit_code);
    char *text =
        json && !run_limits_add(&standing->limits, json) &&
                (!standing->no_ledger || !json_object_set_new(json, "no_ledger", json_true()))
            ? json_dumps(json, JSON_INDENT(1))
            : NULL;
    enum err err = text ? write_whole(path, text, note) : ERR_NOMEM;
    free(text);
    json_decref(json);
    return err;
}
