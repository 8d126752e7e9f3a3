/* disk - a virtual disk under the real SQLite: files in memory that know what was synced.
 *
 *    write --> pending --sync--> durable
 *                 `--power fails--> each pending write survives wholly, partly or not at all
 *
 * A new file's name is pending too, until a new journal's first sync (which syncs the folder, as
 * SQLite's own layer does). A failed sync leaves its writes pending. Whatever is opened goes to the
 * mounted disk; one mounted disk at a time, many may exist. */
#ifndef TESTS_SIM_DISK_H
#define TESTS_SIM_DISK_H
#include <stdbool.h>
#include <stdint.h>

struct disk;
struct disk *disk_new(uint64_t seed); /* aborts without memory, as all of the simulator */
void disk_free(struct disk **disk_p); /* nothing of it may be open */
/* SQLite's default file system is this disk from now on. NULL: every open fails. */
void disk_mount(struct disk *disk);

enum disk_fault {
    DISK_FAIL_WRITE, /* nothing of it is there */
    DISK_SHORT_WRITE,
    DISK_FAIL_SYNC,
    DISK_FULL,  /* and stays full for whatever makes a file longer, until disk_repair() */
    DISK_POWER, /* the operation is pending, the power is gone: all fails until disk_power_on() */
    N_DISK_FAULTS
};
/* Operations that change the disk: writes, syncs, cuts, removals. */
uint64_t disk_n_operations(const struct disk *disk);
/* The n-th operation that fits from now on (0: the next) has that fault, once. */
void disk_fault_in(struct disk *disk, enum disk_fault fault, uint64_t n);
void disk_repair(struct disk *disk);    /* no fault waits, there is room again */
void disk_cut_power(struct disk *disk); /* between two operations */
bool disk_is_off(const struct disk *disk);

/* The process died and the machine did not: nothing is lost, nothing more is durable. */
void disk_process_died(struct disk *disk);
enum disk_loss { DISK_LOSE_SOME, DISK_LOSE_ALL, DISK_LOSE_NONE };
uint64_t disk_n_faults(const struct disk *disk); /* that struck, so far */
/* What is left after the power failed. Nothing may be open. */
void disk_power_on(struct disk *disk, enum disk_loss loss);
/* As the disk would be if the power failed now; another seed loses other writes. */
struct disk *disk_after_crash(const struct disk *disk, enum disk_loss loss, uint64_t seed);
/* Called on every sync: time passes there. */
void disk_on_sync(struct disk *disk, void (*on_sync)(void *ctx), void *ctx);
#endif
