#include "coordinator/fs_kind.h"
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/vfs.h>

static const struct {
    unsigned long magic;
    const char *name;
} NETWORK[] = {
    {0x6969, "NFS"},        {0x517b, "SMB"},          {0xff534d42, "CIFS"},   {0xfe534d42, "SMB2"},
    {0x0bd00bd0, "Lustre"}, {0x65735546, "FUSE"},     {0x00c36400, "Ceph"},   {0x5346414f, "AFS"},
    {0x47504653, "GPFS"},   {0x01021997, "9P"},       {0x19830326, "BeeGFS"}, {0x7461636f, "OCFS2"},
    {0x01161970, "GFS2"},   {0x20030528, "OrangeFS"}, {0x73757245, "Coda"},   {0xaad7aaea, "PanFS"},
};

enum fs_kind fs_kind_of_magic(unsigned long magic, const char **name)
{
    for (size_t i = 0; i < sizeof NETWORK / sizeof *NETWORK; i++)
        if (NETWORK[i].magic == (magic & 0xffffffffUL)) {
            *name = NETWORK[i].name;
            return FS_NETWORK;
        }
    *name = "local";
    return FS_LOCAL;
}

enum err fs_kind_of_path(const char *path, enum fs_kind *kind, const char **name,
                         struct err_note *note)
{
    struct statfs fs;
    if (statfs(path, &fs))
        return err_set(note, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "%s: %s", path,
                       strerror(errno));
    *kind = fs_kind_of_magic((unsigned long)fs.f_type, name);
    return OK;
}
