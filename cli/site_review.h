/* site_review - the verdict of a finished run, as `plateau review` stored it: a page shows it, and
 * computes none. */
#ifndef CLI_SITE_REVIEW_H
#define CLI_SITE_REVIEW_H
#include "cli/site.h"

/* {"verdict": null}: nobody reviewed it yet; otherwise {"verdict", "objective", "reasons":
 * [{"name", "words"}], "chosen", "robust", "peak", "figures": {..}}. The caller owns it.
 * ERR_NOT_FOUND: no such run. */
enum err site_review(struct site *site, const char *key, json_t **out, struct err_note *note);
#endif
