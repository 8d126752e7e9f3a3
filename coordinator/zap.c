#include "coordinator/zap.h"
#include "coordinator/keys.h"
#include <ctype.h>
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <zmq.h>

/* Frames of a request, in order. */
enum { VERSION, SEQUENCE, DOMAIN_NAME, ADDRESS, ROUTING_ID, MECHANISM, CREDENTIALS, N_FRAMES };

struct zap {
    void *socket;
    char folder[PATH_MAX], path[PATH_MAX + 8];
    pthread_t thread;
    bool started;
    struct stat seen;      /* of the file that was read last */
    pthread_mutex_t mutex; /* of what follows */
    struct allow_list list;
    struct zap_stats stats;
    _Atomic uint32_t generation;
};

const char *zap_verdict_text(enum zap_verdict verdict)
{
    static const char *const TEXT[] = {
#define X(name, text) text,
        ZAP_TABLE(X)
#undef X
    };
    return TEXT[verdict];
}

/* ---- the decision ---- */

static bool says(const struct zap_frame *frame, const char *text)
{
    return frame->length == strlen(text) && memcmp(frame->bytes, text, frame->length) == 0;
}

static void copy_printable(char *out, size_t size, const struct zap_frame *frame)
{
    const char *bytes = frame->bytes;
    size_t n = frame->length < size - 1 ? frame->length : size - 1;
    for (size_t i = 0; i < n; i++)
        out[i] = isgraph((unsigned char)bytes[i]) ? bytes[i] : '?';
    out[n] = 0;
}

enum zap_verdict zap_decide(const struct allow_list *list, const struct zap_frame *frames, size_t n,
                            struct zap_peer *peer)
{
    *peer = (struct zap_peer){.name = ""};
    if (n > ADDRESS)
        copy_printable(peer->address, sizeof peer->address, &frames[ADDRESS]);
    if (n <= MECHANISM || !says(&frames[VERSION], "1.0") || !says(&frames[DOMAIN_NAME], ZAP_DOMAIN))
        return ZAP_MALFORMED;
    if (!says(&frames[MECHANISM], "CURVE"))
        return ZAP_NO_KEY;
    if (n != N_FRAMES || frames[CREDENTIALS].length != ACCESS_KEY_BYTES)
        return ZAP_MALFORMED;
    zmq_z85_encode(peer->key, frames[CREDENTIALS].bytes, ACCESS_KEY_BYTES);
    const struct allow_entry *entry = allow_find(list, peer->key);
    if (!entry)
        return ZAP_UNKNOWN_KEY;
    memcpy(peer->name, entry->name, sizeof peer->name);
    return entry->revoked ? ZAP_REVOKED_KEY : ZAP_ADMITTED;
}

/* ---- the list ---- */

static bool same_file(const struct stat *a, const struct stat *b)
{
    return a->st_ino == b->st_ino && a->st_size == b->st_size &&
           a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

static uint32_t n_allowed(const struct allow_list *list)
{
    uint32_t n = 0;
    for (size_t i = 0; i < list->n; i++)
        n += !list->entries[i].revoked;
    return n;
}

/* A file that is gone stays in force: whoever empties the list writes an empty one. */
static enum err reload(struct zap *zap, struct err_note *note)
{
    struct stat st;
    struct allow_list list = {0};
    if (stat(zap->path, &st) != 0 || same_file(&st, &zap->seen))
        return OK;
    enum err err = keys_load_allowed(&list, zap->folder, note);
    pthread_mutex_lock(&zap->mutex);
    zap->stats.trouble.text[0] = 0;
    if (err) {
        err_set(&zap->stats.trouble, err, "%s", note->text[0] ? note->text : err_text(err));
    } else {
        struct allow_list old = zap->list;
        zap->list = list;
        zap->stats.n_allowed = n_allowed(&list);
        zap->stats.generation++;
        atomic_store(&zap->generation, zap->stats.generation);
        allow_free(&old);
    }
    pthread_mutex_unlock(&zap->mutex);
    zap->seen = st;
    return err;
}

/* ---- the thread ---- */

/* ZMTP's form: u8 length, name, u32 length (big-endian; ours is under 256), value; no NULs. */
static size_t property(uint8_t *out, const char *name, const char *value)
{
    size_t n = strlen(name), v = strlen(value);
    uint8_t *at = out;
    *at++ = (uint8_t)n;
    at = mempcpy(at, name, n);
    memset(at, 0, 3);
    at[3] = (uint8_t)v;
    at = mempcpy(at + 4, value, v);
    return (size_t)(at - out);
}

static void answer(struct zap *zap, const struct zap_frame *sequence, enum zap_verdict verdict,
                   const struct zap_peer *peer)
{
    uint8_t properties[8 + sizeof ZAP_KEY_PROPERTY + ACCESS_KEY_CHARS];
    bool admitted = verdict == ZAP_ADMITTED;
    size_t length = admitted ? property(properties, ZAP_KEY_PROPERTY, peer->key) : 0;
    zmq_send(zap->socket, "1.0", 3, ZMQ_SNDMORE);
    zmq_send(zap->socket, sequence->bytes, sequence->length, ZMQ_SNDMORE);
    zmq_send(zap->socket, admitted ? "200" : "400", 3, ZMQ_SNDMORE);
    zmq_send(zap->socket, admitted ? "OK" : "no", 2, ZMQ_SNDMORE);
    zmq_send(zap->socket, peer->name, admitted ? strlen(peer->name) : 0, ZMQ_SNDMORE);
    zmq_send(zap->socket, properties, length, 0);
}

/* One request; false: the context ends. */
static bool serve_one(struct zap *zap)
{
    zmq_msg_t parts[N_FRAMES];
    struct zap_frame frames[N_FRAMES] = {{NULL, 0}};
    struct zap_peer peer;
    size_t n = 0;
    bool more = true, alive = true;
    while (more && alive) {
        zmq_msg_t extra, *part = n < N_FRAMES ? &parts[n] : &extra;
        zmq_msg_init(part);
        alive = zmq_msg_recv(part, zap->socket, 0) >= 0;
        more = alive && zmq_msg_more(part);
        if (part == &extra) {
            zmq_msg_close(&extra);
        } else {
            frames[n] = (struct zap_frame){zmq_msg_data(part), zmq_msg_size(part)};
            n++;
        }
    }
    if (alive) {
        pthread_mutex_lock(&zap->mutex);
        enum zap_verdict verdict = zap_decide(&zap->list, frames, n, &peer);
        zap->stats.verdicts[verdict]++;
        if (verdict != ZAP_ADMITTED) {
            zap->stats.last = verdict;
            zap->stats.last_peer = peer;
        }
        pthread_mutex_unlock(&zap->mutex);
        answer(zap, &frames[SEQUENCE], verdict, &peer);
    }
    for (size_t i = 0; i < n; i++)
        zmq_msg_close(&parts[i]);
    return alive;
}

static void *run(void *arg)
{
    struct zap *zap = arg;
    struct err_note ignored;
    for (;;) {
        zmq_pollitem_t item = {zap->socket, 0, ZMQ_POLLIN, 0};
        int ready = zmq_poll(&item, 1, ZAP_RELOAD_MS);
        if (ready < 0 && zmq_errno() == ETERM)
            break;
        reload(zap, &ignored); /* before the request: who was allowed just now may come in */
        if (ready > 0 && !serve_one(zap))
            break;
    }
    zmq_close(zap->socket);
    return NULL;
}

enum err zap_start(struct zap **out, void *context, const char *folder, struct err_note *note)
{
    struct zap *zap = calloc(1, sizeof *zap);
    if (!zap)
        return ERR_NOMEM;
    pthread_mutex_init(&zap->mutex, NULL);
    snprintf(zap->folder, sizeof zap->folder, "%s", folder);
    snprintf(zap->path, sizeof zap->path, "%.*s/" KEYS_ALLOW_FILE, PATH_MAX, folder);
    enum err err = reload(zap, note);
    if (!err) {
        zap->socket = zmq_socket(context, ZMQ_REP);
        if (!zap->socket || zmq_bind(zap->socket, "inproc://zeromq.zap.01") != 0)
            err = err_set(note, ERR_NET, "cannot check keys: %s", zmq_strerror(zmq_errno()));
    }
    if (!err && !(zap->started = pthread_create(&zap->thread, NULL, run, zap) == 0))
        err = err_set(note, ERR_NOMEM, "cannot start the thread that checks keys");
    if (err)
        zap_end(&zap);
    else
        *out = zap;
    return err;
}

void zap_end(struct zap **zap_p)
{
    struct zap *zap = *zap_p;
    if (!zap)
        return;
    if (zap->started)
        pthread_join(zap->thread, NULL);
    else if (zap->socket)
        zmq_close(zap->socket);
    pthread_mutex_destroy(&zap->mutex);
    allow_free(&zap->list);
    free(zap);
    *zap_p = NULL;
}

void zap_stats(struct zap *zap, struct zap_stats *out)
{
    pthread_mutex_lock(&zap->mutex);
    *out = zap->stats;
    pthread_mutex_unlock(&zap->mutex);
}

uint32_t zap_generation(struct zap *zap)
{
    return atomic_load(&zap->generation);
}

enum zap_verdict zap_check(struct zap *zap, const char *key)
{
    pthread_mutex_lock(&zap->mutex);
    const struct allow_entry *entry = allow_find(&zap->list, key);
    enum zap_verdict verdict = !entry           ? ZAP_UNKNOWN_KEY
                               : entry->revoked ? ZAP_REVOKED_KEY
                                                : ZAP_ADMITTED;
    pthread_mutex_unlock(&zap->mutex);
    return verdict;
}
