#include "market/cache_list.h"
#include "market/cache_entry.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HEX = 64 };

/* ---- listing ---- */

static bool ends(const char *name, const char *with)
{
    size_t n = strlen(name), m = strlen(with);
    return n >= m && strcmp(name + n - m, with) == 0;
}

static bool kind_of(const char *name, enum cache_kind *kind)
{
    if (strspn(name, "0123456789abcdef") != HEX)
        return false;
    if (ends(name, CACHE_PART) || strstr(name, ".tmp."))
        *kind = CACHE_UNFINISHED;
    else if (ends(name, ".img"))
        *kind = CACHE_IMAGE;
    else if (ends(name, ".planes"))
        *kind = CACHE_PLANES;
    else if (ends(name, ".key"))
        *kind = CACHE_KEY;
    else
        return false;
    return true;
}

/* Of an open file, whose lock, once ours, ends with fd. */
static bool is_held(int fd)
{
    return flock(fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
}

static bool look_at(int folder, const char *name, struct cache_file *out)
{
    struct stat st;
    struct cache_file file = {.name = ""};
    if (strlen(name) >= sizeof file.name || !kind_of(name, &file.kind))
        return false;
    int fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return false;
    bool good = fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
    if (good) {
        snprintf(file.name, sizeof file.name, "%s", name);
        file.bytes = (uint64_t)st.st_blocks * 512; /* a file on its way has holes */
        file.used_s = st.st_mtim.tv_sec;
        file.in_use = is_held(fd);
        if (file.kind == CACHE_KEY && read(fd, file.image, HEX) != HEX)
            file.image[0] = '\0';
        *out = file;
    }
    close(fd);
    return good;
}

static int by_use(const void *a, const void *b)
{
    const struct cache_file *x = a, *y = b;
    if (x->used_s != y->used_s)
        return x->used_s < y->used_s ? -1 : 1;
    return strcmp(x->name, y->name);
}

static enum err read_folder(DIR *folder, struct cache_file **files, size_t *n)
{
    size_t room = 0;
    for (const struct dirent *entry; (entry = readdir(folder));) {
        if (*n == room) {
            room = room ? 2 * room : 64;
            struct cache_file *grown = realloc(*files, room * sizeof *grown);
            if (!grown)
                return ERR_NOMEM;
            *files = grown;
        }
        *n += look_at(dirfd(folder), entry->d_name, *files + *n);
    }
    return OK;
}

enum err cache_list(const char *dir, struct cache_file **out, size_t *n, struct err_note *note)
{
    struct cache_file *files = NULL;
    size_t found = 0;
    DIR *folder = opendir(dir);
    if (!folder && errno != ENOENT)
        return err_set(note, ERR_IO, "%s: cannot read: %s", dir, strerror(errno));
    enum err err = folder ? read_folder(folder, &files, &found) : OK;
    if (folder)
        closedir(folder);
    if (err) {
        free(files);
        return err;
    }
    if (found)
        qsort(files, found, sizeof *files, by_use);
    *out = files;
    *n = found;
    return OK;
}

/* ---- what goes ---- */

static bool has_image(const struct cache_file *files, size_t n, const bool *go, const char *hex)
{
    for (size_t i = 0; i < n; i++)
        if (files[i].kind == CACHE_IMAGE && !go[i] && strncmp(files[i].name, hex, HEX) == 0)
            return true;
    return false;
}

static bool is_old(const struct cache_file *file, const struct cache_policy *policy)
{
    int64_t limit_s = policy->older_than_s;
    if (file->kind == CACHE_UNFINISHED && (limit_s < 0 || limit_s > CACHE_UNFINISHED_S))
        limit_s = CACHE_UNFINISHED_S;
    return limit_s >= 0 && policy->now_s - file->used_s > limit_s;
}

void cache_plan(const struct cache_file *files, size_t n, const struct cache_policy *policy,
                bool *go)
{
    uint64_t total = 0,
             limit = policy->max_bytes > policy->room ? policy->max_bytes - policy->room : 0;
    for (size_t i = 0; i < n; i++) {
        go[i] = !files[i].in_use && files[i].kind != CACHE_KEY && is_old(&files[i], policy);
        total += go[i] ? 0 : files[i].bytes;
    }
    for (size_t i = 0; i < n && total > limit; i++) { /* oldest first */
        if (go[i] || files[i].in_use || files[i].kind == CACHE_KEY)
            continue;
        go[i] = true;
        total -= files[i].bytes;
    }
    for (size_t i = 0; i < n; i++)
        if (files[i].kind == CACHE_KEY)
            go[i] = !has_image(files, n, go, files[i].image);
}

enum err cache_remove(const char *dir, const struct cache_file *file, struct err_note *note)
{
    char path[4096 + sizeof file->name];
    snprintf(path, sizeof path, "%.4095s/%s", dir, file->name);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return errno == ENOENT
                   ? OK
                   : err_set(note, ERR_IO, "%s: cannot open: %s", path, strerror(errno));
    enum err err = OK;
    if (is_held(fd))
        err = ERR_BUSY;
    else if (unlink(path) != 0 && errno != ENOENT)
        err = err_set(note, ERR_IO, "%s: cannot remove: %s", path, strerror(errno));
    close(fd);
    return err;
}

enum err cache_evict(const char *dir, const struct cache_policy *policy, uint64_t *freed,
                     struct err_note *note)
{
    struct cache_file *files = NULL;
    size_t n = 0;
    uint64_t bytes = 0;
    enum err err = cache_list(dir, &files, &n, note), failed = OK;
    bool *go = err ? NULL : calloc(n + 1, sizeof *go);
    if (!err && !go)
        err = ERR_NOMEM;
    if (!err)
        cache_plan(files, n, policy, go);
    for (size_t i = 0; !err && i < n; i++) {
        if (!go[i])
            continue;
        enum err one = cache_remove(dir, &files[i], note);
        bytes += one ? 0 : files[i].bytes;
        failed = one && one != ERR_BUSY ? one : failed;
    }
    free(go);
    free(files);
    if (freed)
        *freed = bytes;
    return err ? err : failed;
}
