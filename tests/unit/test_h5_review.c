#include "tests/lib/cm.h"

#include "coordinator/h5_review.h"
#include <hdf5.h>
#include <hdf5_hl.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

static char path[64];

static hid_t create(void)
{
    snprintf(path, sizeof path, "/tmp/plateau-h5-review-%d.h5", (int)getpid());
    hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(file >= 0);
    return file;
}

static void add_text(hid_t group, const char *name, const char *const *texts, hsize_t n)
{
    hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, H5T_VARIABLE);
    H5Tset_cset(type, H5T_CSET_UTF8);
    hid_t space = n ? H5Screate_simple(1, &n, NULL) : H5Screate(H5S_SCALAR);
    hid_t attribute = H5Acreate2(group, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(H5Awrite(attribute, type, texts) >= 0);
    H5Aclose(attribute);
    H5Sclose(space);
    H5Tclose(type);
}

static void what_a_review_left_is_read(void **state)
{
    (void)state;
    const char *verdict = "fragile", *reasons[] = {"dsr: luck (DSR 0.8)", "edge: on it"};
    const double dsr = 0.75;
    uint64_t chosen = 324;
    struct h5_review review;
    struct err_note note = {""};
    hid_t file = create(),
          group = H5Gcreate2(file, "review", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    hid_t luck = H5Gcreate2(group, "luck", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    add_text(group, "verdict", &verdict, 0);
    add_text(group, "reasons", reasons, 2);
    H5LTset_attribute_ulong(file, "review", "chosen_point", &chosen, 1);
    H5LTmake_dataset_double(luck, "dsr", 0, NULL, &dsr);
    H5Gclose(luck);
    H5Gclose(group);
    H5Fclose(file);
    assert_int_equal(h5_review_read(&review, path, &note), OK);
    assert_string_equal(review.verdict, "fragile");
    assert_string_equal(review.objective, "");
    assert_int_equal(review.reasons.n, 2);
    assert_string_equal(review.reasons.at[1], "edge: on it");
    assert_true(review.chosen == 324 && review.robust == H5_REVIEW_NONE);
    assert_true(review.dsr == 0.75 && isnan(review.pbo)); /* what is not there is not known */
    h5_review_free(&review);
    unlink(path);
}

static void a_file_without_one_says_so(void **state)
{
    (void)state;
    struct h5_review review;
    struct err_note note = {""};
    assert_int_equal(h5_review_read(&review, "/nonexistent.h5", &note), ERR_NOT_FOUND);
    H5Fclose(create());
    assert_int_equal(h5_review_read(&review, path, &note), ERR_NOT_FOUND);
    assert_non_null(strstr(note.text, "never reviewed"));
    unlink(path);
}

CM_MAIN("h5_review", cmocka_unit_test(what_a_review_left_is_read),
        cmocka_unit_test(a_file_without_one_says_so))
