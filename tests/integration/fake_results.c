/* Writes DIR/CASE.h5, .csv and .jsonl of a made-up run (tests/lib/fake_cells.h) for readers in
 * other languages. */
#include "tests/lib/fake_cells.h"

static void make_case(struct fake_run *run, const char *name)
{
    struct err_note note = {{0}};
    memset(run, 0, sizeof *run);
    if (strcmp(name, "partial") == 0) {
        fake_grid(run, "fast < 300 or stop < 3", 16, 3);
    } else if (strcmp(name, "sparse") == 0) {
        fake_grid(run, "stop < 2.25 and risk > 0.05 and za == 2 and fast == 80", 16, 0);
    } else if (strcmp(name, "sampled") == 0) {
        struct sweep_axis axes[] = {
            fake_axis("stop", "2.00 2.50 3.00 3.50 4.00", SWEEP_LINEAR, 0, false),
            fake_axis("mode", "continuous regime off", SWEEP_CATEGORICAL, 1, false),
            fake_axis("risk", "0.001 0.01 0.1", SWEEP_LOG, 2, true)};
        if (fake_job(&run->job, axes, 3, NULL, 30, 8, &note))
            abort();
        fake_fill(run, 0);
    } else if (strcmp(name, "point") == 0) {
        struct sweep_axis axes[] = {fake_axis("stop", "2.00", SWEEP_LINEAR, 0, false)};
        if (fake_job(&run->job, axes, 1, NULL, 0, 8, &note))
            abort();
        fake_fill(run, 0);
    } else if (strcmp(name, "large") == 0) { /* several chunks along several dimensions */
        char texts[3][1024] = {"", "", ""};
        const int sizes[] = {4, 180, 170};
        for (int a = 0; a < 3; a++)
            for (int l = 0; l < sizes[a]; l++)
                sprintf(texts[a] + strlen(texts[a]), "%s%d", l ? " " : "", l);
        struct sweep_axis axes[] = {fake_axis("a", texts[0], SWEEP_LINEAR, 0, false),
                                    fake_axis("b", texts[1], SWEEP_LINEAR, 1, true),
                                    fake_axis("c", texts[2], SWEEP_LINEAR, 2, false)};
        if (fake_job(&run->job, axes, 3, NULL, 0, 1024, &note))
            abort();
        run->job.n_periods = run->job.n_scenarios = 1;
        fake_fill(run, 0);
    } else {
        fake_grid(run, "fast < 300 or stop < 3", 16, 0);
    }
}

static enum err write_text(const struct fake_run *run, const char *base, const char *suffix,
                           enum export_text_format format)
{
    char path[4096];
    snprintf(path, sizeof path, "%s.%s", base, suffix);
    FILE *out = fopen(path, "we");
    if (!out)
        return ERR_IO;
    enum err err = export_text_from(&run->job, &run->source, out, format, NULL);
    return fclose(out) == 0 ? err : ERR_IO;
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "usage: fake_results DIR CASE [PASS_BYTES [THREADS]]\n");
        return 2;
    }
    struct fake_run run;
    struct err_note note = {{0}};
    make_case(&run, argv[2]);
    char base[4000], path[4096];
    snprintf(base, sizeof base, "%s/%s", argv[1], argv[2]);
    snprintf(path, sizeof path, "%s.h5", base);
    struct export_about about = {.job = &run.job,
                                 .run_id = "fake-00000000",
                                 .created = "2026-01-01T00:00:00Z",
                                 .build = "plateau test",
                                 .spec_text = "run: {name: fake} # \xc3\xa9\n",
                                 .pass_bytes = argc > 3 ? strtoull(argv[3], NULL, 10) : 0,
                                 .n_threads = argc > 4 ? (uint32_t)strtoul(argv[4], NULL, 10) : 0};
    enum err err = export_h5_from(&about, &run.source, path, &note);
    if (!err)
        err = write_text(&run, base, "csv", EXPORT_CSV);
    if (!err)
        err = write_text(&run, base, "jsonl", EXPORT_JSONL);
    if (err)
        fprintf(stderr, "fake_results: %s %s\n", err_text(err), note.text);
    fake_run_free(&run);
    return err_exit_code(err);
}
