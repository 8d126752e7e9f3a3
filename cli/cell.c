#include "cli/cell.h"
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum err cli_cell_parse(struct cli_cell *out, const struct job *job, const char *text,
                        struct err_note *note)
{
    char *end = NULL;
    uint64_t n_points = sweep_n_points(job->sweep);
    errno = 0;
    uint64_t point = isdigit((unsigned char)*text) ? strtoull(text, &end, 10) : 0;
    if (!end || errno || (*end && *end != ':'))
        return err_set(note, ERR_RANGE, "cell \"%s\": expected POINT or POINT:SCENARIO", text);
    if (point >= n_points)
        return err_set(note, ERR_RANGE, "cell \"%s\": points of this run are 0 to %llu", text,
                       (unsigned long long)(n_points - 1));
    if (!*end) {
        *out = (struct cli_cell){point, 0};
        return OK;
    }
    const char *names[JOB_SCENARIOS_MAX];
    for (uint32_t s = 0; s < job->n_scenarios; s++) {
        names[s] = job->scenarios[s].name;
        if (strcmp(names[s], end + 1) == 0) {
            *out = (struct cli_cell){point, s};
            return OK;
        }
    }
    const char *near = err_nearest(end + 1, names, job->n_scenarios);
    return err_set(note, ERR_NOT_FOUND, "cell \"%s\": the run has no scenario \"%s\"%s%s%s", text,
                   end + 1, near ? " (did you mean " : "", near ? near : "", near ? "?)" : "");
}
