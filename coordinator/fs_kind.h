/* fs_kind - may SQLite's write-ahead log live here? WAL needs memory shared between the processes
 * that open the journal, which a network file system does not give: there it loses commits or is
 * refused. */
#ifndef COORDINATOR_FS_KIND_H
#define COORDINATOR_FS_KIND_H
#include "proto/err.h"

enum fs_kind { FS_LOCAL, FS_NETWORK };
/* Of a statfs f_type. FUSE counts as network: sshfs and the like hide behind it. *name is the file
 * system's, or "local". */
enum fs_kind fs_kind_of_magic(unsigned long magic, const char **name);
/* Of the file system that holds path. ERR_IO, ERR_NOT_FOUND. */
enum err fs_kind_of_path(const char *path, enum fs_kind *kind, const char **name,
                         struct err_note *note);
#endif
