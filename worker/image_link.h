/* image_link - the fetcher's end of the image socket: a DEALER that knows whether it is connected,
 * so that a question is never left in a queue for nobody. */
#ifndef WORKER_IMAGE_LINK_H
#define WORKER_IMAGE_LINK_H
#include "proto/access.h"
#include "proto/err.h"
#include "proto/image_talk.h"
#include <stdbool.h>

struct image_link;
/* Starts to connect; access: the keys, NULL for none. The caller owns *out. ERR_NET. */
enum err image_link_open(struct image_link **out, const char *endpoint, const struct access *access,
                         int64_t now_ms, struct err_note *note);
void image_link_close(struct image_link **link_p);

/* Waits until something comes or the time is over. True: a connection was made or lost, and what
 * was asked before will not be answered. */
bool image_link_turn(struct image_link *link, long wait_ms);
/* False: no connection, nothing was sent. */
bool image_link_ask(struct image_link *link, const struct image_head *question);

struct image_answer {
    struct image_head head;
    const void *body; /* NULL: none */
    size_t length;
};
/* The next one, its body borrowed until the next call; false: none waits. Messages of another form
 * are dropped here. */
bool image_link_receive(struct image_link *link, struct image_answer *out);

/* There was one at some time: the port is open, the key is good. */
bool image_link_was_there(const struct image_link *link);
/* For how long there has been no connection; 0: there is one. */
int64_t image_link_apart_ms(const struct image_link *link, int64_t now_ms);
const char *image_link_reason(const struct image_link *link); /* of the last refusal, or "" */
#endif
