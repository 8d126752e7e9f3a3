/* image_server - hands market images to workers whose cache lacks them: a thread and a socket of
 * its own, so that a GiB on its way never delays a lease.
 *
 * It answers one question at a time and keeps nothing between them (proto/image_talk.h): questions
 * wait in the socket's queues, which are short, and what is sent points into the mapped image. Slow
 * or silent peers cost no memory; a cap on bytes per second holds over all of them together. */
#ifndef COORDINATOR_IMAGE_SERVER_H
#define COORDINATOR_IMAGE_SERVER_H
#include "coordinator/net.h"
#include "market/market.h"
#include "proto/err.h"
#include "proto/image_talk.h"

#define IMAGE_SERVER_IMAGES_MAX 64 /* served at once */

struct image_server;
struct image_server_options {
    const char *endpoint; /* tcp://HOST:PORT; PORT may be * */
    uint64_t bytes_per_s; /* 0: no cap */
    struct net
        *net; /* whose keys are asked for, and which must outlive it; NULL: none are (tests) */
    const struct listen_options *listen; /* as net_listen() was told */
};
/* Binds and starts its thread. The caller owns *out. ERR_NET; ERR_BUSY: the port is taken. */
enum err image_server_start(struct image_server **out, const struct image_server_options *options,
                            struct err_note *note);
/* The same, for the remote workers of a net that listens (net_listen()) as `how` says. *taken: the
 * port after the net's where it was not to be had, and a free one was chosen instead; else 0. A
 * port that was asked for by name is that port or ERR_NET. */
enum err image_server_beside(struct image_server **out, struct net *net,
                             const struct listen_options *how, uint16_t *taken,
                             struct err_note *note);
void image_server_stop(struct image_server **server_p);
uint16_t image_server_port(const struct image_server *server);

/* Serves an image from now on, and gives the hash of its list for the JOB message. Takes the image,
 * also on failure; one that is served already is counted once more. ERR_OVERFLOW: too many at once;
 * ERR_RANGE: longer than what can travel; ERR_NOMEM. */
enum err image_server_add(struct image_server *server, struct market_image *image,
                          uint8_t list_hash[IMAGE_TALK_HASH_BYTES], struct err_note *note);
/* The same, of an image in a cache folder. */
enum err image_server_add_cached(struct image_server *server, const char *cache_dir,
                                 const uint8_t hash[IMAGE_HASH_BYTES],
                                 uint8_t list_hash[IMAGE_TALK_HASH_BYTES], struct err_note *note);
/* Undoes one add. What is under way stays mapped until it is sent. */
void image_server_remove(struct image_server *server, const uint8_t hash[IMAGE_HASH_BYTES]);

struct image_server_stats {
    uint64_t pieces, bytes;  /* sent */
    uint64_t refused, unfit; /* questions about images that are not served; frames that are none, or
                                of a peer whose key is no longer good */
};
struct image_server_stats image_server_stats(struct image_server *server);
#endif
