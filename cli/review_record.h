/* review_record - how a run was last reviewed, kept as RUN/review.json. Whoever writes results.h5
 * anew makes the same review again from it: /review is never lost and never of other numbers than
 * those beside it. */
#ifndef CLI_REVIEW_RECORD_H
#define CLI_REVIEW_RECORD_H
#include "cli/reviewing.h"

#define REVIEW_RECORD_FILE "review.json"

/* What was asked, and the point only if it was named: the robust pick may be another one when more
 * of the run is done. Written beside and renamed. */
enum err review_record_write(const struct run_dir *run, const struct reviewing_options *options,
                             uint64_t chosen, struct err_note *note);
/* results.h5 of a run at path (coordinator/export.h), with its review if it ever had one. A review
 * that cannot be made any more is left out and said so on stderr. */
enum err review_record_export(const struct run_dir *run, const char *path, bool partial,
                              struct err_note *note);
/* results.h5 of a whole run at path with its review: as it was last asked for, else as `otherwise`
 * asks, which is then on record. *v as for reviewing_make(), to be told by the caller. */
enum err review_record_judge(struct reviewing *v, const struct run_dir *run,
                             const struct reviewing_options *otherwise, const char *path,
                             struct err_note *note);
#endif
