/* The n-th allocation, write, fsync or rename fails, for every n until none is left: opening a
 * cached image then succeeds or says why not, leaks nothing, leaves no temporary file, and works
 * again once the fault is gone. */
#include "market/market.h"
#include "tests/lib/cm.h"
#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum fault { FAULT_NONE, FAULT_MEMORY, FAULT_WRITE, FAULT_FSYNC, FAULT_RENAME };
static enum fault fault;
static long countdown; /* calls of that kind that still work; below 0: they work again */
static long n_live;    /* blocks held by the code under test */

/* True once, at the call that is to fail. */
static bool strike(enum fault kind)
{
    return fault == kind && countdown-- == 0;
}

/* The program's own definitions come before the C library's, also for calls inside libraries. */
ssize_t write(int fd, const void *bytes, size_t n)
{
    if (strike(FAULT_WRITE)) {
        errno = ENOSPC;
        return -1;
    }
    return syscall(SYS_write, fd, bytes,
                   n > 100 ? n / 2 : n); /* short writes are allowed at any time */
}

int fsync(int fd)
{
    if (strike(FAULT_FSYNC)) {
        errno = EIO;
        return -1;
    }
    return (int)syscall(SYS_fsync, fd);
}

int rename(const char *from, const char *to)
{
    if (strike(FAULT_RENAME)) {
        errno = EACCES;
        return -1;
    }
    return (int)syscall(SYS_renameat2, -100 /* AT_FDCWD */, from, -100, to, 0);
}

#ifndef __has_feature /* clang's way to tell */
#define __has_feature(x) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) ||                               \
    __has_feature(address_sanitizer)
#define MEMORY_FAULTS                                                                              \
    0 /* the sanitizer owns malloc; the other faults run, and it looks for leaks itself */
#else
#define MEMORY_FAULTS 1
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *block, size_t size);
void __libc_free(void *block);

static bool no_memory(void)
{
    bool struck = strike(FAULT_MEMORY);
    if (struck)
        errno = ENOMEM;
    return struck;
}

static void *counted(void *block)
{
    n_live += block != NULL;
    return block;
}

void *malloc(size_t size)
{
    return no_memory() ? NULL : counted(__libc_malloc(size));
}

void *calloc(size_t n, size_t size)
{
    return no_memory() ? NULL : counted(__libc_calloc(n, size));
}

void *realloc(void *block, size_t size)
{
    if (no_memory())
        return NULL;
    void *moved = __libc_realloc(block, size);
    n_live += !block && moved;
    return moved;
}

void free(void *block)
{
    n_live -= block != NULL;
    __libc_free(block);
}
#endif

static char folder[64], prices[80], benchmark[96], cache[80];

static void put_series(const char *path, int n)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs("date,open,high,low,close,volume\n", f);
    for (int i = 0; i < n; i++) {
        char day[11];
        market_format_day(18000 + i, day);
        fprintf(f, "%s,\"1.5\",2,1,1.75,%d\n", day, i);
    }
    assert_int_equal(fclose(f), 0);
}

static int set_up(void **state)
{
    (void)state;
    char path[128];
    strcpy(folder, "/tmp/plateau_faults_XXXXXX");
    if (!mkdtemp(folder))
        return -1;
    snprintf(prices, sizeof prices, "%s/p", folder);
    snprintf(cache, sizeof cache, "%s/cache", folder);
    snprintf(benchmark, sizeof benchmark, "%s/B.csv", prices);
    if (mkdir(prices, 0755) != 0)
        return -1;
    put_series(benchmark, MARKET_BENCH_BARS_MIN);
    for (char name = 'C'; name < 'G'; name++) {
        snprintf(path, sizeof path, "%s/%c.csv", prices, name);
        put_series(path, 20 * (name - 'A'));
    }
    return 0;
}

static void empty_cache(void)
{
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", cache);
    assert_int_equal(system(command), 0);
}

static int tear_down(void **state)
{
    (void)state;
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command);
}

static int n_temporaries(void)
{
    int n = 0;
    DIR *dir = opendir(cache);
    for (struct dirent *d; dir && (d = readdir(dir));)
        n += strstr(d->d_name, ".tmp.") != NULL;
    if (dir)
        closedir(dir);
    return n;
}

static enum err open_with(enum fault kind, long n, struct err_note *note)
{
    const struct market_source source = {
        .sleeve = "equity", .asset_class = IMAGE_EQUITY, .prices = prices, .benchmark = benchmark};
    struct market_image image;
    long before = n_live;
    note->text[0] = '\0';
    fault = kind;
    countdown = n;
    enum err e = market_open_cached(cache, &source, 1, MARKET_MAX_DAILY_MOVE, &image, note);
    fault = FAULT_NONE;
    if (e == OK)
        market_image_free(&image);
    assert_int_equal(n_live, before);
    return e;
}

/* Every n until the fault is no longer met; allowed: the code a fault of this kind may end in. */
static void each_fault(enum fault kind, enum err allowed, long n_least)
{
    struct err_note note;
    long n = 0, n_failed = 0;
    for (;; n++) {
        empty_cache();
        enum err e = open_with(kind, n, &note);
        if (e != OK) {
            if (e == ERR_IO && strstr(note.text, strerror(ENOMEM)))
                e = ERR_NOMEM; /* met inside the C library */
            if (e != allowed)
                print_error("fault %ld: %s: %s\n", n, err_text(e), note.text);
            assert_int_equal(e, allowed);
            assert_true(kind == FAULT_MEMORY || note.text[0]);
            n_failed++;
        }
        assert_int_equal(n_temporaries(), 0);
        bool met = countdown < 0;
        assert_int_equal(open_with(FAULT_NONE, 0, &note), OK);
        if (!met)
            break;
    }
    print_message("%ld faults met, %ld of them failures\n", n, n_failed);
    assert_true(n >= n_least && n_failed > 0);
}

static void every_write_may_fail(void **state)
{
    (void)state;
    each_fault(FAULT_WRITE, ERR_IO, 2);
}

static void every_fsync_may_fail(void **state)
{
    (void)state;
    each_fault(FAULT_FSYNC, ERR_IO, 4); /* image, folder, key, folder */
}

static void every_rename_may_fail(void **state)
{
    (void)state;
    each_fault(FAULT_RENAME, ERR_IO, 2);
}

#if MEMORY_FAULTS
static void every_allocation_may_fail(void **state)
{
    (void)state;
    each_fault(FAULT_MEMORY, ERR_NOMEM, 50);
}
#define MEMORY_TEST cmocka_unit_test_setup_teardown(every_allocation_may_fail, set_up, tear_down),
#else
#define MEMORY_TEST
#endif

CM_MAIN("market_faults",
        MEMORY_TEST cmocka_unit_test_setup_teardown(every_write_may_fail, set_up, tear_down),
        cmocka_unit_test_setup_teardown(every_fsync_may_fail, set_up, tear_down),
        cmocka_unit_test_setup_teardown(every_rename_may_fail, set_up, tear_down))
