/* The HTTP server as a client meets it, over real sockets on loopback. */
#include "coordinator/http.h"
#include "tests/lib/cm.h"
#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TEXT_SIZE = 65536, WAIT_MS = 5000 };
static const char TOKEN[] = "0123456789abcdefTOKEN";

typedef const char *(*query_function)(void *request, const char *name);

static void get_page(void *ctx, query_function query, void *request, struct http_reply *out)
{
    const char *name = query(request, "name");
    (void)ctx;
    out->body = strdup(name ? name : "a page");
    out->length = strlen(out->body);
}

static void get_nothing(void *ctx, query_function query, void *request, struct http_reply *out)
{
    (void)ctx, (void)query, (void)request, (void)out;
}

/* ---- a body without end ---- */

static int n_ended;
static ssize_t read_ticks(void *stream, char *buffer, size_t max)
{
    unsigned *n = stream;
    if ((*n)++ % 2)
        return 0; /* nothing yet */
    return snprintf(buffer, max, "data: %u\n\n", *n);
}

static void end_ticks(void *stream)
{
    free(stream);
    __atomic_add_fetch(&n_ended, 1, __ATOMIC_SEQ_CST);
}

static void get_ticks(void *ctx, query_function query, void *request, struct http_reply *out)
{
    (void)ctx, (void)query, (void)request;
    out->type = "text/event-stream";
    out->stream = calloc(1, sizeof(unsigned));
    out->read = read_ticks;
    out->end = end_ticks;
}

static const struct http_route ROUTES[] = {{"/page", false, get_page, NULL},
                                           {"/probe", true, get_page, NULL},
                                           {"/nothing", false, get_nothing, NULL},
                                           {"/ticks", false, get_ticks, NULL},
                                           {NULL, false, NULL, NULL}};

/* ---- a client ---- */

static int call(const struct http *http)
{
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)atoi(strrchr(http_url(http), ':') + 1)),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&at, sizeof at), 0);
    return fd;
}

/* Reads until the text holds `until`, the peer closes, or nothing comes for long. */
static char *hear(int fd, const char *until)
{
    static char text[TEXT_SIZE];
    size_t n = 0;
    text[0] = '\0';
    struct pollfd poll_fd = {fd, POLLIN, 0};
    while (n < sizeof text - 1 && poll(&poll_fd, 1, WAIT_MS) == 1) {
        ssize_t got = read(fd, text + n, sizeof text - 1 - n);
        if (got <= 0)
            break;
        n += (size_t)got;
        text[n] = '\0';
        if (until && strstr(text, until))
            break;
    }
    return text;
}

static char *ask(const struct http *http, const char *request)
{
    int fd = call(http);
    assert_int_equal(write(fd, request, strlen(request)), (ssize_t)strlen(request));
    char *text = hear(fd, NULL);
    close(fd);
    return text;
}

#define REQUEST(method, path, headers)                                                             \
    method " " path " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" headers "\r\n"
#define assert_status(text, status) assert_memory_equal(text, "HTTP/1.1 " status, 12)

static struct http *start(const char *listen, const char *token_file, bool anyone)
{
    const struct http_options options = {listen, token_file, anyone, ROUTES, NULL};
    struct err_note note = {""};
    struct http *http = NULL;
    if (http_start(&http, &options, &note))
        fail_msg("%s", note.text);
    return http;
}

static void expect_refused(const char *listen, const char *token_file, enum err err,
                           const char *word)
{
    const struct http_options options = {listen, token_file, false, ROUTES, NULL};
    struct err_note note = {""};
    struct http *http = NULL;
    assert_int_equal(http_start(&http, &options, &note), err);
    assert_null(http);
    if (!strstr(note.text, word))
        fail_msg("\"%s\" says nothing of \"%s\"", note.text, word);
}

static char token_file[] = "/tmp/plateau_token_XXXXXX";
static void write_token(const char *text, mode_t mode)
{
    strcpy(token_file, "/tmp/plateau_token_XXXXXX");
    int fd = mkstemp(token_file);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    fchmod(fd, mode);
    close(fd);
}

/* ---- ---- */

static void a_page_is_served_by_get_and_head_only(void **state)
{
    (void)state;
    struct http *http = start("127.0.0.1:0", NULL, false);
    char *text = ask(http, REQUEST("GET", "/page", ""));
    assert_status(text, "200");
    assert_non_null(strstr(text, "\r\n\r\na page"));
    text = ask(http, REQUEST("HEAD", "/page", ""));
    assert_status(text, "200");
    assert_null(strstr(text, "a page"));
    assert_status(ask(http, REQUEST("GET", "/other", "")), "404");
    assert_status(ask(http, REQUEST("GET", "/nothing", "")), "500");
    assert_status(ask(http, REQUEST("DELETE", "/page", "")), "405");
    assert_status(ask(http, REQUEST("POST", "/page", "Content-Length: 4\r\n") "abcd"), "405");
    assert_non_null(strstr(ask(http, REQUEST("GET", "/page?name=x%20y", "")), "\r\n\r\nx y"));
    http_stop(&http);
}

/* A page of the web that resolves to this machine sends its own name. */
static void a_foreign_host_name_is_refused_on_loopback(void **state)
{
    (void)state;
    struct http *http = start("127.0.0.1:0", NULL, false);
    assert_status(ask(http, "GET /page HTTP/1.1\r\nHost: evil.example:80\r\nConnection: close\r\n"
                            "\r\n"),
                  "421");
    assert_status(ask(http, "GET /page HTTP/1.1\r\nHost: localhost.evil.example\r\n"
                            "Connection: close\r\n\r\n"),
                  "421");
    assert_status(ask(http, "GET /page HTTP/1.1\r\nHost: 127.0.0.1:1\r\nConnection: close\r\n\r\n"),
                  "200");
    http_stop(&http);
}

static void beyond_loopback_a_token_or_the_explicit_word_is_needed(void **state)
{
    (void)state;
    expect_refused("0.0.0.0:0", NULL, ERR_RANGE, "--http-token");
    expect_refused("[::]:0", NULL, ERR_RANGE, "--http-token");
    struct http *http = start("0.0.0.0:0", NULL, true);
    assert_status(ask(http, REQUEST("GET", "/page", "")), "200");
    http_stop(&http);
}

static void with_a_token_only_probes_are_open(void **state)
{
    (void)state;
    write_token("0123456789abcdefTOKEN\n", 0600);
    struct http *http = start("127.0.0.1:0", token_file, false);
    assert_status(ask(http, REQUEST("GET", "/page", "")), "401");
    assert_status(ask(http, REQUEST("GET", "/nowhere", "")), "401");
    assert_status(ask(http, REQUEST("GET", "/probe", "")), "200");
    assert_status(
        ask(http, REQUEST("GET", "/page", "Authorization: Bearer 0123456789abcdefTOKEN\r\n")),
        "200");
    assert_status(
        ask(http, REQUEST("GET", "/page", "Authorization: Bearer 0123456789abcdefTOKE\r\n")),
        "401");
    assert_status(
        ask(http, REQUEST("GET", "/page", "Authorization: Basic 0123456789abcdefTOKEN\r\n")),
        "401");
    http_stop(&http);
    unlink(token_file);
}

static void a_browser_sends_the_token_as_password(void **state)
{
    (void)state;
    write_token("0123456789abcdefTOKEN\n", 0600);
    struct http *http = start("127.0.0.1:0", token_file, false);
    assert_non_null(
        strstr(ask(http, REQUEST("GET", "/page", "")), "WWW-Authenticate: Basic realm"));
    /* me:0123456789abcdefTOKEN, me:0123456789abcdefTOKE, 0123456789abcdefTOKEN */
    assert_status(ask(http, REQUEST("GET", "/page",
                                    "Authorization: Basic bWU6MDEyMzQ1Njc4OWFiY2RlZlRPS0VO\r\n")),
                  "200");
    assert_status(ask(http, REQUEST("GET", "/page",
                                    "Authorization: Basic bWU6MDEyMzQ1Njc4OWFiY2RlZlRPS0U=\r\n")),
                  "401");
    assert_status(
        ask(http, REQUEST("GET", "/page", "Authorization: Basic MDEyMzQ1Njc4OWFiY2RlZlRPS0VO\r\n")),
        "401");
    http_stop(&http);
    unlink(token_file);
}

static void no_page_may_frame_what_is_served(void **state)
{
    (void)state;
    struct http *http = start("127.0.0.1:0", NULL, false);
    const char *text = ask(http, REQUEST("GET", "/page", ""));
    assert_non_null(strstr(text, "Content-Security-Policy: default-src 'none'; frame-ancestors"));
    assert_non_null(strstr(text, "Cross-Origin-Resource-Policy: same-origin"));
    http_stop(&http);
}

static void a_bad_token_file_or_address_starts_nothing(void **state)
{
    (void)state;
    write_token(TOKEN, 0644);
    expect_refused("127.0.0.1:0", token_file, ERR_RANGE, "chmod 600");
    unlink(token_file);
    write_token("short", 0600);
    expect_refused("127.0.0.1:0", token_file, ERR_FORMAT, "16");
    unlink(token_file);
    expect_refused("127.0.0.1:0", token_file, ERR_IO, "cannot be read");
    expect_refused("127.0.0.1", NULL, ERR_RANGE, "HOST:PORT");
    expect_refused("::1:80", NULL, ERR_RANGE, "HOST:PORT");
    expect_refused(":80", NULL, ERR_RANGE, "HOST:PORT");
    expect_refused("127.0.0.1:99999", NULL, ERR_RANGE, "HOST:PORT");
    struct http *http = start("127.0.0.1:0", NULL, false);
    expect_refused(http_url(http) + strlen("http://"), NULL, ERR_NET, "in use");
    http_stop(&http);
}

static void a_head_that_never_ends_is_cut(void **state)
{
    (void)state;
    static char flood[4 * HTTP_HEAD_BYTES_MAX];
    struct http *http = start("127.0.0.1:0", NULL, false);
    int fd = call(http);
    memset(flood, 'a', sizeof flood);
    memcpy(flood, "GET /page HTTP/1.1\r\nX: ", 23);
    (void)send(fd, flood, sizeof flood, MSG_NOSIGNAL);
    const char *text = hear(fd, NULL);
    assert_true(text[0] == '\0' || strncmp(text, "HTTP/1.1 4", 10) == 0);
    close(fd);
    http_stop(&http);
}

static void connections_are_limited_and_come_back(void **state)
{
    (void)state;
    struct http *http = start("127.0.0.1:0", NULL, false);
    int fds[HTTP_CONNECTIONS_OF_ONE];
    for (int i = 0; i < HTTP_CONNECTIONS_OF_ONE; i++)
        fds[i] = call(http);                                         /* and says nothing */
    assert_string_equal(ask(http, REQUEST("GET", "/page", "")), ""); /* closed at once */
    for (int i = 0; i < HTTP_CONNECTIONS_OF_ONE; i++)
        close(fds[i]);
    const char *text = "";
    for (int tries = 0; !text[0] && tries < 200; tries++) {
        text = ask(http, REQUEST("GET", "/page", ""));
        usleep(10000);
    }
    assert_status(text, "200");
    http_stop(&http);
}

static void a_stream_flows_until_its_reader_or_the_server_ends(void **state)
{
    (void)state;
    n_ended = 0;
    struct http *http = start("127.0.0.1:0", NULL, false);
    int gone = call(http), there = call(http);
    static const char request[] = REQUEST("GET", "/ticks", "");
    assert_int_equal(write(gone, request, sizeof request - 1), sizeof request - 1);
    assert_int_equal(write(there, request, sizeof request - 1), sizeof request - 1);
    assert_non_null(strstr(hear(gone, "data: 3"), "text/event-stream"));
    close(gone);
    for (int tries = 0; __atomic_load_n(&n_ended, __ATOMIC_SEQ_CST) == 0 && tries < 500; tries++)
        usleep(10000);
    assert_int_equal(__atomic_load_n(&n_ended, __ATOMIC_SEQ_CST), 1);
    assert_non_null(strstr(hear(there, "data: 5"), "data: 5"));
    http_stop(&http); /* does not wait for a reader */
    assert_int_equal(n_ended, 2);
    close(there);
}

CM_MAIN("http", cmocka_unit_test(a_page_is_served_by_get_and_head_only),
        cmocka_unit_test(a_foreign_host_name_is_refused_on_loopback),
        cmocka_unit_test(beyond_loopback_a_token_or_the_explicit_word_is_needed),
        cmocka_unit_test(with_a_token_only_probes_are_open),
        cmocka_unit_test(a_browser_sends_the_token_as_password),
        cmocka_unit_test(no_page_may_frame_what_is_served),
        cmocka_unit_test(a_bad_token_file_or_address_starts_nothing),
        cmocka_unit_test(a_head_that_never_ends_is_cut),
        cmocka_unit_test(connections_are_limited_and_come_back),
        cmocka_unit_test(a_stream_flows_until_its_reader_or_the_server_ends))
