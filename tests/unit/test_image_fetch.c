/* A real server and real fetchers, which are other processes: some are killed, some are lied to. */
#include "coordinator/image_server.h"
#include "market/cache_entry.h"
#include "tests/lib/cached_image.h"
#include "tests/lib/cm.h"
#include "tests/lib/rng.h"
#include "worker/image_fetch.h"
#include "worker/image_pieces.h"
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <zmq.h>

enum { SYMBOLS = 150, SESSIONS = 1500, FAST = 0, WINDOW = 8 };

static struct market_image image; /* about ten pieces */
static uint32_t n_pieces;
static image_piece_hash list_hash;
static char folder[64], path[4096], part[4200];

static int64_t now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void run(const char *command)
{
    assert_int_equal(system(command), 0);
}

static int empty_folder(void **state)
{
    (void)state;
    char command[256];
    snprintf(command, sizeof command, "rm -rf %s && mkdir %s", folder, folder);
    run(command);
    return 0;
}

static int make_all(void **state)
{
    (void)state;
    image_piece_hash *list;
    image = cached_image_make(7, SYMBOLS, SESSIONS);
    n_pieces = image_n_pieces(image.length);
    assert_int_equal(image_list_of(image.bytes, image.length, &list), OK);
    image_list_hash_of(image.length, list[0], list_hash);
    free(list);
    snprintf(folder, sizeof folder, "/tmp/plateau-test-fetch-%ld", (long)getpid());
    assert_int_equal(image_file_path(folder, image.hash, path, sizeof path), OK);
    snprintf(part, sizeof part, "%s" CACHE_PART, path);
    return 0;
}

static int end_all(void **state)
{
    char command[256];
    (void)state;
    market_image_free(&image);
    snprintf(command, sizeof command, "rm -rf %s", folder);
    run(command);
    return 0;
}

static struct image_server *server_on(const char *endpoint, uint64_t bytes_per_s)
{
    struct image_server *server = NULL;
    struct err_note note = {""};
    struct market_image copy;
    image_piece_hash hash;
    const struct image_server_options options = {.endpoint = endpoint, .bytes_per_s = bytes_per_s};
    assert_int_equal(image_server_start(&server, &options, &note), OK);
    cached_image_copy(&image, &copy);
    assert_int_equal(image_server_add(server, &copy, hash, &note), OK);
    assert_memory_equal(hash, list_hash, sizeof hash);
    return server;
}

static struct image_source source_at(uint16_t port)
{
    struct image_source source = {.reach_ms = IMAGE_FETCH_REACH_MS,
                                  .lost_ms = IMAGE_FETCH_REACH_MS,
                                  .stall_ms = IMAGE_FETCH_STALL_MS};
    snprintf(source.endpoint, sizeof source.endpoint, "tcp://127.0.0.1:%u", port);
    memcpy(source.list_hash, list_hash, sizeof list_hash);
    return source;
}

static enum err fetch(const struct image_source *source, struct image_fetch_stats *stats)
{
    struct market_image got;
    struct err_note note = {""};
    enum err err = image_fetch(folder, 0, image.hash, source, &got, stats, &note);
    if (err) {
        assert_true(note.text[0] != '\0');
        return err;
    }
    bool same = got.length == image.length && memcmp(got.bytes, image.bytes, got.length) == 0;
    market_image_free(&got);
    return same ? OK : ERR_MISMATCH;
}

/* ThreadSanitizer's threads do not survive a fork: it ends the child. */
static void needs_fork(void)
{
#ifdef __SANITIZE_THREAD__
    skip();
#endif
}

static int64_t child_reach_ms = IMAGE_FETCH_REACH_MS, child_lost_ms = IMAGE_FETCH_REACH_MS;

/* In a process of its own, whose exit code is the outcome. */
static pid_t fetch_in_child_to(uint16_t port, const char *cache)
{
    fflush(NULL);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        close_range(STDERR_FILENO + 1, ~0u, 0); /* the server's sockets are the parent's alone */
        struct market_image got;
        struct err_note note = {""};
        struct image_source source = source_at(port);
        source.reach_ms = child_reach_ms;
        source.lost_ms = child_lost_ms;
        _exit(image_fetch(cache, 0, image.hash, &source, &got, NULL, &note));
    }
    return pid;
}

static pid_t fetch_in_child(uint16_t port)
{
    return fetch_in_child_to(port, folder);
}

static int outcome(pid_t pid)
{
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static void wait_for_pieces(struct image_server *server, uint64_t n)
{
    while (image_server_stats(server).pieces < n)
        usleep(500);
}

static void a_missing_image_is_fetched_and_then_found(void **state)
{
    (void)state;
    struct image_server *server = server_on("tcp://127.0.0.1:*", FAST);
    struct image_source source = source_at(image_server_port(server));
    struct image_fetch_stats stats;
    struct stat st;
    assert_int_equal(fetch(&source, &stats), OK);
    assert_true(stats.fetched);
    assert_int_equal(stats.taken_bytes, image.length);
    assert_int_equal(stats.kept_bytes, 0);
    assert_int_equal(image_server_stats(server).pieces, n_pieces);
    assert_int_equal(fetch(&source, &stats), OK);
    assert_false(stats.fetched);
    assert_int_equal(image_server_stats(server).pieces, n_pieces);
    assert_int_equal(access(part, F_OK), -1);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0444);
    source.endpoint[0] = '\0'; /* nobody serves it, nobody need */
    assert_int_equal(fetch(&source, &stats), OK);
    image_server_stop(&server);
}

static void a_killed_fetcher_is_gone_on_with(void **state)
{
    (void)state;
    needs_fork();
    struct image_server *server = server_on("tcp://127.0.0.1:*", 40u << 20);
    struct image_source source = source_at(image_server_port(server));
    struct image_fetch_stats stats;
    pid_t pid = fetch_in_child(image_server_port(server));
    wait_for_pieces(server, 6);
    kill(pid, SIGKILL);
    assert_int_equal(outcome(pid), -SIGKILL);
    assert_int_equal(access(path, F_OK), -1);
    uint64_t before = image_server_stats(server).pieces;
    assert_int_equal(fetch(&source, &stats), OK);
    assert_true(stats.kept_bytes > 0);
    assert_int_equal(stats.kept_bytes + stats.taken_bytes, image.length);
    /* The rest, and perhaps one that was on its way to the dead. */
    uint64_t taken = (stats.taken_bytes + IMAGE_PIECE_BYTES - 1) / IMAGE_PIECE_BYTES;
    assert_true(image_server_stats(server).pieces - before <= taken + WINDOW);
    assert_true(taken < n_pieces);
    image_server_stop(&server);
}

static void no_kill_leaves_a_bad_file(void **state)
{
    (void)state;
    needs_fork();
    struct rng rng = {20261128};
    struct image_server *server = server_on("tcp://127.0.0.1:*", 100u << 20);
    struct image_source source = source_at(image_server_port(server));
    unsigned whole = 0;
    for (int round = 0; round < 16; round++) {
        struct market_image got;
        pid_t pid = fetch_in_child(image_server_port(server));
        usleep(rng_below(&rng, 150000));
        kill(pid, SIGKILL);
        outcome(pid);
        enum err err = market_open_hash(folder, image.hash, &got, NULL);
        assert_true(err == OK || err == ERR_NOT_FOUND);
        if (err == OK) {
            market_image_free(&got);
            whole++;
        }
        if (err == OK || round % 4 == 3)
            empty_folder(state);
    }
    assert_int_equal(fetch(&source, NULL), OK);
    printf("%u of 16 were whole before they were killed\n", whole);
    image_server_stop(&server);
}

static void a_server_that_comes_back_is_asked_for_the_rest(void **state)
{
    (void)state;
    needs_fork();
    char endpoint[64];
    struct image_server *server = server_on("tcp://127.0.0.1:*", 20u << 20);
    uint16_t port = image_server_port(server);
    snprintf(endpoint, sizeof endpoint, "tcp://127.0.0.1:%u", port);
    pid_t pid = fetch_in_child(port);
    wait_for_pieces(server, 4);
    uint64_t first = image_server_stats(server).pieces;
    image_server_stop(&server);
    server = server_on(endpoint, FAST);
    assert_int_equal(outcome(pid), OK);
    uint64_t second = image_server_stats(server).pieces;
    assert_true(first + second <= n_pieces + WINDOW); /* nothing twice but what was on its way */
    assert_true(second < n_pieces);
    image_server_stop(&server);
}

/* A port that never opens is told soon; one that was open closes while its machine starts again. */
static void a_server_that_was_there_is_waited_for_longer(void **state)
{
    (void)state;
    needs_fork();
    char endpoint[64];
    for (unsigned patient = 0; patient < 2; patient++) {
        struct image_server *server = server_on("tcp://127.0.0.1:*", 20u << 20);
        uint16_t port = image_server_port(server);
        snprintf(endpoint, sizeof endpoint, "tcp://127.0.0.1:%u", port);
        child_reach_ms = patient ? 1000 : IMAGE_FETCH_REACH_MS;
        child_lost_ms = patient ? IMAGE_FETCH_REACH_MS : 300;
        pid_t pid = fetch_in_child(port);
        wait_for_pieces(server, 4);
        image_server_stop(&server);
        if (!patient) {
            assert_int_equal(outcome(pid), ERR_NET);
            continue;
        }
        usleep(1500000);
        server = server_on(endpoint, FAST);
        assert_int_equal(outcome(pid), OK);
        image_server_stop(&server);
    }
    child_reach_ms = child_lost_ms = IMAGE_FETCH_REACH_MS;
}

static void the_processes_of_a_host_fetch_once(void **state)
{
    (void)state;
    needs_fork();
    enum { N = 4 };
    struct image_server *server = server_on("tcp://127.0.0.1:*", 50u << 20);
    pid_t pids[N];
    for (int i = 0; i < N; i++)
        pids[i] = fetch_in_child(image_server_port(server));
    for (int i = 0; i < N; i++)
        assert_int_equal(outcome(pids[i]), OK);
    assert_int_equal(image_server_stats(server).pieces, n_pieces);
    assert_int_equal(access(part, F_OK), -1);
    image_server_stop(&server);
}

static void the_next_one_takes_over_from_a_fetcher_that_is_killed(void **state)
{
    (void)state;
    needs_fork();
    struct image_server *server = server_on("tcp://127.0.0.1:*", 30u << 20);
    pid_t first = fetch_in_child(image_server_port(server));
    wait_for_pieces(server, 2);
    pid_t second = fetch_in_child(image_server_port(server));
    wait_for_pieces(server, 5);
    kill(first, SIGKILL);
    assert_int_equal(outcome(first), -SIGKILL);
    assert_int_equal(outcome(second), OK);
    assert_true(image_server_stats(server).pieces <= n_pieces + WINDOW + 1);
    image_server_stop(&server);
}

static void the_cap_holds_over_all_peers_together(void **state)
{
    (void)state;
    needs_fork();
    const uint64_t bytes_per_s = 25u << 20;
    struct image_server *server = server_on("tcp://127.0.0.1:*", bytes_per_s);
    char other[sizeof folder + 8]; /* of another host */
    snprintf(other, sizeof other, "%s/other", folder);
    int64_t start = now_us();
    pid_t one = fetch_in_child(image_server_port(server)),
          two = fetch_in_child_to(image_server_port(server), other);
    assert_int_equal(outcome(one), OK);
    assert_int_equal(outcome(two), OK);
    double took_s = (double)(now_us() - start) / 1e6;
    /* What is sent last need not be waited for. */
    double least_s = (double)(2 * image.length - IMAGE_PIECE_BYTES) / (double)bytes_per_s;
    printf("%.2f s at the cap %.2f s\n", took_s, least_s);
    assert_true(took_s > 0.9 * least_s);
    assert_true(took_s < 4 * least_s);
    image_server_stop(&server);
}

static void what_is_not_served_is_said_so(void **state)
{
    (void)state;
    struct err_note note = {""};
    struct image_server *server = server_on("tcp://127.0.0.1:*", FAST);
    struct image_source source = source_at(image_server_port(server));
    image_server_remove(server, image.hash);
    assert_int_equal(fetch(&source, NULL), ERR_NOT_FOUND);
    assert_true(image_server_stats(server).refused >= 1);
    image_server_stop(&server);
    source.reach_ms = 300;
    struct market_image got;
    assert_int_equal(image_fetch(folder, 0, image.hash, &source, &got, NULL, &note), ERR_NET);
    assert_non_null(strstr(note.text, "no connection to tcp://127.0.0.1:"));
}

static void an_image_stays_mapped_until_it_is_sent(void **state)
{
    (void)state;
    needs_fork();
    struct image_server *server = server_on("tcp://127.0.0.1:*", 40u << 20);
    pid_t pid = fetch_in_child(image_server_port(server));
    wait_for_pieces(server, 3);
    image_server_remove(server, image.hash); /* in the middle: the sanitizers watch */
    assert_int_equal(outcome(pid), ERR_NOT_FOUND);
    image_server_stop(&server);
}

/* ---- servers that lie ---- */

struct liar {
    pthread_t thread;
    void *context, *socket;
    uint16_t port;
    const struct market_image *content; /* what it sends, in the name of `image` */
    uint32_t bad_piece;                 /* damaged ... */
    int n_bad;                          /* ... so many times */
    atomic_int pieces;
};

static void liar_answer(struct liar *liar, const uint8_t *id, size_t id_length,
                        struct image_head head, const void *body, size_t n)
{
    uint8_t bytes[IMAGE_HEAD_BYTES];
    head.length = liar->content->length;
    image_head_pack(bytes, &head);
    zmq_send(liar->socket, id, id_length, ZMQ_SNDMORE);
    zmq_send(liar->socket, bytes, sizeof bytes, ZMQ_SNDMORE);
    zmq_send(liar->socket, body, n, 0);
}

static void *liar_main(void *ctx)
{
    struct liar *liar = ctx;
    uint8_t id[64], ask[64], *piece = malloc(IMAGE_PIECE_BYTES);
    image_piece_hash *list;
    struct image_head head;
    if (!piece || image_list_of(liar->content->bytes, liar->content->length, &list))
        abort();
    for (;;) {
        int n = zmq_recv(liar->socket, id, sizeof id, 0);
        if (n < 0)
            break;
        int m = zmq_recv(liar->socket, ask, sizeof ask, 0);
        if (m < 0 || image_head_unpack(&head, ask, (size_t)m))
            break;
        if (head.id == IMAGE_LIST_ASK) {
            head.id = IMAGE_LIST;
            liar_answer(liar, id, (size_t)n, head, list,
                        image_list_count(liar->content->length, 0) * sizeof *list);
            continue;
        }
        size_t bytes = image_piece_bytes(liar->content->length, head.piece);
        memcpy(piece,
               (const uint8_t *)liar->content->bytes + (size_t)head.piece * IMAGE_PIECE_BYTES,
               bytes);
        if (head.piece == liar->bad_piece && liar->n_bad-- > 0)
            piece[bytes / 2] ^= 1;
        head.id = IMAGE_PIECE;
        liar_answer(liar, id, (size_t)n, head, piece, bytes);
        atomic_fetch_add(&liar->pieces, 1);
    }
    free(list);
    free(piece);
    zmq_close(liar->socket);
    return NULL;
}

static void liar_start(struct liar *liar)
{
    char bound[64];
    size_t room = sizeof bound;
    liar->context = zmq_ctx_new();
    liar->socket = zmq_socket(liar->context, ZMQ_ROUTER);
    assert_int_equal(zmq_bind(liar->socket, "tcp://127.0.0.1:*"), 0);
    assert_int_equal(zmq_getsockopt(liar->socket, ZMQ_LAST_ENDPOINT, bound, &room), 0);
    liar->port = (uint16_t)strtoul(strrchr(bound, ':') + 1, NULL, 10);
    assert_int_equal(pthread_create(&liar->thread, NULL, liar_main, liar), 0);
}

static void liar_stop(struct liar *liar)
{
    zmq_ctx_shutdown(liar->context);
    pthread_join(liar->thread, NULL);
    zmq_ctx_term(liar->context);
}

static void a_damaged_piece_is_refused_and_fetched_again(void **state)
{
    (void)state;
    struct liar liar = {.content = &image, .bad_piece = 3, .n_bad = 2};
    struct image_fetch_stats stats;
    liar_start(&liar);
    const struct image_source source = source_at(liar.port);
    assert_int_equal(fetch(&source, &stats), OK);
    assert_int_equal(stats.bad, 2);
    assert_int_equal(atomic_load(&liar.pieces), n_pieces + 2);
    liar_stop(&liar);
}

static void damage_without_end_ends(void **state)
{
    (void)state;
    struct liar liar = {.content = &image, .bad_piece = 3, .n_bad = 1000};
    liar_start(&liar);
    const struct image_source source = source_at(liar.port);
    assert_int_equal(fetch(&source, NULL), ERR_CORRUPT);
    assert_true(atomic_load(&liar.pieces) < (int)n_pieces + 30);
    assert_int_equal(access(path, F_OK), -1);
    assert_int_equal(access(part, F_OK), -1);
    liar_stop(&liar);
}

static void another_image_under_this_name_is_never_used(void **state)
{
    (void)state;
    struct market_image other = cached_image_make(8, SYMBOLS, SESSIONS);
    struct liar liar = {.content = &other, .bad_piece = UINT32_MAX};
    struct image_source source;
    image_piece_hash *list;
    liar_start(&liar);
    source = source_at(liar.port);
    assert_int_equal(fetch(&source, NULL), ERR_CORRUPT); /* the list is not the job's */
    assert_int_equal(atomic_load(&liar.pieces), 0);
    /* Even if the job's list were: the whole is not what the job names. */
    assert_int_equal(image_list_of(other.bytes, other.length, &list), OK);
    image_list_hash_of(other.length, list[0], source.list_hash);
    free(list);
    assert_int_equal(fetch(&source, NULL), ERR_CORRUPT);
    assert_int_equal(atomic_load(&liar.pieces), n_pieces);
    assert_int_equal(access(path, F_OK), -1);
    assert_int_equal(access(part, F_OK), -1);
    liar_stop(&liar);
    market_image_free(&other);
}

static void a_damaged_file_of_the_cache_is_replaced(void **state)
{
    (void)state;
    struct image_server *server = server_on("tcp://127.0.0.1:*", FAST);
    struct image_source source = source_at(image_server_port(server));
    cached_image_write(&image, folder);
    assert_int_equal(chmod(path, 0644), 0);
    assert_int_equal(truncate(path, 5000), 0);
    assert_int_equal(fetch(&source, NULL), OK);
    assert_int_equal(image_server_stats(server).pieces, n_pieces);
    image_server_stop(&server);
}

/* ---- the rest of the world ---- */

static void *echo_main(void *socket)
{
    char bytes[64];
    int n;
    while ((n = zmq_recv(socket, bytes, sizeof bytes, 0)) > 0)
        zmq_send(socket, bytes, (size_t)n, 0);
    zmq_close(socket);
    return NULL;
}

static int by_value(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

/* Median of round trips of a small message, us. */
static int64_t round_trip_us(void *socket)
{
    enum { N = 4000 };
    static int64_t took[N];
    char bytes[64] = "lease";
    for (int i = 0; i < N; i++) {
        int64_t start = now_us();
        zmq_send(socket, bytes, sizeof bytes, 0);
        assert_true(zmq_recv(socket, bytes, sizeof bytes, 0) > 0);
        took[i] = now_us() - start;
    }
    qsort(took, N, sizeof *took, by_value);
    return took[N / 2];
}

/* A coordinator's socket in the process that serves the image: its round trips stay what they are.
 */
static void an_image_on_its_way_delays_no_lease(void **state)
{
    (void)state;
    needs_fork();
    void *context = zmq_ctx_new(), *here = zmq_socket(context, ZMQ_PAIR),
         *there = zmq_socket(context, ZMQ_PAIR);
    char bound[64];
    size_t room = sizeof bound;
    pthread_t thread;
    assert_int_equal(zmq_bind(here, "tcp://127.0.0.1:*"), 0);
    assert_int_equal(zmq_getsockopt(here, ZMQ_LAST_ENDPOINT, bound, &room), 0);
    assert_int_equal(zmq_connect(there, bound), 0);
    assert_int_equal(pthread_create(&thread, NULL, echo_main, there), 0);
    struct image_server *server = server_on("tcp://127.0.0.1:*", 20u << 20);
    int64_t quiet = round_trip_us(here);
    pid_t pid = fetch_in_child(image_server_port(server));
    wait_for_pieces(server, 1);
    int64_t busy = round_trip_us(here);
    bool under_way = image_server_stats(server).pieces < n_pieces;
    printf("round trip: quiet %lld us, with an image on its way %lld us (%llu of %u pieces sent)\n",
           (long long)quiet, (long long)busy, (unsigned long long)image_server_stats(server).pieces,
           n_pieces);
    if (under_way) /* else the machine was too slow to say anything */
        assert_true(busy < 10 * (quiet > 200 ? quiet : 200));
    assert_int_equal(outcome(pid), OK);
    zmq_close(here);
    zmq_ctx_shutdown(context);
    pthread_join(thread, NULL);
    zmq_ctx_term(context);
    image_server_stop(&server);
}

static void strangers_cost_the_server_nothing(void **state)
{
    (void)state;
    struct image_server *server = server_on("tcp://127.0.0.1:*", FAST);
    struct image_source source = source_at(image_server_port(server));
    struct rng rng = {5};
    void *context = zmq_ctx_new(), *socket = zmq_socket(context, ZMQ_DEALER);
    const int linger = 0;
    zmq_setsockopt(socket, ZMQ_LINGER, &linger, sizeof linger);
    assert_int_equal(zmq_connect(socket, source.endpoint), 0);
    for (int i = 0; i < 2000; i++) { /* garbage of a question's size, and questions it never reads
                                        the answers of */
        uint8_t bytes[IMAGE_HEAD_BYTES];
        struct image_head ask = {.id = IMAGE_PIECE_ASK, .piece = rng_below(&rng, 2 * n_pieces)};
        memcpy(ask.hash, image.hash, sizeof ask.hash);
        image_head_pack(bytes, &ask);
        if (i % 2)
            for (size_t b = 0; b < sizeof bytes; b++)
                bytes[b] = (uint8_t)rng_next(&rng);
        zmq_send(socket, bytes, sizeof bytes, ZMQ_DONTWAIT | (i % 5 == 0 ? ZMQ_SNDMORE : 0));
    }
    assert_int_equal(fetch(&source, NULL), OK);
    zmq_close(socket);
    zmq_ctx_term(context);
    image_server_stop(&server);
}

#define FRESH(test) cmocka_unit_test_setup(test, empty_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FRESH(a_missing_image_is_fetched_and_then_found),
        FRESH(a_killed_fetcher_is_gone_on_with),
        FRESH(no_kill_leaves_a_bad_file),
        FRESH(a_server_that_comes_back_is_asked_for_the_rest),
        FRESH(a_server_that_was_there_is_waited_for_longer),
        FRESH(the_processes_of_a_host_fetch_once),
        FRESH(the_next_one_takes_over_from_a_fetcher_that_is_killed),
        FRESH(the_cap_holds_over_all_peers_together),
        FRESH(what_is_not_served_is_said_so),
        FRESH(an_image_stays_mapped_until_it_is_sent),
        FRESH(a_damaged_piece_is_refused_and_fetched_again),
        FRESH(damage_without_end_ends),
        FRESH(another_image_under_this_name_is_never_used),
        FRESH(a_damaged_file_of_the_cache_is_replaced),
        FRESH(an_image_on_its_way_delays_no_lease),
        FRESH(strangers_cost_the_server_nothing),
    };
    return cmocka_run_group_tests_name("image_fetch", tests, make_all, end_all);
}
