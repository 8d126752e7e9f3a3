#include "market/cache_entry.h"
#include "market/image_file.h"
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_ROOM = 4096 + 16 };

static enum err io_error(const char *path, const char *what, struct err_note *note)
{
    return err_set(note, ERR_IO, "%s: cannot %s: %s", path, what, strerror(errno));
}

static bool part_of(const char *path, char part[PATH_ROOM])
{
    return snprintf(part, PATH_ROOM, "%s" CACHE_PART, path) < PATH_ROOM;
}

static void end(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static int lock(int fd, int how)
{
    int rc;
    do
        rc = flock(fd, how);
    while (rc != 0 && errno == EINTR);
    return rc;
}

/* Nobody keeps an exclusive lock on a whole file for longer than it takes to look whether it is in
 * use. */
void cache_entry_hold(int fd)
{
    if (lock(fd, LOCK_SH) == 0)
        futimens(fd, NULL);
}

/* Whoever made it may have renamed or removed the file between our open and our lock. */
static bool is_still(int fd, const char *part)
{
    struct stat here, there;
    return fstat(fd, &here) == 0 && stat(part, &there) == 0 && here.st_dev == there.st_dev &&
           here.st_ino == there.st_ino;
}

enum err cache_entry_claim(const char *path, int *fd, struct err_note *note)
{
    char part[PATH_ROOM];
    *fd = -1;
    if (!part_of(path, part)) {
        errno = ENAMETOOLONG;
        return io_error(path, "make", note);
    }
    for (;;) {
        int got = open(part, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (got < 0)
            return io_error(part, "make", note);
        if (lock(got, LOCK_EX) != 0) {
            enum err failed = io_error(part, "lock", note);
            close(got);
            return failed;
        }
        bool ours = is_still(got, part);
        if (access(path, F_OK) == 0) {
            if (ours)
                unlink(part);
            close(got);
            return OK;
        }
        if (ours) {
            *fd = got;
            return OK;
        }
        close(got);
    }
}

static enum err sync_folder_of(const char *path, struct err_note *note)
{
    char folder[PATH_ROOM];
    snprintf(folder, sizeof folder, "%s", path);
    return image_file_sync_folder(dirname(folder)) == 0 ? OK : io_error(path, "save", note);
}

enum err cache_entry_publish(const char *path, int *fd, struct err_note *note)
{
    char part[PATH_ROOM];
    enum err err = OK;
    if (!part_of(path, part) || fchmod(*fd, 0444) != 0 || fsync(*fd) != 0 ||
        rename(part, path) != 0)
        err = io_error(path, "save", note);
    if (!err)
        err = sync_folder_of(path, note);
    end(fd);
    return err;
}

void cache_entry_abandon(const char *path, int *fd, bool keep)
{
    char part[PATH_ROOM];
    if (*fd >= 0 && !keep && part_of(path, part) && is_still(*fd, part))
        unlink(part);
    end(fd);
}
