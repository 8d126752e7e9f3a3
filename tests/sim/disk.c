#include "tests/sim/disk.h"
#include "tests/lib/rng.h"
#include <assert.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

enum { SECTOR = 512, FILES_MAX = 64, SHM_MAX = 16, CUT = -1 };

struct content {
    uint8_t *bytes;
    size_t length, capacity;
};
struct operation { /* pending: a write, or with length CUT a new length */
    size_t offset;
    int length;
    uint8_t *bytes;
};
struct file {
    char name[64]; /* "" for a temporary file, which no crash leaves */
    struct content now, durable;
    struct operation *pending;
    size_t n_pending, capacity;
    bool removed; /* from the folder; the folder is not synced */
    bool named;   /* the folder that names it is durable */
    bool syncs_folder;
    unsigned n_open;
    void *shm[SHM_MAX];
};
struct disk {
    struct rng rng;
    struct file *files[FILES_MAX];
    unsigned n_files;
    uint64_t n_operations, n_faults;
    int64_t fault_in[N_DISK_FAULTS]; /* operations that fit until then; -1: none waits */
    bool full, off;
    void (*on_sync)(void *ctx);
    void *ctx;
};
struct handle { /* SQLite's */
    sqlite3_file base;
    struct disk *disk;
    struct file *file;
};

static struct disk *mounted;

static void *checked(void *memory)
{
    if (!memory)
        abort();
    return memory;
}

/* ---- content ---- */

static void resize(struct content *c, size_t length)
{
    if (length > c->capacity) {
        c->capacity = 2 * length;
        c->bytes = checked(realloc(c->bytes, c->capacity));
    }
    if (length > c->length)
        memset(c->bytes + c->length, 0, length - c->length);
    c->length = length;
}

static void apply(struct content *c, const struct operation *op)
{
    if (op->length == CUT) {
        resize(c, op->offset);
        return;
    }
    if (op->length == 0)
        return;
    if (c->length < op->offset + (size_t)op->length)
        resize(c, op->offset + (size_t)op->length);
    memcpy(c->bytes + op->offset, op->bytes, (size_t)op->length);
}

static void change(struct file *file, size_t offset, const void *bytes, int length)
{
    struct operation op = {.offset = offset, .length = length};
    if (length > 0)
        op.bytes = memcpy(checked(malloc((size_t)length)), bytes, (size_t)length);
    if (file->n_pending == file->capacity) {
        file->capacity = 2 * file->capacity + 8;
        file->pending = checked(realloc(file->pending, file->capacity * sizeof *file->pending));
    }
    file->pending[file->n_pending++] = op;
    apply(&file->now, &op);
}

static void forget_pending(struct file *file)
{
    for (size_t i = 0; i < file->n_pending; i++)
        free(file->pending[i].bytes);
    file->n_pending = 0;
}

static void forget_shm(struct file *file)
{
    for (unsigned i = 0; i < SHM_MAX; i++) {
        free(file->shm[i]);
        file->shm[i] = NULL;
    }
}

static void file_free(struct file *file)
{
    forget_pending(file);
    forget_shm(file);
    free(file->pending);
    free(file->now.bytes);
    free(file->durable.bytes);
    free(file);
}

/* ---- the disk ---- */

struct disk *disk_new(uint64_t seed)
{
    struct disk *disk = checked(calloc(1, sizeof *disk));
    disk->rng.state = seed;
    disk_repair(disk);
    return disk;
}

void disk_free(struct disk **disk_p)
{
    struct disk *disk = *disk_p;
    if (!disk)
        return;
    for (unsigned i = 0; i < disk->n_files; i++)
        file_free(disk->files[i]);
    if (mounted == disk)
        mounted = NULL;
    free(disk);
    *disk_p = NULL;
}

uint64_t disk_n_operations(const struct disk *disk)
{
    return disk->n_operations;
}

uint64_t disk_n_faults(const struct disk *disk)
{
    return disk->n_faults;
}

void disk_fault_in(struct disk *disk, enum disk_fault fault, uint64_t n)
{
    disk->fault_in[fault] = (int64_t)n;
}

void disk_repair(struct disk *disk)
{
    for (unsigned f = 0; f < N_DISK_FAULTS; f++)
        disk->fault_in[f] = -1;
    disk->full = false;
}

void disk_cut_power(struct disk *disk)
{
    disk->off = true;
}

bool disk_is_off(const struct disk *disk)
{
    return disk->off;
}

void disk_on_sync(struct disk *disk, void (*on_sync)(void *ctx), void *ctx)
{
    disk->on_sync = on_sync;
    disk->ctx = ctx;
}

static bool is_due(struct disk *disk, enum disk_fault fault)
{
    bool due = disk->fault_in[fault] >= 0 && disk->fault_in[fault]-- == 0;
    disk->n_faults += due;
    return due;
}

static struct file *find(const struct disk *disk, const char *name)
{
    for (unsigned i = 0; i < disk->n_files; i++)
        if (name && !disk->files[i]->removed && strcmp(disk->files[i]->name, name) == 0)
            return disk->files[i];
    return NULL;
}

static void drop(struct disk *disk, unsigned i)
{
    file_free(disk->files[i]);
    disk->files[i] = disk->files[--disk->n_files];
}

static void sync_folder(struct disk *disk)
{
    for (unsigned i = disk->n_files; i-- > 0;) {
        disk->files[i]->named = true;
        if (disk->files[i]->removed && disk->files[i]->n_open == 0)
            drop(disk, i);
    }
}

/* A torn write leaves any of its sectors. */
static void tear(struct disk *disk, struct content *durable, const struct operation *op)
{
    for (int at = 0; at < op->length; at += SECTOR) {
        int left = op->length - at;
        struct operation sector = {op->offset + (size_t)at, left < SECTOR ? left : SECTOR,
                                   op->bytes + at};
        if (rng_chance(&disk->rng, 0.5))
            apply(durable, &sector);
    }
}

static void lose(struct disk *disk, struct file *file, enum disk_loss loss)
{
    for (size_t i = 0; i < file->n_pending; i++) {
        const struct operation *op = &file->pending[i];
        double u = loss == DISK_LOSE_SOME ? rng_unit(&disk->rng) : loss == DISK_LOSE_ALL ? 1 : 0;
        if (u < 0.4)
            apply(&file->durable, op);
        else if (u < 0.6 && op->length != CUT)
            tear(disk, &file->durable, op);
    }
    forget_pending(file);
    forget_shm(file);
    resize(&file->now, 0);
    struct operation all = {0, (int)file->durable.length, file->durable.bytes};
    apply(&file->now, &all);
}

static bool survives(struct disk *disk, const struct file *file, enum disk_loss loss)
{
    bool kept_if_lucky =
        loss == DISK_LOSE_NONE || (loss == DISK_LOSE_SOME && rng_chance(&disk->rng, 0.5));
    if (file->name[0] == 0)
        return false;
    return file->removed ? !kept_if_lucky : file->named || kept_if_lucky;
}

void disk_power_on(struct disk *disk, enum disk_loss loss)
{
    for (unsigned i = disk->n_files; i-- > 0;) {
        struct file *file = disk->files[i];
        assert(file->n_open == 0);
        if (survives(disk, file, loss))
            lose(disk, file, loss);
        else
            drop(disk, i);
    }
    /* A removed file is back only if its successor's name is not. */
    for (unsigned i = disk->n_files; i-- > 0;) {
        struct file *file = disk->files[i];
        bool was_removed = file->removed;
        if (was_removed && find(disk, file->name)) {
            drop(disk, i);
            continue;
        }
        file->removed = false;
        file->named = true;
    }
    disk->off = false;
    disk_repair(disk);
}

void disk_process_died(struct disk *disk)
{
    for (unsigned i = 0; i < disk->n_files; i++) {
        assert(disk->files[i]->n_open == 0);
        forget_shm(disk->files[i]);
    }
    disk->off = false;
    disk_repair(disk);
}

static struct content copy_of(const struct content *c)
{
    struct content copy = {checked(malloc(c->length + 1)), c->length, c->length + 1};
    if (c->length)
        memcpy(copy.bytes, c->bytes, c->length);
    return copy;
}

struct disk *disk_after_crash(const struct disk *disk, enum disk_loss loss, uint64_t seed)
{
    struct disk *copy = disk_new(seed);
    for (unsigned i = 0; i < disk->n_files; i++) {
        const struct file *file = disk->files[i];
        struct file *f = checked(calloc(1, sizeof *f));
        memcpy(f->name, file->name, sizeof f->name);
        f->removed = file->removed;
        f->named = file->named;
        f->durable = copy_of(&file->durable);
        for (size_t k = 0; k < file->n_pending; k++)
            change(f, file->pending[k].offset, file->pending[k].bytes, file->pending[k].length);
        copy->files[copy->n_files++] = f;
    }
    disk_power_on(copy, loss);
    return copy;
}

/* ---- SQLite's file ---- */

static struct handle *handle_of(sqlite3_file *base)
{
    return (struct handle *)base;
}

static int file_close(sqlite3_file *base)
{
    handle_of(base)->file->n_open--;
    return SQLITE_OK;
}

static int file_read(sqlite3_file *base, void *out, int n, sqlite3_int64 offset)
{
    const struct content *c = &handle_of(base)->file->now;
    if (handle_of(base)->disk->off)
        return SQLITE_IOERR_READ;
    size_t at = (size_t)offset, there = at < c->length ? c->length - at : 0;
    size_t got = there < (size_t)n ? there : (size_t)n;
    if (got)
        memcpy(out, c->bytes + at, got);
    memset((uint8_t *)out + got, 0, (size_t)n - got);
    return got == (size_t)n ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
}

static int file_write(sqlite3_file *base, const void *bytes, int n, sqlite3_int64 offset)
{
    struct disk *disk = handle_of(base)->disk;
    struct file *file = handle_of(base)->file;
    if (disk->off || is_due(disk, DISK_FAIL_WRITE))
        return SQLITE_IOERR_WRITE;
    disk->n_operations++;
    disk->full |= is_due(disk, DISK_FULL);
    if (disk->full && (size_t)offset + (size_t)n > file->now.length) {
        disk->n_faults++;
        return SQLITE_FULL;
    }
    if (is_due(disk, DISK_SHORT_WRITE)) {
        change(file, (size_t)offset, bytes, (int)rng_below(&disk->rng, (uint32_t)n));
        return SQLITE_IOERR_WRITE;
    }
    change(file, (size_t)offset, bytes, n);
    disk->off = is_due(disk, DISK_POWER);
    return disk->off ? SQLITE_IOERR_WRITE : SQLITE_OK;
}

static int file_cut(sqlite3_file *base, sqlite3_int64 length)
{
    struct disk *disk = handle_of(base)->disk;
    if (disk->off)
        return SQLITE_IOERR_TRUNCATE;
    disk->n_operations++;
    change(handle_of(base)->file, (size_t)length, NULL, CUT);
    disk->off = is_due(disk, DISK_POWER);
    return disk->off ? SQLITE_IOERR_TRUNCATE : SQLITE_OK;
}

static int file_sync(sqlite3_file *base, int flags)
{
    (void)flags;
    struct disk *disk = handle_of(base)->disk;
    struct file *file = handle_of(base)->file;
    if (disk->off)
        return SQLITE_IOERR_FSYNC;
    disk->n_operations++;
    if (disk->on_sync)
        disk->on_sync(disk->ctx);
    disk->off |= is_due(disk, DISK_POWER); /* before it reached anything, or time brought a kill */
    if (disk->off || is_due(disk, DISK_FAIL_SYNC))
        return SQLITE_IOERR_FSYNC;
    for (size_t i = 0; i < file->n_pending; i++)
        apply(&file->durable, &file->pending[i]);
    forget_pending(file);
    if (file->syncs_folder)
        sync_folder(disk);
    file->syncs_folder = false;
    return SQLITE_OK;
}

static int file_size(sqlite3_file *base, sqlite3_int64 *out)
{
    *out = (sqlite3_int64)handle_of(base)->file->now.length;
    return SQLITE_OK;
}

/* One connection at a time: nobody to be locked out. */
static int file_lock(sqlite3_file *base, int level)
{
    (void)base;
    (void)level;
    return SQLITE_OK;
}

static int file_is_reserved(sqlite3_file *base, int *out)
{
    (void)base;
    *out = 0;
    return SQLITE_OK;
}

static int file_control(sqlite3_file *base, int operation, void *argument)
{
    (void)base;
    (void)operation;
    (void)argument;
    return SQLITE_NOTFOUND;
}

static int file_sector_size(sqlite3_file *base)
{
    (void)base;
    return SECTOR;
}

static int file_device(sqlite3_file *base)
{
    (void)base;
    return SQLITE_IOCAP_POWERSAFE_OVERWRITE; /* as SQLite's own layer says of every disk */
}

static int shm_map(sqlite3_file *base, int region, int size, int extend, void volatile **out)
{
    struct file *file = handle_of(base)->file;
    assert(region < SHM_MAX);
    if (!file->shm[region] && extend)
        file->shm[region] = checked(calloc(1, (size_t)size));
    *out = file->shm[region];
    return SQLITE_OK;
}

static int shm_lock(sqlite3_file *base, int offset, int n, int flags)
{
    (void)base;
    (void)offset;
    (void)n;
    (void)flags;
    return SQLITE_OK;
}

static void shm_barrier(sqlite3_file *base)
{
    (void)base;
}

/* The last one out takes it away, whether asked to or not: it never outlives its processes here. */
static int shm_unmap(sqlite3_file *base, int remove)
{
    (void)remove;
    if (handle_of(base)->file->n_open <= 1)
        forget_shm(handle_of(base)->file);
    return SQLITE_OK;
}

static const sqlite3_io_methods METHODS = {
    2,           file_close, file_read, file_write,       file_cut,     file_sync,
    file_size,   file_lock,  file_lock, file_is_reserved, file_control, file_sector_size,
    file_device, shm_map,    shm_lock,  shm_barrier,      shm_unmap,    NULL,
    NULL};

/* ---- SQLite's file system ---- */

static int vfs_open(sqlite3_vfs *vfs, sqlite3_filename name, sqlite3_file *base, int flags,
                    int *out_flags)
{
    (void)vfs;
    struct handle *handle = handle_of(base);
    struct disk *disk = mounted;
    handle->base.pMethods = NULL;
    if (!disk || disk->off)
        return SQLITE_CANTOPEN;
    struct file *file = find(disk, name);
    if (!file && !(flags & SQLITE_OPEN_CREATE) && name)
        return SQLITE_CANTOPEN;
    if (!file) {
        assert(disk->n_files < FILES_MAX);
        file = checked(calloc(1, sizeof *file));
        if (name)
            strncpy(file->name, name, sizeof file->name - 1);
        file->syncs_folder = flags & (SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL);
        disk->files[disk->n_files++] = file;
    }
    file->n_open++;
    *handle = (struct handle){{&METHODS}, disk, file};
    if (out_flags)
        *out_flags = flags;
    return SQLITE_OK;
}

static int vfs_remove(sqlite3_vfs *vfs, const char *name, int sync)
{
    (void)vfs;
    struct disk *disk = mounted;
    struct file *file = disk ? find(disk, name) : NULL;
    if (!disk || disk->off)
        return SQLITE_IOERR_DELETE;
    if (!file)
        return SQLITE_IOERR_DELETE_NOENT;
    disk->n_operations++;
    file->removed = true;
    disk->off = is_due(disk, DISK_POWER);
    if (disk->off)
        return SQLITE_IOERR_DELETE;
    if (sync)
        sync_folder(disk);
    return SQLITE_OK;
}

static int vfs_access(sqlite3_vfs *vfs, const char *name, int flags, int *out)
{
    (void)vfs;
    (void)flags;
    *out = mounted && find(mounted, name) != NULL;
    return SQLITE_OK;
}

static int vfs_full_name(sqlite3_vfs *vfs, const char *name, int size, char *out)
{
    (void)vfs;
    sqlite3_snprintf(size, out, "%s", name);
    return SQLITE_OK;
}

/* The same salts in every replay of a seed. */
static int vfs_random(sqlite3_vfs *vfs, int n, char *out)
{
    (void)vfs;
    for (int i = 0; i < n; i++)
        out[i] = mounted ? (char)rng_next(&mounted->rng) : 0;
    return n;
}

static int vfs_sleep(sqlite3_vfs *vfs, int us)
{
    (void)vfs;
    return us;
}

static int vfs_time(sqlite3_vfs *vfs, double *out)
{
    (void)vfs;
    *out = 2460000.5;
    return SQLITE_OK;
}

void disk_mount(struct disk *disk)
{
    static sqlite3_vfs vfs = {.iVersion = 1,
                              .szOsFile = sizeof(struct handle),
                              .mxPathname = 512,
                              .zName = "plateau-simulator",
                              .xOpen = vfs_open,
                              .xDelete = vfs_remove,
                              .xAccess = vfs_access,
                              .xFullPathname = vfs_full_name,
                              .xRandomness = vfs_random,
                              .xSleep = vfs_sleep,
                              .xCurrentTime = vfs_time};
    static bool registered;
    mounted = disk;
    if (!registered && sqlite3_vfs_register(&vfs, 1) != SQLITE_OK)
        abort();
    registered = true;
    sqlite3_randomness(0, NULL); /* seeded anew, by this disk */
}
