#include "coordinator/keys.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zmq.h>

char *keys_default_folder(void)
{
    char *folder = NULL;
    const char *xdg = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    if (xdg && *xdg == '/') /* the XDG rules: a relative path is ignored */
        return asprintf(&folder, "%s/plateau/keys", xdg) < 0 ? NULL : folder;
    return asprintf(&folder, "%s/.config/plateau/keys", home && *home ? home : "/tmp") < 0 ? NULL
                                                                                           : folder;
}

static enum err path_in(char path[PATH_MAX], const char *folder, const char *name,
                        const char *suffix, struct err_note *note)
{
    int n = snprintf(path, PATH_MAX, "%s/%s%s", folder, name, suffix);
    return n < PATH_MAX ? OK : err_set(note, ERR_RANGE, "%s: the path is too long", folder);
}

/* ---- reading ---- */

static enum err check_folder(const char *folder, struct err_note *note)
{
    struct stat st;
    if (stat(folder, &st) != 0)
        return err_set(note, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "%s: %s", folder,
                       strerror(errno));
    if (!S_ISDIR(st.st_mode))
        return err_set(note, ERR_FORMAT, "%s: a folder of keys is expected", folder);
    /* Who may write here decides who joins. Mounted secrets may be readable: the files are not. */
    if (st.st_mode & 022)
        return err_set(note, ERR_RANGE, "%s: others can change the keys (mode %04o): chmod 700 %s",
                       folder, (unsigned)(st.st_mode & 07777), folder);
    return OK;
}

enum err keys_load_coordinator(struct access_keys *out, const char *folder, struct err_note *note)
{
    char path[PATH_MAX], text[ACCESS_FILE_MAX + 1];
    size_t length = 0;
    enum err err = check_folder(folder, note);
    if (!err)
        err = path_in(path, folder, KEYS_COORDINATOR_FILE, "", note);
    if (!err)
        err = access_read_secret(path, text, sizeof text, &length, note);
    if (!err)
        err = access_parse_keys(out, path, text, length, note);
    access_wipe(text, sizeof text);
    return err;
}

static enum err read_text(const char *path, char **text, size_t *length, struct err_note *note)
{
    FILE *file = fopen(path, "re");
    *text = NULL;
    *length = 0;
    if (!file && errno == ENOENT)
        return OK;
    if (!file)
        return err_set(note, ERR_IO, "%s: cannot read: %s", path, strerror(errno));
    *text = malloc(ALLOW_FILE_MAX + 1);
    *length = *text ? fread(*text, 1, ALLOW_FILE_MAX + 1, file) : 0;
    enum err err = !*text         ? ERR_NOMEM
                   : ferror(file) ? err_set(note, ERR_IO, "%s: cannot read", path)
                                  : OK;
    if (!err && *length > ALLOW_FILE_MAX)
        err = err_set(note, ERR_FORMAT, "%s: longer than %zu bytes", path, ALLOW_FILE_MAX);
    fclose(file);
    if (err) {
        free(*text);
        *text = NULL;
    }
    return err;
}

enum err keys_load_allowed(struct allow_list *out, const char *folder, struct err_note *note)
{
    char path[PATH_MAX], *text;
    size_t length;
    enum err err = path_in(path, folder, KEYS_ALLOW_FILE, "", note);
    if (!err)
        err = read_text(path, &text, &length, note);
    if (err)
        return err;
    err = allow_parse(out, path, text ? text : "", length, note);
    free(text);
    return err;
}

/* ---- writing ---- */

/* Every missing folder on the way; those made here are private. */
static enum err make_folder(const char *folder, struct err_note *note)
{
    char path[PATH_MAX];
    if (strlen(folder) >= sizeof path)
        return err_set(note, ERR_RANGE, "%s: the path is too long", folder);
    snprintf(path, sizeof path, "%s", folder);
    for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = 0;
        if (mkdir(path, 0700) != 0 && errno != EEXIST)
            return err_set(note, ERR_IO, "%s: cannot make the folder: %s", path, strerror(errno));
        *slash = '/';
    }
    if (mkdir(path, 0700) != 0 && errno != EEXIST)
        return err_set(note, ERR_IO, "%s: cannot make the folder: %s", path, strerror(errno));
    return OK;
}

/* Two keygens at once must not lose each other's line of the allow-list. */
static enum err lock(const char *folder, int *fd, struct err_note *note)
{
    enum err err = make_folder(folder, note);
    if (!err)
        err = check_folder(folder, note);
    if (err)
        return err;
    *fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (*fd < 0 || flock(*fd, LOCK_EX) != 0) {
        err = err_set(note, ERR_IO, "%s: cannot lock: %s", folder, strerror(errno));
        if (*fd >= 0)
            close(*fd);
    }
    return err;
}

/* Whole or not there, and on the disk before it has its name; never over a file that must stay. */
static enum err write_file(const char *path, const char *text, size_t length, bool replace,
                           struct err_note *note)
{
    char beside[PATH_MAX + 8];
    snprintf(beside, sizeof beside, "%s.new", path);
    if (unlink(beside) != 0 && errno != ENOENT)
        return err_set(note, ERR_IO, "%s: cannot write: %s", beside, strerror(errno));
    int fd = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    bool written = fd >= 0 && write(fd, text, length) == (ssize_t)length && fsync(fd) == 0;
    if (fd >= 0 && close(fd) != 0)
        written = false;
    if (written && (replace ? rename(beside, path) : link(beside, path)) == 0) {
        unlink(beside);
        return OK;
    }
    bool exists = written && errno == EEXIST;
    enum err err =
        exists ? err_set(note, ERR_EXISTS, "%s: is there already and is not overwritten", path)
               : err_set(note, ERR_IO, "%s: cannot write: %s", path, strerror(errno));
    unlink(beside);
    return err;
}

static enum err make_keys(struct access_keys *out, struct err_note *note)
{
    if (zmq_curve_keypair(out->public_key, out->secret_key) != 0)
        return err_set(note, ERR_NET, "cannot make a key pair: %s", zmq_strerror(zmq_errno()));
    return OK;
}

static enum err make_coordinator(const char *folder, access_key public_key, struct err_note *note)
{
    char path[PATH_MAX], text[ACCESS_FILE_MAX];
    struct access_keys keys;
    enum err err = make_keys(&keys, note);
    if (!err)
        err = path_in(path, folder, KEYS_COORDINATOR_FILE, "", note);
    if (!err)
        err = write_file(path, text, access_print_keys(&keys, text, sizeof text), false, note);
    if (!err)
        memcpy(public_key, keys.public_key, sizeof keys.public_key);
    access_wipe(&keys, sizeof keys);
    access_wipe(text, sizeof text);
    return err;
}

enum err keys_make_coordinator(const char *folder, access_key public_key, struct err_note *note)
{
    int fd = -1;
    enum err err = lock(folder, &fd, note);
    if (err)
        return err;
    err = make_coordinator(folder, public_key, note);
    close(fd);
    return err;
}

static enum err save_allowed(const struct allow_list *list, const char *folder,
                             struct err_note *note)
{
    char path[PATH_MAX], *text = allow_print(list);
    if (!text)
        return ERR_NOMEM;
    enum err err = path_in(path, folder, KEYS_ALLOW_FILE, "", note);
    if (!err)
        err = write_file(path, text, strlen(text), true, note);
    free(text);
    return err;
}

static enum err coordinator_public(const char *folder, access_key public_key, struct err_note *note)
{
    struct access_keys keys;
    enum err err = keys_load_coordinator(&keys, folder, note);
    if (err == ERR_NOT_FOUND)
        return make_coordinator(folder, public_key, note);
    if (!err)
        memcpy(public_key, keys.public_key, sizeof keys.public_key);
    access_wipe(&keys, sizeof keys);
    return err;
}

/* The access file first: a key on the allow-list that nobody holds would be the worse half. */
static enum err make_worker(const char *folder, struct access *access, const char *path,
                            struct err_note *note)
{
    char text[ACCESS_FILE_MAX];
    struct allow_list list = {0};
    struct allow_entry entry = {.revoked = false};
    enum err err = keys_load_allowed(&list, folder, note);
    if (!err)
        err = coordinator_public(folder, access->coordinator, note);
    if (!err)
        err = make_keys(&access->own, note);
    if (!err)
        err = write_file(path, text, access_print(access, text, sizeof text), false, note);
    access_wipe(text, sizeof text);
    if (!err) {
        memcpy(entry.name, access->name, sizeof entry.name);
        memcpy(entry.key, access->own.public_key, sizeof entry.key);
        err = allow_add(&list, &entry);
        if (err == ERR_OVERFLOW)
            err_set(note, err, "%s: the allow-list is full: %d keys", folder, ALLOW_KEYS_MAX);
        if (!err)
            err = save_allowed(&list, folder, note);
        if (err)
            unlink(path);
    }
    allow_free(&list);
    return err;
}

enum err keys_make_worker(const char *folder, const char *name, const char *address, char *path,
                          size_t path_size, struct err_note *note)
{
    char file[PATH_MAX];
    struct access access;
    int fd = -1;
    memset(&access, 0, sizeof access);
    if (!access_name_is_valid(name))
        return err_set(note, ERR_RANGE,
                       "worker name \"%.40s\": up to %d letters, digits, - _ and . are expected",
                       name, ACCESS_NAME_MAX);
    if (!access_address_is_valid(address))
        return err_set(note, ERR_RANGE, "address \"%.100s\": tcp://HOST:PORT is expected", address);
    snprintf(access.name, sizeof access.name, "%s", name);
    snprintf(access.address, sizeof access.address, "%s", address);
    enum err err = path_in(file, folder, name, ".access", note);
    if (!err)
        err = lock(folder, &fd, note);
    if (err)
        return err;
    err = make_worker(folder, &access, file, note);
    close(fd);
    access_wipe(&access, sizeof access);
    if (!err)
        snprintf(path, path_size, "%s", file);
    return err;
}

static enum err no_such_name(const struct allow_list *list, const char *name, const char *folder,
                             struct err_note *note)
{
    const char **names = calloc(list->n + 1, sizeof *names);
    unsigned n = 0;
    for (size_t i = 0; names && i < list->n; i++)
        if (!list->entries[i].revoked)
            names[n++] = list->entries[i].name;
    const char *near = names ? err_nearest(name, names, n) : NULL;
    err_set(note, ERR_NOT_FOUND, "%s: no key of \"%.40s\" is in force%s%s%s", folder, name,
            near ? " (did you mean " : "", near ? near : "", near ? "?)" : "");
    free(names);
    return ERR_NOT_FOUND;
}

enum err keys_revoke(const char *folder, const char *name, struct err_note *note)
{
    struct allow_list list = {0};
    char path[PATH_MAX];
    int fd = -1;
    enum err err = check_folder(folder, note);
    if (!err)
        err = lock(folder, &fd, note);
    if (err)
        return err;
    err = keys_load_allowed(&list, folder, note);
    if (!err && allow_revoke(&list, name) == 0)
        err = no_such_name(&list, name, folder, note);
    if (!err)
        err = save_allowed(&list, folder, note);
    /* Of no use to anybody now, and in the way of a new key under this name. */
    if (!err && path_in(path, folder, name, ".access", note) == OK)
        unlink(path);
    allow_free(&list);
    close(fd);
    return err;
}
