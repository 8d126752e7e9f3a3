/* prereg - a pre-registration: what a run will be, written down before anybody saw its results, so
 * that what was changed afterwards has a name.
 *
 * A list of facts NAME = TEXT of a job: hashes of spec, data and engine, objective, periods,
 * scenarios, axes with their levels, constraints, every frozen parameter, and the criteria it will
 * be judged by. Two registrations are compared fact by fact.
 *
 * On disk: YAML, or JSON of the same shape; groups of a name are maps ("periods.train"). */
#ifndef REVIEW_PREREG_H
#define REVIEW_PREREG_H
#include "proto/err.h"
#include "proto/job.h"
#include <stdbool.h>
#include <stdio.h>

struct prereg;
/* What the job is. ERR_NOMEM. The caller ends it with prereg_free(). */
enum err prereg_of_job(struct prereg **out, const struct job *job);
/* Adds the criteria: SHA-256 of the bytes, and the text for the reader. */
enum err prereg_add_criteria(struct prereg *prereg, const char *text, size_t length);
/* The same from a file of at most 1 MiB. ERR_NOT_FOUND, ERR_IO. */
enum err prereg_add_criteria_file(struct prereg *prereg, const char *path, struct err_note *note);
void prereg_free(struct prereg **prereg_p); /* NULL is fine; leaves NULL */
bool prereg_has_criteria(const struct prereg *prereg);

enum prereg_form { PREREG_YAML, PREREG_JSON };
/* made: UTC ISO time, for the reader. ERR_IO. */
enum err prereg_write(const struct prereg *prereg, const char *made, FILE *out,
                      enum prereg_form form);
/* Either form. ERR_SPEC with file:line; ERR_NOT_FOUND, ERR_IO. */
enum err prereg_read(struct prereg **out, const char *path, struct err_note *note);

/* Calls tell (may be NULL) with one line per departure, in the order of the registration:
 *   "periods.validation: registered 2016-01-01 .. 2016-12-31, found 2016-01-01 .. 2017-03-31"
 * and returns how many there are. Criteria are compared when the registration has them; without
 * criteria in `found` that is a departure too. */
unsigned prereg_compare(const struct prereg *registered, const struct prereg *found,
                        void (*tell)(void *ctx, const char *line), void *ctx);
#endif
