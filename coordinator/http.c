#include "coordinator/http.h"
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <microhttpd.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { HOST_MAX = 256, URL_MAX = 320 };

struct http {
    struct MHD_Daemon *daemon;
    const struct http_route *routes;
    struct log *log;
    char token[HTTP_TOKEN_MAX + 1]; /* "": none is asked for */
    char url[URL_MAX];
    bool loopback;
    atomic_bool stopping;
};

/* ---- where and for whom ---- */

static bool is_loopback(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET6)
        return IN6_IS_ADDR_LOOPBACK(
            &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr);
    return address->sa_family == AF_INET &&
           ntohl(((const struct sockaddr_in *)(const void *)address)->sin_addr.s_addr) >> 24 == 127;
}

/* HOST:PORT in two; brackets of an IPv6 address go. */
static bool split_address(const char *text, char host[HOST_MAX], const char **port)
{
    const char *colon = strrchr(text, ':');
    if (!colon || colon == text || !colon[1] ||
        strspn(colon + 1, "0123456789") != strlen(colon + 1))
        return false;
    bool brackets = text[0] == '[' && colon[-1] == ']';
    if (!brackets && memchr(text, ':', (size_t)(colon - text)))
        return false;
    int n = snprintf(host, HOST_MAX, "%.*s", (int)(colon - text) - 2 * brackets, text + brackets);
    *port = colon + 1;
    return n > 0 && n < HOST_MAX;
}

static enum err read_address(const char *listen, char host[HOST_MAX], const char **port,
                             struct err_note *note)
{
    if (!split_address(listen, host, port) || strtoul(*port, NULL, 10) > UINT16_MAX)
        return err_set(note, ERR_RANGE,
                       "--http: found \"%.200s\", expected HOST:PORT such as 127.0.0.1:9464, "
                       "[::1]:9464 or 127.0.0.1:0 (any free port)",
                       listen);
    return OK;
}

enum err http_check_address(const char *listen, struct err_note *note)
{
    char host[HOST_MAX];
    const char *port;
    return read_address(listen, host, &port, note);
}

static enum err resolve(const char *listen, struct addrinfo **out, struct err_note *note)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE};
    char host[HOST_MAX] = "";
    const char *port = NULL;
    enum err err = read_address(listen, host, &port, note);
    if (err)
        return err;
    int code = getaddrinfo(host, port, &hints, out);
    return code ? err_set(note, ERR_RANGE, "--http: %.200s: %s", listen, gai_strerror(code)) : OK;
}

static enum err read_token(char token[HTTP_TOKEN_MAX + 1], const char *path, struct err_note *note)
{
    char text[HTTP_TOKEN_MAX + 2] = "";
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) != 0) {
        enum err err =
            err_set(note, ERR_IO, "%s: the token cannot be read: %s", path, strerror(errno));
        if (fd >= 0)
            close(fd);
        return err;
    }
    ssize_t n = read(fd, text, sizeof text - 1);
    close(fd);
    if (st.st_mode & 077)
        return err_set(note, ERR_RANGE, "%s: others can read this token: chmod 600 it", path);
    text[n > 0 ? n : 0] = '\0';
    size_t length = strcspn(text, "\r\n");
    bool printable = true;
    for (size_t i = 0; i < length; i++)
        printable &= text[i] > ' ' && text[i] < 0x7f;
    if (length < HTTP_TOKEN_MIN || length > HTTP_TOKEN_MAX || !printable) {
        sodium_memzero(text, sizeof text);
        return err_set(note, ERR_FORMAT,
                       "%s: expected one line of %d to %d printable characters without spaces",
                       path, HTTP_TOKEN_MIN, HTTP_TOKEN_MAX);
    }
    memset(token, 0, HTTP_TOKEN_MAX + 1);
    memcpy(token, text, length);
    sodium_memzero(text, sizeof text);
    return OK;
}

/* ---- answers ---- */

static void tell_refused(const struct http *http, const char *reason)
{
    log_event(http->log, EVENT_HTTP_REFUSED, {LOG_reason, .text = reason});
}

static enum MHD_Result send_text(struct MHD_Connection *connection, unsigned status,
                                 const char *name, const char *value, const char *text)
{
    char *copy = strdup(text);
    struct MHD_Response *response =
        copy ? MHD_create_response_from_buffer(strlen(copy), copy, MHD_RESPMEM_MUST_FREE) : NULL;
    if (!response)
        return MHD_NO;
    MHD_add_response_header(response, "Content-Type", "text/plain; charset=utf-8");
    if (name)
        MHD_add_response_header(response, name, value);
    enum MHD_Result result = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    return result;
}

/* Both sides in blocks of one length: the time tells nothing of where they differ. */
static bool is_token(const struct http *http, const char *text)
{
    char given[HTTP_TOKEN_MAX + 1] = "";
    if (strlen(text) > HTTP_TOKEN_MAX)
        return false;
    memcpy(given, text, strlen(text));
    return sodium_memcmp(given, http->token, sizeof given) == 0;
}

/* The password of "Basic": what a browser asks its user for and sends with every request. */
static bool has_password(const struct http *http, const char *base64)
{
    char text[2 * HTTP_TOKEN_MAX];
    size_t n = 0;
    if (sodium_base642bin((unsigned char *)text, sizeof text - 1, base64, strlen(base64), NULL, &n,
                          NULL, sodium_base64_VARIANT_ORIGINAL) != 0)
        return false;
    text[n] = '\0';
    const char *colon = strchr(text, ':');
    bool same = colon && is_token(http, colon + 1);
    sodium_memzero(text, sizeof text);
    return same;
}

static bool has_token(const struct http *http, struct MHD_Connection *connection)
{
    static const char BEARER[] = "Bearer ", BASIC[] = "Basic ";
    const char *header = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Authorization");
    if (!header)
        return false;
    if (strncmp(header, BEARER, sizeof BEARER - 1) == 0)
        return is_token(http, header + sizeof BEARER - 1);
    return strncmp(header, BASIC, sizeof BASIC - 1) == 0 &&
           has_password(http, header + sizeof BASIC - 1);
}

static bool host_is_local(struct MHD_Connection *connection)
{
    static const char *const names[] = {"localhost", "127.0.0.1", "[::1]"};
    const char *host = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Host");
    for (unsigned i = 0; host && i < sizeof names / sizeof names[0]; i++) {
        size_t n = strlen(names[i]);
        if (strncasecmp(host, names[i], n) == 0 && (host[n] == '\0' || host[n] == ':'))
            return true;
    }
    return !host;
}

struct stream { /* an endless body */
    struct http *http;
    struct http_reply reply;
};

static ssize_t read_stream(void *cls, uint64_t position, char *buffer, size_t max)
{
    struct stream *stream = cls;
    const struct timespec pause = {0, HTTP_STREAM_POLL_MS * 1000000L};
    (void)position;
    while (!atomic_load(&stream->http->stopping)) {
        ssize_t n = stream->reply.read(stream->reply.stream, buffer, max);
        if (n != 0)
            return n < 0 ? MHD_CONTENT_READER_END_OF_STREAM : n;
        nanosleep(&pause, NULL);
    }
    return MHD_CONTENT_READER_END_OF_STREAM;
}

static void end_stream(void *cls)
{
    struct stream *stream = cls;
    if (stream->reply.end)
        stream->reply.end(stream->reply.stream);
    free(stream);
}

static struct MHD_Response *response_of(struct http *http, struct http_reply *reply)
{
    enum { BLOCK = 4096 };
    if (reply->body)
        return MHD_create_response_from_buffer(reply->length, reply->body, MHD_RESPMEM_MUST_FREE);
    struct stream *stream = reply->read ? malloc(sizeof *stream) : NULL;
    if (!stream)
        return NULL;
    *stream = (struct stream){http, *reply};
    return MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK, read_stream, stream,
                                             end_stream);
}

static const char *query_of(void *request, const char *name)
{
    return MHD_lookup_connection_value(request, MHD_GET_ARGUMENT_KIND, name);
}

static enum MHD_Result send_route(struct http *http, struct MHD_Connection *connection,
                                  const struct http_route *route)
{
    struct http_reply reply = {.status = MHD_HTTP_OK,
                               .type = "text/plain; charset=utf-8",
                               .policy = "default-src 'none'; frame-ancestors 'none'"};
    route->handle(route->ctx, query_of, connection, &reply);
    struct MHD_Response *response = response_of(http, &reply);
    if (!response)
        return send_text(connection, MHD_HTTP_INTERNAL_SERVER_ERROR, NULL, NULL, "out of memory\n");
    MHD_add_response_header(response, "Content-Type", reply.type);
    MHD_add_response_header(response, "Cache-Control", "no-store");
    MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    MHD_add_response_header(response, "Content-Security-Policy", reply.policy);
    MHD_add_response_header(response, "Referrer-Policy", "no-referrer");
    MHD_add_response_header(response, "Cross-Origin-Resource-Policy", "same-origin");
    enum MHD_Result result = MHD_queue_response(connection, reply.status, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result answer(void *cls, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *upload,
                              size_t *upload_size, void **request)
{
    struct http *http = cls;
    const struct http_route *route = http->routes;
    (void)version, (void)upload, (void)upload_size, (void)request;
    if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0)
        return send_text(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "Allow", "GET, HEAD",
                         "GET and HEAD only\n");
    if (http->loopback && !host_is_local(connection)) {
        tell_refused(http, "a Host that is no name of this machine");
        return send_text(connection, MHD_HTTP_MISDIRECTED_REQUEST, NULL, NULL,
                         "this server answers to localhost only\n");
    }
    while (route->path && strcmp(route->path, url) != 0)
        route++;
    if (http->token[0] && !(route->path && route->open) && !has_token(http, connection)) {
        tell_refused(http, "no token, or another one");
        return send_text(connection, MHD_HTTP_UNAUTHORIZED, "WWW-Authenticate",
                         "Basic realm=\"plateau\", charset=\"UTF-8\"",
                         "a token is needed: as bearer, or as password of any user\n");
    }
    if (!route->path)
        return send_text(connection, MHD_HTTP_NOT_FOUND, NULL, NULL, "no such page\n");
    return send_route(http, connection, route);
}

/* ---- start and stop ---- */

static enum err listen_on(struct http *http, const struct addrinfo *at, const char *listen,
                          struct err_note *note)
{
    unsigned flags = MHD_USE_AUTO | MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION;
    flags |= at->ai_family == AF_INET6 ? MHD_USE_IPv6 : 0;
    errno = 0;
    http->daemon = MHD_start_daemon(
        flags, 0, NULL, NULL, answer, http, MHD_OPTION_SOCK_ADDR, at->ai_addr,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned)HTTP_CONNECTIONS_MAX,
        MHD_OPTION_PER_IP_CONNECTION_LIMIT, (unsigned)HTTP_CONNECTIONS_OF_ONE,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)HTTP_SILENCE_S, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)HTTP_HEAD_BYTES_MAX, MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_END);
    const union MHD_DaemonInfo *port =
        http->daemon ? MHD_get_daemon_info(http->daemon, MHD_DAEMON_INFO_BIND_PORT) : NULL;
    if (!port)
        return err_set(note, ERR_NET, "--http: cannot listen on %.200s: %s", listen,
                       errno ? strerror(errno) : "the server does not start");
    snprintf(http->url, sizeof http->url, "http://%.*s:%u", (int)(strrchr(listen, ':') - listen),
             listen, port->port);
    log_event(http->log, EVENT_HTTP_LISTENING, {LOG_endpoint, .text = http->url});
    return OK;
}

enum err http_start(struct http **out, const struct http_options *options, struct err_note *note)
{
    struct addrinfo *at = NULL;
    enum err err = resolve(options->listen, &at, note);
    if (err)
        return err;
    assert(at);
    struct http *http = calloc(1, sizeof *http);
    if (!http || sodium_init() < 0) {
        free(http);
        freeaddrinfo(at);
        return ERR_NOMEM;
    }
    http->routes = options->routes;
    http->log = options->log;
    http->loopback = is_loopback(at->ai_addr);
    if (options->token_file)
        err = read_token(http->token, options->token_file, note);
    if (!err && !http->loopback && !http->token[0] && !options->anyone)
        err = err_set(note, ERR_RANGE,
                      "--http: %.200s is not loopback: give a token with --http-token FILE, or let "
                      "anyone read with --http-anyone",
                      options->listen);
    if (!err)
        err = listen_on(http, at, options->listen, note);
    freeaddrinfo(at);
    if (err) {
        http_stop(&http);
        return err;
    }
    *out = http;
    return OK;
}

void http_stop(struct http **http_p)
{
    struct http *http = *http_p;
    if (!http)
        return;
    atomic_store(&http->stopping, true);
    if (http->daemon)
        MHD_stop_daemon(http->daemon);
    sodium_memzero(http->token, sizeof http->token);
    free(http);
    *http_p = NULL;
}

const char *http_url(const struct http *http)
{
    return http->url;
}
