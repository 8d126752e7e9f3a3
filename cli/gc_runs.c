#include "cli/gc_runs.h"
#include "cli/counts.h"
#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define GONE_PREFIX ".gone-" /* of a run that is being removed */
enum { PATH_ROOM = 4096 + 300, OPEN_FOLDERS = 16 };

/* ---- listing ---- */

/* nftw() has no room for a context. */
static struct {
    uint64_t bytes;
    int64_t used_s;
} sum;

static int add_file(const char *path, const struct stat *st, int kind, struct FTW *where)
{
    const char *name = path + where->base;
    if (kind == FTW_F)
        sum.bytes += (uint64_t)st->st_blocks * 512;
    /* Looking at a run opens its lock and its journal's side files. */
    if (kind == FTW_F && strcmp(name, "lock") != 0 && !strchr(name, '-') &&
        st->st_mtim.tv_sec > sum.used_s)
        sum.used_s = st->st_mtim.tv_sec;
    return 0;
}

static bool look_at(const char *dir, const char *name, struct gc_run *out)
{
    struct run_dir run;
    struct run_counts counts;
    struct err_note ignored;
    if (name[0] == '.' || strcmp(name, "last") == 0 || run_dir_open(&run, dir, name, &ignored))
        return false;
    sum.bytes = 0;
    sum.used_s = 0;
    nftw(run.path, add_file, OPEN_FOLDERS, FTW_PHYS);
    *out = (struct gc_run){.bytes = sum.bytes, .used_s = sum.used_s, .why = ""};
    snprintf(out->id, sizeof out->id, "%s", run.id);
    out->held = run_is_held(&run, NULL);
    out->finished = !out->held && run_count(&counts, &run, &ignored) == OK &&
                    counts.tiles_done == counts.n_tiles;
    bool ours = strcmp(run.id, name) == 0; /* else a link to it, or a copy */
    run_dir_free(&run);
    return ours;
}

static int newest_first(const void *a, const void *b)
{
    const struct gc_run *x = a, *y = b;
    if (x->used_s != y->used_s)
        return x->used_s > y->used_s ? -1 : 1;
    return strcmp(x->id, y->id);
}

static enum err read_folder(const char *dir, DIR *folder, struct gc_run **runs, size_t *n)
{
    size_t room = 0;
    for (const struct dirent *entry; (entry = readdir(folder));) {
        if (*n == room) {
            room = room ? 2 * room : 64;
            struct gc_run *grown = realloc(*runs, room * sizeof *grown);
            if (!grown)
                return ERR_NOMEM;
            *runs = grown;
        }
        *n += look_at(dir, entry->d_name, *runs + *n);
    }
    return OK;
}

enum err gc_runs_list(const char *dir, struct gc_run **out, size_t *n, struct err_note *note)
{
    struct gc_run *runs = NULL;
    size_t found = 0;
    DIR *folder = opendir(dir);
    if (!folder && errno != ENOENT)
        return err_set(note, ERR_IO, "%s: cannot read: %s", dir, strerror(errno));
    enum err err = folder ? read_folder(dir, folder, &runs, &found) : OK;
    if (folder)
        closedir(folder);
    if (err) {
        free(runs);
        return err;
    }
    if (found)
        qsort(runs, found, sizeof *runs, newest_first);
    *out = runs;
    *n = found;
    return OK;
}

/* ---- what goes ---- */

static const char *protection(const struct gc_run *run, size_t rank, const struct gc_policy *policy)
{
    if (run->held)
        return "held by a process";
    if (policy->keep != UINT64_MAX && rank < policy->keep)
        return "among the newest";
    if (!run->finished && !policy->unfinished)
        return "unfinished";
    return NULL;
}

void gc_runs_plan(struct gc_run *runs, size_t n, const struct gc_policy *policy)
{
    bool only_keep =
        policy->keep != UINT64_MAX && policy->older_than_s < 0 && policy->max_bytes == UINT64_MAX;
    uint64_t total = 0;
    for (size_t i = 0; i < n; i++) {
        struct gc_run *run = &runs[i];
        const char *stays = protection(run, i, policy);
        bool old = policy->older_than_s >= 0 && policy->now_s - run->used_s > policy->older_than_s;
        run->go = !stays && (old || only_keep);
        run->why = stays ? stays : old ? "old" : only_keep ? "beyond the newest" : "recent";
        total += run->go ? 0 : run->bytes;
    }
    for (size_t i = n; i-- > 0 && total > policy->max_bytes;) { /* oldest first */
        if (runs[i].go || protection(&runs[i], i, policy))
            continue;
        runs[i].go = true;
        runs[i].why = "over the size";
        total -= runs[i].bytes;
    }
}

/* ---- removing ---- */

static int remove_entry(const char *path, const struct stat *st, int kind, struct FTW *where)
{
    (void)st;
    (void)kind;
    (void)where;
    return remove(path);
}

static enum err remove_folder(const char *path, struct err_note *note)
{
    if (nftw(path, remove_entry, OPEN_FOLDERS, FTW_PHYS | FTW_DEPTH) == 0 || errno == ENOENT)
        return OK;
    return err_set(note, ERR_IO, "%s: cannot remove: %s", path, strerror(errno));
}

enum err gc_run_remove(const char *dir, const struct gc_run *run, struct err_note *note)
{
    struct run_dir it;
    char gone[PATH_ROOM];
    int lock = -1;
    enum err err = run_dir_open(&it, dir, run->id, note);
    if (err)
        return err;
    err = run_lock(&it, &lock, note);
    snprintf(gone, sizeof gone, "%.3900s/" GONE_PREFIX "%s", dir, run->id);
    if (!err && rename(it.path, gone) != 0)
        err = err_set(note, ERR_IO, "%s: cannot remove: %s", it.path, strerror(errno));
    if (!err)
        err = remove_folder(gone, note);
    run_unlock(lock);
    run_dir_free(&it);
    return err;
}

enum err gc_runs_finish(const char *dir, struct err_note *note)
{
    char path[PATH_ROOM];
    enum err err = OK;
    DIR *folder = opendir(dir);
    if (!folder)
        return OK;
    for (const struct dirent *entry; !err && (entry = readdir(folder));) {
        if (strncmp(entry->d_name, GONE_PREFIX, strlen(GONE_PREFIX)) != 0)
            continue;
        snprintf(path, sizeof path, "%.3900s/%s", dir, entry->d_name);
        err = remove_folder(path, note);
    }
    closedir(folder);
    return err;
}
