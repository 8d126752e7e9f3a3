/* Many workers, many cells: the real coordinator with a journal on the real disk, workers simulated
 * beside it. Asserts that its memory has a limit and that a tile costs it the same CPU in a crowd
 * as among few.
 *
 *   sim_scale [WORKERS [CELLS]]     default: 500 workers, 10^5 cells */
#include "coordinator/serve.h"
#include "tests/sim/life.h"
#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TILE = 64, FEW_WORKERS = 20, FEW_TILES = 1500, TURN_MS = 50 };
#define MEMORY_MAX_BYTES 1e9 /* of coordinator and simulated workers together */
#define RATIO_MAX 2.0        /* CPU of a tile, many over few */

struct figures {
    double us_per_tile, rss_bytes, tiles;
};

static double peak_rss_bytes(void)
{
    char line[200];
    double kib = 0;
    FILE *file = fopen("/proc/self/status", "re");
    while (file && fgets(line, sizeof line, file))
        sscanf(line, "VmHWM: %lf", &kib);
    if (file)
        fclose(file);
    return 1024 * kib;
}

static struct figures run(uint32_t n_workers, uint32_t n_points, const char *folder)
{
    const struct world_profile calm = {.n_runs = 1,
                                       .n_workers = n_workers,
                                       .n_points = n_points,
                                       .tile_points = TILE,
                                       .n_scenarios = 1,
                                       .row_bytes = 32,
                                       .credit = 2,
                                       .ttl_ms = DISPATCH_TTL_MS,
                                       .resend_ms = SESSION_RESEND_MS,
                                       .delay_min_ms = 1,
                                       .delay_max_ms = 5,
                                       .compute_min_ms = 50,
                                       .compute_max_ms = 200,
                                       .last_ms = INT64_MAX};
    static struct world w;
    struct life life = {0};
    struct err_note note = {""};
    world_init(&w, 1, &calm, false);
    sqlite3_vfs_register(sqlite3_vfs_find("unix"), 1);
    w.runs[0].folder = folder;
    w.timed = true;
    enum err err = life_start(&life, &w, &note);
    int64_t start_ns = world_cpu_ns() - w.cpu_ns;
    while (!err && !dispatch_is_done(life.runs[0].dispatch))
        err = serve_turn(life.serve, world_coordinator_now, TURN_MS, &note);
    double cpu_ns = (double)(world_cpu_ns() - w.cpu_ns - start_ns);
    struct dispatch_stats stats = dispatch_stats(life.runs[0].dispatch);
    if (err || stats.cells_done != n_points) {
        fprintf(stderr, "scale: %" PRIu64 " cells of %u: %s\n", stats.cells_done, n_points,
                note.text);
        _exit(3);
    }
    life_end(&life);
    world_end(&w);
    return (struct figures){cpu_ns / 1000 / (double)stats.n_tiles, peak_rss_bytes(),
                            (double)stats.n_tiles};
}

/* In a process of its own: memory is its peak. */
static struct figures measure(uint32_t n_workers, uint32_t n_points)
{
    char folder[] = "/tmp/plateau-scale-XXXXXX", command[60];
    struct figures f = {0};
    int ends[2], status = 0;
    if (!mkdtemp(folder) || pipe(ends))
        exit(3);
    pid_t pid = fork();
    if (pid == 0) {
        f = run(n_workers, n_points, folder);
        _exit(write(ends[1], &f, sizeof f) == (ssize_t)sizeof f ? 0 : 3);
    }
    close(ends[1]);
    ssize_t n = read(ends[0], &f, sizeof f);
    close(ends[0]);
    waitpid(pid, &status, 0);
    snprintf(command, sizeof command, "rm -rf %s", folder);
    if (system(command) || n != (ssize_t)sizeof f || status)
        exit(3);
    printf("scale.%u_workers.cpu_per_tile\t%.3g\tus\n", n_workers, f.us_per_tile);
    printf("scale.%u_workers.tiles\t%.0f\ttiles\n", n_workers, f.tiles);
    printf("scale.%u_workers.memory\t%.3g\tMB\n", n_workers, f.rss_bytes / 1e6);
    fflush(stdout);
    return f;
}

int main(int argc, char **argv)
{
    long n_workers = argc > 1 ? strtol(argv[1], NULL, 10) : 500;
    long n_cells = argc > 2 ? strtol(argv[2], NULL, 10) : 100000;
    if (n_workers < 1 || n_workers > DISPATCH_PEERS_MAX || n_cells < 1 || n_cells > 100000000) {
        fprintf(stderr, "usage: sim_scale [WORKERS [CELLS]]: up to %d workers, 10^8 cells\n",
                DISPATCH_PEERS_MAX);
        return 2;
    }
    struct figures few = measure(FEW_WORKERS, FEW_TILES * TILE);
    struct figures many = measure((uint32_t)n_workers, (uint32_t)n_cells);
    double ratio = many.us_per_tile / few.us_per_tile;
    printf("scale.cpu_ratio\t%.3g\t1\n", ratio);
    if (many.rss_bytes > MEMORY_MAX_BYTES)
        fprintf(stderr, "scale: more memory than %.0f MB\n", MEMORY_MAX_BYTES / 1e6);
    if (ratio > RATIO_MAX)
        fprintf(stderr,
                "scale: a tile costs %.2g times the CPU among many workers, %.2g is the "
                "most\n",
                ratio, RATIO_MAX);
    return many.rss_bytes > MEMORY_MAX_BYTES || ratio > RATIO_MAX;
}
