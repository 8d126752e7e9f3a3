/* Dispatch with a null engine: cells through coordinator, durable journal and two worker processes,
 * over ipc, TCP and TCP with CURVE. Prints name, value, unit; exits with 1 if the coordinator's
 * memory grows with the grid.
 *
 *   PLATEAU_BENCH_QUICK set: 10^6 cells; else 10^7 (and 10^6 with full rows, 600 MB of journal). */
#include "coordinator/children.h"
#include "coordinator/keys.h"
#include "coordinator/run.h"
#include "tests/lib/null_job.h"
#include <errno.h>
#include <inttypes.h>
#include <malloc.h>
#include <math.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ROW_BYTES = 32, SIDE = 1000, WORKERS = 2, WORKERS_MAX = 1000 };
static uint32_t n_workers = WORKERS;
/* Beyond a bit a tile: what may differ between two runs' heaps without being a slope. */
#define SLOPE_SLACK_BYTES (24.0 * 1024 * 1024)

enum way { IPC, TCP, CURVE };
enum { PATH_SIZE = 4096 };
/* Of one run with remote workers: what its process must know to start them. */
static struct remote {
    enum way way;
    char keys[200], access[PATH_SIZE];
    pid_t pids[WORKERS_MAX];
} remote;

struct figures { /* of one run, sent through a pipe: a child's memory is its own */
    double seconds, cpu_s, rss_bytes, journal_bytes;
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

/* Of this process and the workers it waited for. */
static double cpu_seconds(void)
{
    double s = 0;
    struct rusage usage;
    for (unsigned i = 0; i < 2; i++) {
        getrusage(i ? RUSAGE_CHILDREN : RUSAGE_SELF, &usage);
        s += (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
             (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
    }
    return s;
}

static int fail(const char *what, const struct err_note *note)
{
    fprintf(stderr, "bench_dispatch: %s: %s\n", what, note->text);
    return 3;
}

/* "listening on tcp://..": now workers can be started, as other machines would. */
static void on_event(void *ctx, const char *line)
{
    char endpoint[200], program[PATH_SIZE];
    const char *address = strstr(line, "tcp://"), *folder = ctx;
    struct err_note note;
    if (!address || remote.pids[0] || children_find_program(program, &note))
        return;
    snprintf(endpoint, sizeof endpoint, "%.*s", (int)strcspn(address, " "), address);
    for (unsigned i = 0; i < n_workers; i++) {
        remote.pids[i] = fork();
        if (remote.pids[i])
            continue;
        if (remote.way == CURVE)
            execl(program, program, "--cache", folder, "--connect", endpoint, "--access",
                  remote.access, (char *)NULL);
        else
            execl(program, program, "--cache", folder, "--connect", endpoint, (char *)NULL);
        _exit(3);
    }
}

static enum err set_way(struct run_options *options, const char *folder, enum way way,
                        struct err_note *note)
{
    remote.way = way;
    if (way == IPC)
        return OK;
    options->n_workers = RUN_NO_WORKERS;
    options->on_event = on_event;
    options->ctx = (void *)folder;
    options->listen =
        (struct listen_options){.endpoint = "tcp://127.0.0.1:0", .insecure = way == TCP};
    if (way == TCP)
        return OK;
    snprintf(remote.keys, sizeof remote.keys, "%s/keys", folder);
    options->listen.keys = remote.keys;
    return keys_make_worker(remote.keys, "bench", "tcp://127.0.0.1:1", remote.access,
                            sizeof remote.access, note);
}

/* In a child process. tile_points: as calibration would choose it for points that cost nothing:
 * 4,096 cells, 1 MiB. */
static int run_one(const char *folder, enum way way, uint32_t rows, uint32_t row_bytes, int out)
{
    struct spec spec = {.text = strdup("null\n")};
    struct run_dir run;
    struct run_progress progress;
    struct err_note note = {""};
    struct stat st;
    bool existed;
    char path[5000];
    uint32_t tile_points = 4096;
    while (tile_points * row_bytes > (1u << 20))
        tile_points /= 2;
    null_job_make(&spec.job, "null", rows, SIDE, tile_points, 1, row_bytes);
    if (run_dir_create(&run, folder, &spec, &existed, &note))
        return fail("run_dir_create", &note);
    struct run_options options = {.n_workers = n_workers, .cache_dir = folder};
    if (set_way(&options, folder, way, &note))
        return fail("keys", &note);
    if (run_execute(&run, &options, &progress, &note))
        return fail("run_execute", &note);
    for (unsigned i = 0; i < n_workers; i++)
        while (remote.pids[i] && waitpid(remote.pids[i], NULL, 0) < 0 && errno == EINTR)
            ;
    if (progress.cells_done != (uint64_t)rows * SIDE)
        return fail("cells are missing", &note);
    snprintf(path, sizeof path, "%s/" JOURNAL_FILE, run.path);
    struct figures f = {progress.elapsed_s, cpu_seconds(), peak_rss_bytes(),
                        stat(path, &st) ? 0 : (double)st.st_size};
    run_dir_free(&run);
    job_free(&spec.job);
    free(spec.text);
    return write(out, &f, sizeof f) == (ssize_t)sizeof f ? 0 : 3;
}

static struct figures measure(enum way way, uint32_t rows, uint32_t row_bytes)
{
    char folder[] = "/tmp/plateau-bench-XXXXXX", command[100];
    struct figures f = {0};
    int pipe_fd[2];
    if (!mkdtemp(folder) || pipe(pipe_fd))
        exit(3);
    pid_t pid = fork();
    if (pid == 0)
        _exit(run_one(folder, way, rows, row_bytes, pipe_fd[1]));
    close(pipe_fd[1]);
    int status = 0;
    ssize_t n = read(pipe_fd[0], &f, sizeof f);
    close(pipe_fd[0]);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    snprintf(command, sizeof command, "rm -rf %s", folder);
    if (system(command) || n != (ssize_t)sizeof f || status)
        exit(3);
    return f;
}

static void print(const char *name, double value, const char *unit)
{
    printf("%s\t%.6g\t%s\n", name, value, unit);
    fflush(stdout);
}

/* The best of three each, in turns: what the machine does beside it slows one as the other. By
 * processor time too, which tells what CURVE costs where processors are what is short. */
static void print_curve(const char *size, uint32_t rows, uint32_t row_bytes)
{
    static const char *const ways[] = {"tcp", "curve"};
    double rate[2] = {0, 0}, cpu_s[2] = {INFINITY, INFINITY}, cells = (double)rows * SIDE;
    char name[100];
    for (unsigned i = 0; i < 6; i++) {
        struct figures f = measure(i % 2 ? CURVE : TCP, rows, row_bytes);
        rate[i % 2] = fmax(rate[i % 2], cells / f.seconds);
        cpu_s[i % 2] = fmin(cpu_s[i % 2], f.cpu_s);
    }
    for (unsigned i = 0; i < 2; i++) {
        snprintf(name, sizeof name, "dispatch.%s.%s.cells_per_s", ways[i], size);
        print(name, rate[i], "cells/s");
        snprintf(name, sizeof name, "dispatch.%s.%s.cpu_us_per_cell", ways[i], size);
        print(name, cpu_s[i] / cells * 1e6, "us");
    }
    snprintf(name, sizeof name, "dispatch.curve.%s.cost", size);
    print(name, 1 - rate[1] / rate[0], "share of throughput");
    snprintf(name, sizeof name, "dispatch.curve.%s.cpu_cost", size);
    print(name, 1 - cpu_s[0] / cpu_s[1], "share of processor time");
}

int main(int argc, char **argv)
{
    long n = argc > 1 ? strtol(argv[1], NULL, 10) : WORKERS;
    if (n < 1 || n > WORKERS_MAX) {
        fprintf(stderr, "usage: bench_dispatch [WORKERS]\n");
        return 2;
    }
    n_workers = (uint32_t)n;
    bool quick = getenv("PLATEAU_BENCH_QUICK") && *getenv("PLATEAU_BENCH_QUICK");
    uint32_t most = quick ? 1000 : 10000; /* rows of SIDE cells */
    struct figures small = measure(IPC, 10, ROW_BYTES), large = measure(IPC, most, ROW_BYTES);
    struct figures full = measure(IPC, 1000, null_job_full_row());
    double cells = (double)most * SIDE, more = cells - 10.0 * SIDE;
    print("dispatch.null.cells_per_s", cells / large.seconds, "cells/s");
    print("dispatch.null.journal_bytes_per_cell", large.journal_bytes / cells, "bytes");
    print("dispatch.full_row.cells_per_s", 1000.0 * SIDE / full.seconds, "cells/s");
    print("dispatch.full_row.bytes_per_cell", null_job_full_row(), "bytes");
    print("dispatch.full_row.journal_bytes_per_cell", full.journal_bytes / (1000.0 * SIDE),
          "bytes");
    print("dispatch.coordinator_rss_10k_cells_mb", small.rss_bytes / 1e6, "MB");
    print("dispatch.coordinator_rss_most_cells_mb", large.rss_bytes / 1e6, "MB");
    print_curve("null", most, ROW_BYTES);
    print_curve("full_row", quick ? 200 : 1000, null_job_full_row());
    double growth = large.rss_bytes - small.rss_bytes;
    print("dispatch.coordinator_bytes_per_cell", growth > 0 ? growth / more : 0, "bytes");
    if (growth <= more / 8 / 4096 + SLOPE_SLACK_BYTES)
        return 0;
    fprintf(stderr, "bench_dispatch: the coordinator's memory grows with the grid\n");
    return 1;
}
