/* operator - asks the process that holds a run, or a service, through its control socket. */
#ifndef CLI_OPERATOR_H
#define CLI_OPERATOR_H
#include "cli/cli.h"
#include "coordinator/run.h"
#include <jansson.h>

struct operator
{
    char endpoint[120];
    char run[128];   /* the id of the run that was named; "" if none was */
    char path[4096]; /* its folder */
};
/* which: a run by path, id or "last"; NULL: the service of runs_dir, or else the last run.
 * ERR_NOT_FOUND: no such run, or nobody holds it. ERR_EMPTY: nobody does, for it is finished; *out
 * names it. */
enum err operator_find(struct operator* out, const char *runs_dir, const char *which,
                       struct err_note *note);
/* The service of a folder of runs. ERR_NOT_FOUND: there is none at work. */
enum err operator_find_service(struct operator* out, const char *runs_dir, struct err_note *note);
/* Takes the request. *reply (may be NULL: not wanted) is the caller's. */
enum err operator_ask(const struct operator* op, json_t *request, json_t **reply,
                      struct err_note *note);
/* A request that names the run: {"do": what, "run": id, ..}; more: members or NULL, taken. */
enum err operator_order(const struct operator* op, const char *what, json_t *more,
                        struct err_note *note);
#endif
