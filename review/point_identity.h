/* point_identity - which trial a grid point is, whatever run it is part of.
 *
 * A point is the canonical list of (path, value) of every field of its configuration, defaults
 * included: the same numbers reached by another axis, another grid or another sweep file are the
 * same trial. Names do not count: neither the run's, nor its periods', nor a sleeve's (a sleeve is
 * its place and its strategy). -0 is 0.
 *
 * The hash is the sum modulo 2^64 of one 64-bit BLAKE2b prefix per (path, value), finished by a
 * mix: equal lists have equal hashes in any order, and a grid costs one addition an axis and point.
 * Two of 10^7 points share a hash with probability 3e-6. */
#ifndef REVIEW_POINT_IDENTITY_H
#define REVIEW_POINT_IDENTITY_H
#include "proto/err.h"
#include "proto/job.h"
#include <stddef.h>
#include <stdint.h>

#define POINT_KEY_MAX ((size_t)JOB_SLEEVES_MAX * (JOB_NAME_MAX + 1))
#define POINT_DATA_MAX (2 * JOB_HASH_BYTES + 1)

/* The strategies in sleeve order, joined by '+': "momentum". */
void point_strategy_key(const struct job *job, char out[POINT_KEY_MAX]);
/* The market image's hash, hex. */
void point_data_hash(const struct job *job, char out[POINT_DATA_MAX]);

struct point_identity;
/* Borrows the job. */
enum err point_identity_new(struct point_identity **out, const struct job *job);
void point_identity_free(struct point_identity **identity_p);
uint64_t point_identity_hash(const struct point_identity *identity, uint64_t point);
#endif
