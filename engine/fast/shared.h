/* shared - indicator planes that engines in several processes read from one place
 * (plateau_planes_make()):
 *
 *   struct planes_header | struct planes_entry[n] | planes, each at a multiple of PLANES_ALIGN
 *
 * The bytes come from outside: every count and offset is checked against the length and the image
 * before one is used. What the planes hold is taken as it is; whoever keeps the bytes vouches for
 * them. */
#ifndef ENGINE_FAST_SHARED_H
#define ENGINE_FAST_SHARED_H
#include "engine/fast/fast.h"

/* The plane, or NULL: not among the shared ones. */
const double *fast_shared_plane(const struct plateau_engine *engine, uint32_t sleeve,
                                enum indicator_kind kind, uint32_t n);
#endif
