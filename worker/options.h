/* options - the command line of plateau-worker. */
#ifndef WORKER_OPTIONS_H
#define WORKER_OPTIONS_H
#include "worker/net.h"

struct options {
    struct worker_options worker;
    long parent; /* 0: none */
    enum { SHARE_BY_SLOTS, SHARE_YES, SHARE_NO } share;
    uint32_t slots; /* 0: this is a slot, of a process that looks after it */
};
/* -1: go on; else the exit code to end with. Defaults are set before. */
int options_parse(int argc, char **argv, struct options *out);
#endif
