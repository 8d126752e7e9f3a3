/* site_events - how a run goes, as server-sent events: its state once a second, until the reader
 * leaves. A browser reconnects by itself when the server was away. */
#ifndef CLI_SITE_EVENTS_H
#define CLI_SITE_EVENTS_H
#include "cli/site.h"
#include "coordinator/http.h"

/* Fills in read, end and stream; key is copied. Without memory: nothing. */
void site_events_start(struct site *site, const char *key, struct http_reply *out);
#endif
