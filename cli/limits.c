#include "cli/limits.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

int limits_read(const struct limits_options *options, struct run_limits *out)
{
    const char *text = options->max_fails;
    char *end;
    *out =
        (struct run_limits){.cell_timeout_ms = options->cell_timeout_ms, .sample = options->sample};
    if (!text)
        return 0;
    double n = strtod(text, &end);
    bool share = strcmp(end, "%") == 0;
    if (*text < '0' || *text > '9' || (*end && !share) || (share && (n == 0 || n > 100)) ||
        (!share && (n != floor(n) || n > 1e15)))
        return cli_usage(NULL,
                         "--max-fails: found \"%s\", expected a number of cells, or a share of "
                         "them as 5%%",
                         text);
    out->limits_fails = true;
    out->max_fails = share ? 0 : (uint64_t)n;
    out->max_fails_share = share ? n / 100 : 0;
    return 0;
}
