/* facts - what a worker says of its machine when it greets: "cpu=..;vector=AVX2;libc=..;..". The
 * coordinator tells in which of them its workers differ, `doctor` shows them. The bits of a result
 * depend on none; who looks for the cause of a difference begins here. */
#ifndef WORKER_FACTS_H
#define WORKER_FACTS_H
#include <stddef.h>

#define WORKER_FACTS_MAX 500 /* with the NUL */

/* Into text, at most size bytes. */
void worker_facts(char *text, size_t size);
/* Widest vector instructions the engine uses here: "AVX-512", "AVX2", "SSE2", "NEON", "none". */
const char *worker_vector(void);
#endif
