#include "market/cache_entry.h"
#include "market/cache_list.h"
#include "tests/lib/cached_image.h"
#include "tests/lib/cm.h"
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { NOW = 1000000, DAY = 24 * 3600 };

static char folder[64];

static int fresh(void **state)
{
    char command[256];
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/plateau-test-cache-%ld", (long)getpid());
    snprintf(command, sizeof command, "rm -rf %s && mkdir %s", folder, folder);
    return system(command);
}

static int done(void **state)
{
    char command[256];
    (void)state;
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

/* ---- what goes ---- */

static struct cache_file file_of(enum cache_kind kind, char hex, uint64_t bytes, int64_t used_s)
{
    struct cache_file file = {.kind = kind, .bytes = bytes, .used_s = used_s};
    memset(file.name, hex, 64);
    strcat(file.name, kind == CACHE_IMAGE ? ".img" : ".other");
    return file;
}

static void the_least_recently_used_goes_first(void **state)
{
    (void)state;
    struct cache_file files[4] = {
        file_of(CACHE_IMAGE, 'a', 100, NOW - 40), file_of(CACHE_PLANES, 'b', 100, NOW - 30),
        file_of(CACHE_IMAGE, 'c', 100, NOW - 20), file_of(CACHE_IMAGE, 'd', 100, NOW - 10)};
    bool go[4];
    struct cache_policy policy = {.now_s = NOW, .older_than_s = -1, .max_bytes = 400};
    cache_plan(files, 4, &policy, go);
    assert_false(go[0] || go[1] || go[2] || go[3]);
    policy.max_bytes = 250;
    cache_plan(files, 4, &policy, go);
    assert_true(go[0] && go[1] && !go[2] && !go[3]);
    files[0].in_use = true; /* never */
    cache_plan(files, 4, &policy, go);
    assert_true(!go[0] && go[1] && go[2] && !go[3]);
    policy.room = 1000; /* more than there is: all that may */
    cache_plan(files, 4, &policy, go);
    assert_true(!go[0] && go[1] && go[2] && go[3]);
}

static void age_alone_is_enough_when_asked_for(void **state)
{
    (void)state;
    struct cache_file files[3] = {file_of(CACHE_IMAGE, 'a', 1, NOW - 3 * DAY),
                                  file_of(CACHE_UNFINISHED, 'b', 1, NOW - 2 * DAY),
                                  file_of(CACHE_IMAGE, 'c', 1, NOW - 10)};
    bool go[3];
    struct cache_policy policy = {.now_s = NOW, .older_than_s = -1, .max_bytes = UINT64_MAX};
    cache_plan(files, 3, &policy, go);
    assert_true(!go[0] && go[1] && !go[2]); /* nobody goes on with it any more */
    policy.older_than_s = DAY;
    cache_plan(files, 3, &policy, go);
    assert_true(go[0] && go[1] && !go[2]);
    policy.older_than_s = 5;
    cache_plan(files, 3, &policy, go);
    assert_true(go[0] && go[1] && go[2]);
}

static void a_key_goes_with_its_image(void **state)
{
    (void)state;
    struct cache_file files[3] = {file_of(CACHE_IMAGE, 'a', 100, NOW - 50),
                                  file_of(CACHE_KEY, 'e', 10, NOW - 50),
                                  file_of(CACHE_KEY, 'f', 10, NOW - 50)};
    bool go[3];
    struct cache_policy policy = {.now_s = NOW, .older_than_s = -1, .max_bytes = UINT64_MAX};
    memset(files[1].image, 'a', 64);
    memset(files[2].image, 'b', 64); /* of no image here */
    cache_plan(files, 3, &policy, go);
    assert_true(!go[0] && !go[1] && go[2]);
    policy.max_bytes = 0;
    cache_plan(files, 3, &policy, go);
    assert_true(go[0] && go[1] && go[2]);
}

/* ---- a real folder ---- */

static void write_file(const char *name, size_t bytes, int64_t age_s)
{
    char path[400];
    struct timespec times[2] = {{time(NULL) - age_s, 0}, {time(NULL) - age_s, 0}};
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    for (size_t i = 0; i < bytes; i++)
        fputc('x', file);
    fclose(file);
    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

static bool is_there(const char *name)
{
    char path[400];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return access(path, F_OK) == 0;
}

#define HEX60 "000000000000000000000000000000000000000000000000000000000000"

static void only_files_of_the_cache_are_seen_and_removed(void **state)
{
    (void)state;
    struct cache_file *files;
    size_t n;
    uint64_t freed = 0;
    struct err_note note = {""};
    write_file(HEX60 "0001.img", 9000, 100);
    write_file(HEX60 "0002.planes", 9000, 300);
    write_file(HEX60 "0003.img.part", 9000, 200);
    write_file(HEX60 "0004.img.tmp.AbCdEf", 9000, 3 * DAY);
    write_file("notes.txt", 9000, 400);
    write_file(HEX60 "0005.csv", 9000, 400);
    assert_int_equal(cache_list(folder, &files, &n, &note), OK);
    assert_int_equal(n, 4);
    assert_int_equal(files[0].kind, CACHE_UNFINISHED); /* oldest first */
    assert_int_equal(files[1].kind, CACHE_PLANES);
    assert_int_equal(files[3].kind, CACHE_IMAGE);
    free(files);
    const struct cache_policy all = {.now_s = time(NULL), .older_than_s = -1, .max_bytes = 0};
    assert_int_equal(cache_evict(folder, &all, &freed, &note), OK);
    assert_true(freed >= 4 * 9000);
    assert_true(is_there("notes.txt") && is_there(HEX60 "0005.csv"));
    assert_int_equal(cache_list(folder, &files, &n, &note), OK);
    assert_int_equal(n, 0);
    free(files);
    assert_int_equal(cache_list("/nowhere/at/all", &files, &n, &note), OK);
    assert_int_equal(n, 0);
}

static void an_image_in_use_stays(void **state)
{
    (void)state;
    struct err_note note = {""};
    struct market_image image = cached_image_make(3, 4, 50), mapped;
    const struct cache_policy all = {.now_s = time(NULL), .older_than_s = -1, .max_bytes = 0};
    char path[4096];
    cached_image_write(&image, folder);
    assert_int_equal(market_open_hash(folder, image.hash, &mapped, &note), OK);
    assert_int_equal(cache_evict(folder, &all, NULL, &note), OK);
    assert_int_equal(image_file_path(folder, image.hash, path, sizeof path), OK);
    assert_int_equal(access(path, F_OK), 0);
    market_image_free(&mapped);
    assert_int_equal(cache_evict(folder, &all, NULL, &note), OK);
    assert_int_equal(access(path, F_OK), -1);
    market_image_free(&image);
}

/* ---- one maker ---- */

static void a_file_is_made_by_one_and_found_by_the_others(void **state)
{
    (void)state;
    enum { N = 8 };
    char path[256];
    pid_t pids[N];
    int status, makers = 0;
    snprintf(path, sizeof path, "%s/" HEX60 "0007.planes", folder);
    fflush(NULL);
    for (int i = 0; i < N; i++)
        if ((pids[i] = fork()) == 0) {
            int fd;
            if (cache_entry_claim(path, &fd, NULL))
                _exit(99);
            if (fd < 0)
                _exit(access(path, F_OK) == 0 ? 0 : 98);
            usleep(20000);
            if (write(fd, "whole", 5) != 5)
                _exit(97);
            if (i == 0) /* a maker that does not get through: the next one has what it left */
                cache_entry_abandon(path, &fd, false);
            else if (cache_entry_publish(path, &fd, NULL))
                _exit(96);
            _exit(i == 0 ? 0 : 1);
        }
    for (int i = 0; i < N; i++) {
        assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) <= 1);
        makers += WEXITSTATUS(status);
    }
    assert_int_equal(makers, 1);
    assert_true(is_there(HEX60 "0007.planes"));
    assert_false(is_there(HEX60 "0007.planes" CACHE_PART));
}

#define FRESH(test) cmocka_unit_test_setup_teardown(test, fresh, done)
CM_MAIN("cache_list", cmocka_unit_test(the_least_recently_used_goes_first),
        cmocka_unit_test(age_alone_is_enough_when_asked_for),
        cmocka_unit_test(a_key_goes_with_its_image),
        FRESH(only_files_of_the_cache_are_seen_and_removed), FRESH(an_image_in_use_stays),
        FRESH(a_file_is_made_by_one_and_found_by_the_others))
