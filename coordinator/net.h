/* net - the coordinator's socket: a ROUTER that tells when nobody is there. Peers are numbers;
 * frames stay where libzmq put them until net_frame_end(). */
#ifndef COORDINATOR_NET_H
#define COORDINATOR_NET_H
#include "coordinator/listen.h"
#include "proto/err.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct net;
struct net_frame {
    uint64_t peer;
    const void *bytes;
    size_t length;
    const char *user; /* the name the allow-list knows the peer by; "" if no key was asked for */
    void *message;    /* its owner */
};
/* Binds. The caller owns *out. ERR_NET. */
enum err net_open(struct net **out, const char *endpoint, struct err_note *note);
void net_close(struct net **net_p);
/* Listens beside it for remote workers: once. ERR_NET; ERR_RANGE and what listen_prepare() says. */
enum err net_listen(struct net *net, const struct listen_options *how, struct err_note *note);
/* Where it listens for them, with the port it was given; "" if it does not. */
const char *net_endpoint(const struct net *net);
bool net_is_secure(const struct net *net); /* a key is asked for there */
/* Until a frame waits, a signal came, or the time is over. */
void net_wait(struct net *net, long timeout_ms);
/* ERR_EMPTY: none waits. Frames of peers with strange routing ids, or of several parts, are dropped
 * here. */
enum err net_receive(struct net *net, struct net_frame *out);
void net_frame_end(struct net_frame *frame);
/* ERR_NOT_FOUND: nobody there; ERR_BUSY: its queue is full, the frame is dropped. */
enum err net_send(struct net *net, uint64_t peer, const void *bytes, size_t length);
#endif
