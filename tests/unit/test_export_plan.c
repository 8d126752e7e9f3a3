#include "tests/lib/cm.h"

#include "coordinator/export_plan.h"
#include "tests/lib/fake_cells.h"

/* Where the dataset says a point lies, and where the plan says it does. */
static void check_pass(const struct export_plan *plan, uint8_t *seen)
{
    enum { COUNT = 64 };
    uint64_t cell[COUNT], block[COUNT], fold[COUNT], position[COUNT];
    struct export_places places = {{cell, block, fold}, position};
    for (uint64_t first = plan->first; first < plan->first + plan->count; first += COUNT) {
        uint64_t left = plan->first + plan->count - first;
        uint32_t count = left < COUNT ? (uint32_t)left : COUNT;
        export_plan_places(plan, first, count, &places);
        for (uint32_t i = 0; i < count; i++) {
            if (cell[i] == EXPORT_NOWHERE)
                continue;
            uint64_t point = sweep_point_of_ordinal(plan->job->sweep, first + i);
            assert_int_equal(export_plan_point(plan, position[i]), point);
            assert_int_equal(seen[position[i]], 0);
            seen[position[i]] = 1;
            const uint64_t at[EXPORT_N_CHUNKINGS] = {cell[i], block[i], fold[i]};
            for (int c = 0; c < EXPORT_N_CHUNKINGS; c++) {
                const struct export_chunks *chunks = &plan->chunks[c];
                uint64_t offset[EXPORT_AXES_MAX], within = at[c] % chunks->chunk_points, found = 0;
                assert_true(at[c] < chunks->n_chunks * chunks->chunk_points);
                export_plan_chunk_offset(plan, (enum export_chunking)c,
                                         at[c] / chunks->chunk_points, offset);
                for (uint32_t d = plan->n_dims, rest = (uint32_t)within; d-- > 0;
                     rest /= chunks->extent[d]) {
                    assert_int_equal(offset[d] % chunks->extent[d], 0);
                    offset[d] += rest % chunks->extent[d];
                }
                for (uint32_t d = 0; d < plan->n_dims; d++)
                    found = found * plan->size[d] + offset[d];
                assert_int_equal(found, position[i]);
            }
        }
    }
}

static uint64_t check_all(struct fake_run *run, uint64_t pass_bytes)
{
    struct export_plan plan;
    struct err_note note = {{0}};
    assert_int_equal(export_plan_init(&plan, &run->job, run->have, pass_bytes, &note), OK);
    uint8_t *seen = calloc(plan.n_points, 1);
    uint64_t n_passes = 0;
    while (export_plan_next(&plan) == OK) {
        check_pass(&plan, seen);
        assert_true(pass_bytes < plan.point_bytes || plan.length[0] == 0 ||
                    plan.count * plan.point_bytes <= pass_bytes || !plan.dense);
        n_passes++;
    }
    for (uint64_t i = 0; i < plan.n_points; i++)
        assert_int_equal(seen[i], 1);
    free(seen);
    export_plan_free(&plan);
    return n_passes;
}

static void every_point_has_its_place_in_one_pass_or_many(void **state)
{
    (void)state;
    struct fake_run run;
    fake_grid(&run, NULL, 16, 0);
    assert_int_equal(check_all(&run, EXPORT_PASS_BYTES), 1);
    for (uint64_t bytes = 1; bytes < 4u << 20; bytes *= 3)
        assert_true(check_all(&run, bytes) >= 1);
    assert_true(check_all(&run, 1) == sweep_n_points(run.job.sweep));
    fake_run_free(&run);
}

/* Several chunks along several dimensions, the last ones of each cut off, in tile order that is not
 * the file's. */
static void a_grid_of_many_chunks_has_its_places(void **state)
{
    (void)state;
    struct fake_run run = {0};
    const uint32_t sizes[] = {3, 5, 150, 150};
    struct sweep_axis axes[4];
    for (uint32_t a = 0; a < 4; a++) {
        char label[] = {(char)('a' + a), '\0'}, texts[1024] = "";
        for (uint32_t l = 0; l < sizes[a]; l++)
            sprintf(texts + strlen(texts), "%s%u", l ? " " : "", l);
        axes[a] = fake_axis(label, texts, SWEEP_LINEAR, a, a == 2);
    }
    assert_int_equal(fake_job(&run.job, axes, 4, NULL, 0, 4096, NULL), OK);
    run.have = calloc(job_n_tiles(&run.job) / 8 + 1, 1);
    struct export_plan plan;
    assert_int_equal(export_plan_init(&plan, &run.job, run.have, EXPORT_PASS_BYTES, NULL), OK);
    assert_int_equal(export_plan_next(&plan), OK);
    unsigned several = 0;
    for (uint32_t d = 0; d < plan.n_dims; d++)
        several += plan.chunks[EXPORT_BLOCKS].n_along[d] > 1;
    assert_true(several >= 2);
    export_plan_free(&plan);
    check_all(&run, UINT64_MAX);
    assert_true(check_all(&run, 64u << 20) > 5);
    fake_run_free(&run);
}

static void a_sparse_grid_lists_its_points(void **state)
{
    (void)state;
    struct fake_run run;
    fake_grid(&run, "stop < 2.25 and risk > 0.05 and za == 2 and fast == 80", 16, 0);
    struct export_plan plan;
    assert_int_equal(export_plan_init(&plan, &run.job, run.have, EXPORT_PASS_BYTES, NULL), OK);
    assert_false(plan.dense);
    assert_int_equal(plan.n_points, 3);
    export_plan_free(&plan);
    check_all(&run, EXPORT_PASS_BYTES);
    check_all(&run, 1);
    fake_run_free(&run);
}

static void too_many_axes_are_refused(void **state)
{
    (void)state;
    struct fake_run run = {0};
    struct sweep_axis axes[29];
    char name[8];
    for (uint32_t a = 0; a < 29; a++) {
        snprintf(name, sizeof name, "a%u", a);
        axes[a] = fake_axis(name, a < 3 ? "1 2" : "1", SWEEP_LINEAR, a, false);
    }
    struct err_note note = {{0}};
    assert_int_equal(fake_job(&run.job, axes, 29, NULL, 0, 8, &note), OK);
    fake_fill(&run, 0);
    struct export_plan plan;
    assert_int_equal(export_plan_init(&plan, &run.job, run.have, EXPORT_PASS_BYTES, &note),
                     ERR_RANGE);
    assert_non_null(strstr(note.text, "29 axes"));
    assert_non_null(strstr(note.text, "at most 28"));
    fake_run_free(&run);
}

CM_MAIN("export_plan", cmocka_unit_test(every_point_has_its_place_in_one_pass_or_many),
        cmocka_unit_test(a_grid_of_many_chunks_has_its_places),
        cmocka_unit_test(a_sparse_grid_lists_its_points),
        cmocka_unit_test(too_many_axes_are_refused))
