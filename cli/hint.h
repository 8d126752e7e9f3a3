/* hint - "what to do next" as the literal command for this call: a text names VERB, RUN, RUNS and
 * SPEC, and what the user typed takes their place.
 *
 * Where it is not known (a verb that has no SPEC) the word stays. RUN that was left out is `last`;
 * outside the usual folder it is followed by --dir. A word that a shell would take apart is
 * quoted. */
#ifndef CLI_HINT_H
#define CLI_HINT_H
#include "cli/cli.h"

#define HINT_TEXT_MAX 1024
/* Called by cli_parse() for every verb. Borrows from argv. */
void hint_learn(const char *verb, const struct cli_option *options, const struct cli_args *args);
/* The run that was found or made: its id, or a path, copied. */
void hint_set_run(const char *which);
bool hint_knows_run(void);
/* out: at least HINT_TEXT_MAX; what does not fit is cut. */
void hint_fill(char *out, size_t size, const char *text);
/* A run as an argument of another command: its name, and --dir where needed. Good until the next
 * call. */
const char *hint_run(const char *which);
#endif
