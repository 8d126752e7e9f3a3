/* net - the coordinator's socket: a ROUTER that tells when nobody is there. Peers are numbers;
 * frames stay where libzmq put them until net_frame_end(). */
#ifndef COORDINATOR_NET_H
#define COORDINATOR_NET_H
#include "coordinator/event.h"
#include "coordinator/listen.h"
#include "coordinator/net_report.h"
#include "proto/err.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct net;
struct net_frame {
    uint64_t peer;
    const void *bytes;
    size_t length;
    char user[ACCESS_NAME_MAX + 1]; /* the allow-list's name of the peer; "" if no key was asked */
    void *message;                  /* owner of the bytes */
};
/* Binds. The caller owns *out. ERR_NET. */
enum err net_open(struct net **out, const char *endpoint, struct err_note *note);
void net_close(struct net **net_p);
/* Listens beside it for remote workers: once. ERR_NET; ERR_RANGE and what listen_prepare() says. */
enum err net_listen(struct net *net, const struct listen_options *how, struct err_note *note);
/* Where it listens for them, with the port it was given; "" if it does not. */
const char *net_endpoint(const struct net *net);
bool net_is_secure(const struct net *net); /* a key is asked for there */
/* For another socket of this coordinator that listens beside it (image_server.h): its context,
 * whose second I/O thread is that socket's; the same keys, asked for from its next bind on; whether
 * the sender of a message (a zmq_msg_t) is still admitted. */
void *net_context(struct net *net);
enum err net_ask_for_keys(struct net *net, void *socket, const struct listen_options *how,
                          struct err_note *note);
bool net_admits(struct net *net, void *message);
/* Until a frame waits, a signal came, or the time is over. */
void net_wait(struct net *net, long timeout_ms);
/* ERR_EMPTY: none waits. What coordinator/door.h says of a remote peer's frames is done: a peer
 * over a limit is told so and heard no more, its last frame is a BYE. Frames of peers that named
 * themselves (routing ids are libzmq's), or of several parts, are dropped here. */
enum err net_receive(struct net *net, struct net_frame *out);
void net_frame_end(struct net_frame *frame);
/* ERR_NOT_FOUND: nobody there; ERR_BUSY: its queue is full, the frame is dropped. */
enum err net_send(struct net *net, uint64_t peer, const void *bytes, size_t length);

void net_stats(const struct net *net, struct net_stats *out);
/* What happened at the socket since the caller emptied it: refusals, cuts, the list read again. */
struct events *net_events(struct net *net);
#endif
