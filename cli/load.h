/* load - a sweep file and the market image it asks for, as `plan` and `run` need them; warnings go
 * to stderr. */
#ifndef CLI_LOAD_H
#define CLI_LOAD_H
#include "cli/cli.h"
#include "market/market.h"
#include "spec/spec.h"

struct loaded {
    struct spec spec;
    struct market_image image;
};
/* set and only may be NULL. The caller ends it with loaded_free(). */
enum err load_spec_and_image(struct loaded *out, const char *path, const struct cli_list *set,
                             const struct cli_list *only, struct err_note *note);
void loaded_free(struct loaded *loaded);
#endif
