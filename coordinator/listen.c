#include "coordinator/listen.h"
#include "coordinator/keys.h"
#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define SCHEME "tcp://"
enum { ENDPOINT_MAX = 255, PORT_CHARS = 5 };

static const char *host_of(const char *endpoint)
{
    return endpoint + strlen(SCHEME);
}

static bool starts(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

bool listen_is_loopback(const char *endpoint)
{
    const char *host = host_of(endpoint), *c = host;
    if (starts(host, "[::1]:"))
        return true;
    for (; isdigit((unsigned char)*c) || *c == '.'; c++)
        ;
    return starts(host, "127.") && *c == ':';
}

enum err listen_check(const char *endpoint, struct err_note *note)
{
    const char *colon = strrchr(endpoint, ':');
    bool good = starts(endpoint, SCHEME) && strlen(endpoint) <= ENDPOINT_MAX &&
                colon > host_of(endpoint) && colon[1] && strlen(colon + 1) <= PORT_CHARS &&
                strspn(colon + 1, "0123456789") == strlen(colon + 1) &&
                strtol(colon + 1, NULL, 10) <= UINT16_MAX;
    return good ? OK
                : err_set(note, ERR_RANGE,
                          "--listen %.100s: tcp://HOST:PORT is expected, as tcp://0.0.0.0:5555",
                          endpoint);
}

enum err listen_decide(const struct listen_options *o, enum err keys_err, enum listen_mode *mode,
                       struct err_note *note)
{
    if (o->insecure) {
        *mode = LISTEN_PLAIN;
        return OK;
    }
    if (keys_err == OK) {
        *mode = LISTEN_CURVE;
        return OK;
    }
    if (keys_err != ERR_NOT_FOUND)
        return keys_err;
    if (!o->keys && listen_is_loopback(o->endpoint)) {
        *mode = LISTEN_PLAIN;
        return OK;
    }
    struct err_note why = *note;
    return err_set(note, ERR_RANGE,
                   "--listen %.100s: no coordinator key (%.300s): make one with `plateau keygen "
                   "coordinator`, or let anybody in with --insecure",
                   o->endpoint, why.text);
}

enum err listen_prepare(const struct listen_options *o, enum listen_mode *mode, char **folder,
                        struct access_keys *keys, struct err_note *note)
{
    struct err_note own = {""};
    enum err err = listen_check(o->endpoint, note);
    if (err)
        return err;
    char *where = o->keys ? strdup(o->keys) : keys_default_folder();
    if (!where)
        return ERR_NOMEM;
    err = o->insecure ? ERR_NOT_FOUND : keys_load_coordinator(keys, where, &own);
    err = listen_decide(o, err, mode, &own);
    if (err) {
        free(where);
        return err_set(note, err, "%s", own.text);
    }
    *folder = where;
    return OK;
}
