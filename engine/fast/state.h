/* state - what all backtests of one engine share: see struct fast_state. */
#ifndef ENGINE_FAST_STATE_H
#define ENGINE_FAST_STATE_H
#include "engine/fast/fast.h"

/* Reads the engine's image, calendars and limits, which must outlive it. ERR_NOMEM. */
enum err fast_state_new(struct fast_state **out, const struct plateau_engine *engine);
void fast_state_free(struct fast_state **state_p);

/* Found in the cache or made; theirs until the next cache_begin() that makes room. ERR_NOMEM.
 * An indicator of a sleeve's bars, in the image's bar order and padded. */
enum err fast_plane(struct fast_state *state, uint32_t sleeve, enum indicator_kind kind, uint32_t n,
                    const double **out);
/* Draws of one seed: slots of both sides, 0 where not drawn yet. */
enum err fast_draws(struct fast_state *state, uint32_t sleeve, uint64_t seed, double *draws[2]);
enum err fast_windows(struct fast_state *state, uint32_t sleeve, uint32_t length,
                      const struct fast_windows **out);
enum err fast_candidates(struct fast_state *state, uint32_t sleeve,
                         const struct fast_entry_key *key, struct fast_candidates **out);
#endif
