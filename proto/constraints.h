/* constraints - the `where` of a sweep. Constraints that share a dimension, directly or through
 * others, form a group; groups are independent, so the points left are a product and each group is
 * enumerated over its own dimensions only. */
#ifndef PROTO_CONSTRAINTS_H
#define PROTO_CONSTRAINTS_H
#include "proto/sweep.h"

#define CONSTRAINTS_EXACT_MAX                                                                      \
    UINT64_C(100000000) /* combinations of a group that are counted one by one */

struct constraints;
/* Keeps a pointer to the axes. ERR_SPEC from a constraint that is no expression over them. */
enum err constraints_new(struct constraints **out, const struct sweep_plan *plan,
                         struct err_note *note);
void constraints_free(struct constraints **self_p);
/* levels[n_axes] */
bool constraints_hold(const struct constraints *self, const uint32_t *levels);
/* Points of the whole grid that are left; the grid has fewer than 2^63. *exact is false where a
 * group has more than CONSTRAINTS_EXACT_MAX combinations and its share is estimated from a million
 * of them. */
uint64_t constraints_n_included(const struct constraints *self, bool *exact);
/* No point is left; stops at the first that is. Groups past CONSTRAINTS_EXACT_MAX: none of the
 * million looked at. */
bool constraints_leave_nothing(const struct constraints *self);
#endif
