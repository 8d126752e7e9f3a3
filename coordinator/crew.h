/* crew - what the workers of a run say of their machines (worker/facts.h), and in which facts they
 * differ: equal engine ids give equal bits on any of them, but who looks for the cause of a
 * difference looks here first. */
#ifndef COORDINATOR_CREW_H
#define COORDINATOR_CREW_H
#include "proto/err.h"
#include "proto/msg.h"
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#define CREW_MAX 8192 /* workers remembered: 700 bytes each */

struct crew_member {
    char name[MSG_NAME_MAX + 1], facts[MSG_TEXT_MAX + 1];
};
struct crew { /* zero is empty */
    struct crew_member *members;
    uint32_t n, capacity;
};
void crew_free(struct crew *crew);
/* A worker joined: "NAME=VALUE;NAME=VALUE". True: a fact differs from the first worker's and no
 * worker before had that value; *fact tells ("cpu: AMD .. here, Intel .. on local-1"). Out of
 * memory or beyond CREW_MAX nothing is remembered. */
bool crew_add(struct crew *crew, const char *name, const char *facts, char *fact, size_t size);
/* What a worker said; "" if it is unknown. */
const char *crew_facts(const struct crew *crew, const char *name);
/* New: {"cpu": {"AMD ..": ["w1", "w2"], "Intel ..": ["w3"]}, ..}, only facts that differ; at most
 * 20 names a value. NULL: out of memory. */
json_t *crew_differences(const struct crew *crew);
/* New: {"cpu": "..", ..} of one worker's text. */
json_t *crew_object(const char *facts);
#endif
