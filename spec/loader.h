/* loader - what the sections of a sweep file share while it is read. Each section is one function
 * of (loader, its node). */
#ifndef SPEC_LOADER_H
#define SPEC_LOADER_H
#include "proto/levels.h"
#include "spec/doc.h"
#include "spec/spec.h"

#define LOADER_DOCS_MAX 64       /* the sweep file, strategy files, --set texts */
#define LOADER_LEVELS_MAX 250000 /* levels of all axes together */

struct loader {
    struct spec *spec;
    struct err_note *note;
    char *folder; /* of the sweep file, for relative paths */
    struct doc docs[LOADER_DOCS_MAX];
    uint32_t n_docs, n_warnings, n_files;
    char **texts; /* [n fields of spec->base] as the file writes the value; NULL: the default */
    uint32_t n_texts;
    struct sweep_axis axes[SWEEP_AXES_MAX];
    uint32_t n_axes, n_levels;
    char *where[SWEEP_WHERE_MAX];
    const struct doc_node *where_nodes[SWEEP_WHERE_MAX];
    uint32_t n_where;
};

/* A path of the sweep file: as it is, then within the sweep file's folder. Caller frees *out.
 * ERR_SPEC if there is nothing. */
enum err loader_resolve(struct loader *loader, const struct doc_node *node, const char *field,
                        char **out);
enum err loader_warn(struct loader *loader, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* ---- values (values.c) ---- */
/* A scalar for a field: type, range and names checked; plain yes/no/on/off taken where they are
 * meant. canonical: the text an axis shows (SWEEP_TEXT_MAX + 1 characters). path is the whole
 * dotted path for the message. */
enum err value_read(const struct doc_node *node, struct err_note *note, const char *path,
                    const struct plateau_field *field, char canonical[SWEEP_TEXT_MAX + 1],
                    double *value);
/* "a whole number 1 .. 5000 (bars)", for messages. Valid until the next call. */
const char *value_expected(const struct plateau_field *field);
enum err value_boolean(const struct doc_node *node, struct err_note *note, const char *field,
                       bool *out);
enum err value_integer(const struct doc_node *node, struct err_note *note, const char *field,
                       uint64_t min, uint64_t max, uint64_t *out);
/* A name of letters, digits and _-. that can be a file's; at most JOB_NAME_MAX. */
enum err value_name(const struct doc_node *node, struct err_note *note, const char *field,
                    char out[JOB_NAME_MAX + 1]);
enum err value_check_name(const struct doc_node *at, struct err_note *note, const char *field,
                          const char *name);

/* ---- sections ---- */
enum err section_run(struct loader *loader, const struct doc_node *node);
enum err section_sleeves(struct loader *loader, const struct doc_node *sleeves,
                         const struct doc_node *data);
enum err section_portfolio(struct loader *loader, const struct doc_node *node);
enum err section_periods(struct loader *loader, const struct doc_node *node);
enum err section_scenarios(struct loader *loader, const struct doc_node *node);
enum err section_folds(struct loader *loader, const struct doc_node *walk_forward,
                       const struct doc_node *cpcv);
enum err section_axes(struct loader *loader, const struct doc_node *axes,
                      const struct doc_node *zip);
enum err section_where(struct loader *loader, const struct doc_node *node);
enum err section_sample(struct loader *loader, const struct doc_node *node,
                        struct sweep_plan *plan);
/* Axes that cannot matter, scenarios known in hindsight: into spec->warnings. */
enum err warn_about(struct loader *loader);

/* Fields of a portfolio or sleeve (prefix "portfolio." or "sleeves.NAME.") from a map, nested or
 * dotted; keys in `skip` are the caller's. A field set twice in one map is an error, one set by an
 * earlier map is replaced. */
enum err fields_read(struct loader *loader, const struct doc_node *map, const char *prefix,
                     const char *const *skip, unsigned n_skip);
#endif
