#include "coordinator/h5_text.h"
#include <hdf5.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static hid_t text_type(void)
{
    hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, H5T_VARIABLE);
    H5Tset_cset(type, H5T_CSET_UTF8);
    return type;
}

void h5_text_attribute(int64_t object, const char *name, char *out, size_t size)
{
    char *text = NULL;
    out[0] = '\0';
    if (H5Aexists(object, name) <= 0)
        return;
    hid_t attribute = H5Aopen(object, name, H5P_DEFAULT), type = text_type();
    hid_t stored = attribute >= 0 ? H5Aget_type(attribute) : -1;
    if (stored >= 0 && H5Tis_variable_str(stored) > 0 && H5Aread(attribute, type, &text) >= 0 &&
        text)
        snprintf(out, size, "%s", text);
    H5free_memory(text);
    H5Tclose(stored);
    H5Tclose(type);
    H5Aclose(attribute);
}

static enum err read_list(hid_t object, bool attribute, struct h5_texts *out)
{
    hid_t space = attribute ? H5Aget_space(object) : H5Dget_space(object), type = text_type();
    hid_t stored = attribute ? H5Aget_type(object) : H5Dget_type(object);
    hssize_t n = space >= 0 ? H5Sget_simple_extent_npoints(space) : 0;
    bool good = n > 0 && n <= H5_TEXTS_MAX && H5Tis_variable_str(stored) > 0;
    char **texts = good ? calloc((size_t)n, sizeof *texts) : NULL;
    good = texts && (attribute ? H5Aread(object, type, texts)
                               : H5Dread(object, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, texts)) >= 0;
    out->at = good ? calloc((size_t)n, sizeof *out->at) : NULL;
    for (hssize_t i = 0; out->at && i < n; i++) {
        out->at[i] = strdup(texts[i] ? texts[i] : "");
        good = good && out->at[i];
    }
    out->n = out->at ? (uint32_t)n : 0;
    if (texts && good)
        H5Dvlen_reclaim(type, space, H5P_DEFAULT, texts);
    free(texts);
    H5Tclose(stored);
    H5Tclose(type);
    H5Sclose(space);
    return good && out->at ? OK : ERR_FORMAT;
}

enum err h5_text_list(int64_t attribute, struct h5_texts *out)
{
    return read_list(attribute, true, out);
}

enum err h5_text_dataset(int64_t dataset, struct h5_texts *out)
{
    return read_list(dataset, false, out);
}

void h5_texts_free(struct h5_texts *texts)
{
    for (uint32_t i = 0; i < texts->n; i++)
        free(texts->at[i]);
    free(texts->at);
    *texts = (struct h5_texts){NULL, 0};
}
