#include "coordinator/run_limits.h"
#include <math.h>

/* Whole numbers that JSON's readers, which have doubles, still tell apart. */
#define WHOLE_MAX ((json_int_t)1 << 53)

bool run_limits_sample(const struct run_limits *limits)
{
    return limits->sample > 0 && limits->sample < 1;
}

bool run_limits_any(const struct run_limits *limits)
{
    return limits->cell_timeout_ms > 0 || limits->limits_fails || run_limits_sample(limits);
}

static bool read_whole(const json_t *json, const char *name, json_int_t least, json_int_t *out)
{
    const json_t *value = json_object_get(json, name);
    if (value)
        *out = json_integer_value(value);
    return !value || (json_is_integer(value) && *out >= least && *out <= WHOLE_MAX);
}

static bool read_share(const json_t *json, const char *name, double *out)
{
    const json_t *value = json_object_get(json, name);
    *out = json_number_value(value); /* 0 where there is none */
    return !value || (json_is_number(value) && *out > 0 && *out <= 1);
}

enum err run_limits_read(struct run_limits *out, const json_t *json, struct err_note *note)
{
    json_int_t timeout_ms = 0, max_fails = 0;
    double share, sample;
    if (!read_whole(json, "cell_timeout_ms", 1, &timeout_ms))
        return err_set(note, ERR_FORMAT, "cell_timeout_ms: a whole number from 1 is expected");
    if (!read_whole(json, "max_fails", 0, &max_fails))
        return err_set(note, ERR_FORMAT, "max_fails: a whole number from 0 is expected");
    if (!read_share(json, "max_fails_share", &share))
        return err_set(note, ERR_FORMAT, "max_fails_share: a number over 0, up to 1 is expected");
    if (!read_share(json, "sample", &sample))
        return err_set(note, ERR_FORMAT, "sample: a number over 0, up to 1 is expected");
    if (share > 0 && json_object_get(json, "max_fails"))
        return err_set(note, ERR_FORMAT, "max_fails and max_fails_share: one of them is expected");
    *out = (struct run_limits){.cell_timeout_ms = timeout_ms,
                               .limits_fails = share > 0 || json_object_get(json, "max_fails"),
                               .max_fails = (uint64_t)max_fails,
                               .max_fails_share = share,
                               .sample = sample};
    return OK;
}

enum err run_limits_add(const struct run_limits *limits, json_t *json)
{
    int failed = 0;
    if (limits->cell_timeout_ms > 0)
        failed |= json_object_set_new(json, "cell_timeout_ms",
                                      json_integer((json_int_t)limits->cell_timeout_ms));
    if (limits->limits_fails && limits->max_fails_share > 0)
        failed |= json_object_set_new(json, "max_fails_share", json_real(limits->max_fails_share));
    else if (limits->limits_fails)
        failed |=
            json_object_set_new(json, "max_fails", json_integer((json_int_t)limits->max_fails));
    if (run_limits_sample(limits))
        failed |= json_object_set_new(json, "sample", json_real(limits->sample));
    return failed ? ERR_NOMEM : OK;
}
