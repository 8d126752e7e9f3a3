/* gate - criteria against numbers: what passes, what fails, what could not be judged. docs/gate.md
 *
 * A number that is undefined (NaN) meets no criterion, of either kind: a gate never passes on what
 * is not known. The one exception is a holdout nobody opened yet: "not evaluated". */
#ifndef REVIEW_GATE_H
#define REVIEW_GATE_H
#include "engine/metrics.h"
#include "spec/gate_file.h"
#include <stdio.h>

/* Measures: the metrics of engine/metrics.h by their names, then these. */
enum {
    GATE_BOOTSTRAP_SHARPE_P05 = N_METRICS,
    GATE_ENTRY_PERMUTATION_P,
    GATE_N_MEASURES,
};
extern const char *const GATE_MEASURE[GATE_N_MEASURES];
const char *gate_measure_text(uint32_t measure);

enum gate_outcome { GATE_PASS, GATE_FAIL, GATE_NOT_EVALUATED };
extern const char *const GATE_OUTCOME_NAME[3];

struct gate_value {
    double value;  /* NaN: undefined */
    bool unopened; /* of a holdout that was not opened */
    char why[160]; /* unopened or undefined: why; may be empty */
};
/* The number a line speaks of. Errors end the judgement: a scenario nobody knows. */
typedef enum err gate_source(void *ctx, const struct gate_group *group,
                             const struct gate_line *line, struct gate_value *out,
                             struct err_note *note);

struct gate_judged_line {
    enum gate_outcome outcome;
    struct gate_value value;
};
struct gate_judged_group {
    enum gate_outcome outcome;
    uint32_t n_passed;
    struct gate_judged_line line[GATE_LINES_MAX];
};
struct gate_judgement {
    enum gate_outcome outcome; /* FAIL if a group fails, else NOT_EVALUATED if one is, else PASS */
    uint32_t n;
    struct gate_judged_group group[GATE_GROUPS_MAX];
};
/* require_holdout: an unopened holdout fails. Errors of the source. */
enum err gate_judge(struct gate_judgement *out, const struct gate *gate, bool require_holdout,
                    gate_source *source, void *ctx, struct err_note *note);
/* "sharpe is 0.71, required > 1"; "not opened: ..." */
void gate_words(const struct gate_group *group, const struct gate_line *line,
                const struct gate_judged_line *judged, char *out, size_t size);
/* JUnit XML, the form CI services read: a suite a group, a case a line; subject names what was
 * judged. A line that fails in a group that passes all the same (at_least) is skipped, with its
 * numbers. ERR_IO. */
enum err gate_junit(FILE *out, const struct gate *gate, const struct gate_judgement *judgement,
                    const char *subject);
#endif
