#include "proto/duration.h"
#include "proto/quantity.h"

#define SECOND UINT64_C(1000)

enum err duration_parse(const char *text, int64_t *ms, struct err_note *note)
{
    static const struct quantity_unit UNITS[] = {
        {"ms", 1}, {"s", SECOND}, {"m", 60 * SECOND}, {"h", 3600 * SECOND}, {"d", 86400 * SECOND},
        {NULL, 0}};
    uint64_t value;
    enum err err = quantity_parse(text, UNITS, DURATION_MAX_MS, &value);
    if (err == ERR_RANGE)
        return err_set(note, err, "found \"%.60s\", expected at most ten years", text);
    if (err)
        return err_set(note, err, "found \"%.60s\", expected " DURATION_HELP, text);
    *ms = (int64_t)value;
    return OK;
}
