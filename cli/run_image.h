/* run_image - the market image of a run: from the cache, or built again from the sources named in
 * run.json if it is not there any more. */
#ifndef CLI_RUN_IMAGE_H
#define CLI_RUN_IMAGE_H
#include "coordinator/run.h"
#include "market/market.h"

/* ERR_DATA: the sources are not what they were when the run was made. The caller ends it with
 * market_image_free(). */
enum err run_image_open(struct market_image *out, const struct run_dir *run, struct err_note *note);
/* The same for cells that are to come out with the run's own bits: ERR_VERSION: its engine is
 * another one than this program's; ERR_EMPTY: it was imported. */
enum err run_image_open_again(struct market_image *out, const struct run_dir *run,
                              struct err_note *note);
#endif
