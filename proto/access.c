#include "proto/access.h"
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char Z85[] = "0123456789abcdefghijklmnopqrstuvwxyz"
                          "ABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#";

bool access_key_is_valid(const char *text)
{
    if (strlen(text) != ACCESS_KEY_CHARS)
        return false;
    for (unsigned i = 0; i < ACCESS_KEY_CHARS; i += 5) {
        uint64_t v = 0;
        for (unsigned j = i; j < i + 5; j++) {
            const char *digit = strchr(Z85, text[j]);
            if (!digit)
                return false;
            v = v * 85 + (uint64_t)(digit - Z85);
        }
        if (v > UINT32_MAX)
            return false;
    }
    return true;
}

bool access_name_is_valid(const char *text)
{
    size_t n = strlen(text);
    if (n == 0 || n > ACCESS_NAME_MAX || !isalnum((unsigned char)text[0]))
        return false;
    for (const char *c = text; *c; c++)
        if (!isalnum((unsigned char)*c) && !strchr("-_.", *c))
            return false;
    return true;
}

bool access_address_is_valid(const char *text)
{
    static const char SCHEME[] = "tcp://";
    const char *host = text + strlen(SCHEME), *colon = strrchr(text, ':');
    unsigned port = 0;
    if (strlen(text) > ACCESS_ADDRESS_MAX || strncmp(text, SCHEME, strlen(SCHEME)) != 0 ||
        colon <= host || strlen(colon) > 6)
        return false;
    for (const char *c = host; *c; c++)
        if (!isgraph((unsigned char)*c) || strchr("/*;", *c))
            return false;
    for (const char *c = colon + 1; *c; c++) {
        if (!isdigit((unsigned char)*c))
            return false;
        port = port * 10 + (unsigned)(*c - '0');
    }
    return port >= 1 && port <= UINT16_MAX;
}

/* ---- fields ---- */

struct field {
    const char *name, *expected;
    bool (*valid)(const char *text);
    char *to;
    size_t size;
    bool seen;
};
static const char A_KEY[] = "a key of 40 Z85 characters";

static enum err take_field(struct field *fields, unsigned n, const char *file, unsigned line,
                           const char *name, const char *value, struct err_note *note)
{
    const char *names[8];
    for (unsigned i = 0; i < n; i++) {
        struct field *f = &fields[i];
        names[i] = f->name;
        if (strcmp(f->name, name) != 0)
            continue;
        if (f->seen)
            return err_set(note, ERR_FORMAT, "%s:%u: %s is given twice", file, line, f->name);
        if (strlen(value) >= f->size || !f->valid(value))
            return err_set(note, ERR_FORMAT, "%s:%u: %s: %s is expected", file, line, f->name,
                           f->expected);
        memcpy(f->to, value, strlen(value) + 1);
        f->seen = true;
        return OK;
    }
    const char *near = err_nearest(name, names, n);
    return err_set(note, ERR_FORMAT, "%s:%u: unknown field%s%s%s", file, line,
                   near ? " (did you mean " : "", near ? near : "", near ? "?)" : "");
}

/* One line: "name value"; nothing for blank lines and comments. */
static enum err take_line(struct field *fields, unsigned n, const char *file, unsigned number,
                          const char *start, size_t length, struct err_note *note)
{
    char line[ACCESS_ADDRESS_MAX + 64];
    if (length >= sizeof line || memchr(start, 0, length))
        return err_set(note, ERR_FORMAT, "%s:%u: too long for a line of an access file", file,
                       number);
    memcpy(line, start, length);
    line[length] = 0;
    char *name = line + strspn(line, " \t\r");
    if (!*name || *name == '#')
        return OK;
    char *end = name + strcspn(name, " \t\r"), *value = end + strspn(end, " \t\r");
    *end = 0;
    value[strcspn(value, " \t\r")] = 0;
    enum err err = take_field(fields, n, file, number, name, value, note);
    access_wipe(line, sizeof line);
    return err;
}

static enum err parse(struct field *fields, unsigned n, const char *file, const char *text,
                      size_t length, struct err_note *note)
{
    enum err err = OK;
    unsigned number = 0;
    for (size_t at = 0; !err && at < length;) {
        const char *newline = memchr(text + at, '\n', length - at);
        size_t end = newline ? (size_t)(newline - text) : length;
        err = take_line(fields, n, file, ++number, text + at, end - at, note);
        at = end + 1;
    }
    for (unsigned i = 0; !err && i < n; i++)
        if (!fields[i].seen)
            err = err_set(note, ERR_FORMAT, "%s: %s is missing: %s is expected", file,
                          fields[i].name, fields[i].expected);
    return err;
}

enum err access_parse(struct access *out, const char *file, const char *text, size_t length,
                      struct err_note *note)
{
    struct access a;
    struct field fields[] = {
        {"address", "tcp://HOST:PORT", access_address_is_valid, a.address, sizeof a.address, false},
        {"coordinator", A_KEY, access_key_is_valid, a.coordinator, sizeof a.coordinator, false},
        {"name", "a name of letters, digits, - _ and .", access_name_is_valid, a.name,
         sizeof a.name, false},
        {"public", A_KEY, access_key_is_valid, a.own.public_key, sizeof a.own.public_key, false},
        {"secret", A_KEY, access_key_is_valid, a.own.secret_key, sizeof a.own.secret_key, false}};
    memset(&a, 0, sizeof a);
    enum err err = parse(fields, sizeof fields / sizeof fields[0], file, text, length, note);
    if (!err)
        *out = a;
    access_wipe(&a, sizeof a);
    return err;
}

enum err access_parse_keys(struct access_keys *out, const char *file, const char *text,
                           size_t length, struct err_note *note)
{
    struct access_keys k;
    struct field fields[] = {
        {"public", A_KEY, access_key_is_valid, k.public_key, sizeof k.public_key, false},
        {"secret", A_KEY, access_key_is_valid, k.secret_key, sizeof k.secret_key, false}};
    memset(&k, 0, sizeof k);
    enum err err = parse(fields, sizeof fields / sizeof fields[0], file, text, length, note);
    if (!err)
        *out = k;
    access_wipe(&k, sizeof k);
    return err;
}

size_t access_print(const struct access *a, char *text, size_t size)
{
    int n = snprintf(text, size,
                     "# plateau access file: whoever reads it may join as this worker\n"
                     "address      %s\ncoordinator  %s\nname         %s\n"
                     "public       %s\nsecret       %s\n",
                     a->address, a->coordinator, a->name, a->own.public_key, a->own.secret_key);
    return n > 0 ? (size_t)n : 0;
}

size_t access_print_keys(const struct access_keys *k, char *text, size_t size)
{
    int n = snprintf(text, size,
                     "# plateau coordinator key: whoever reads it may pose as the coordinator\n"
                     "public       %s\nsecret       %s\n",
                     k->public_key, k->secret_key);
    return n > 0 ? (size_t)n : 0;
}

/* ---- files ---- */

void access_wipe(void *secret, size_t size)
{
    explicit_bzero(secret, size);
}

static bool is_private(const struct stat *st)
{
    bool mounted = st->st_uid == 0 && geteuid() != 0 && (st->st_mode & 037) == 0;
    return mounted || (st->st_mode & 077) == 0;
}

static enum err read_open(int fd, const char *path, char *text, size_t size, size_t *length,
                          struct err_note *note)
{
    struct stat st;
    size_t n = 0;
    if (fstat(fd, &st) != 0)
        return err_set(note, ERR_IO, "%s: cannot read: %s", path, strerror(errno));
    if (!S_ISREG(st.st_mode))
        return err_set(note, ERR_FORMAT, "%s: a file is expected", path);
    if (!is_private(&st))
        return err_set(note, ERR_RANGE,
                       "%s: holds a secret key but others can read it (mode %04o): chmod 600 %s",
                       path, (unsigned)(st.st_mode & 07777), path);
    for (ssize_t got = 1; got > 0 && n < size; n += (size_t)got)
        if ((got = read(fd, text + n, size - n)) < 0)
            return err_set(note, ERR_IO, "%s: cannot read: %s", path, strerror(errno));
    if (n >= size)
        return err_set(note, ERR_FORMAT, "%s: longer than the %zu bytes such a file may have", path,
                       size - 1);
    text[n] = 0;
    *length = n;
    return OK;
}

enum err access_read_secret(const char *path, char *text, size_t size, size_t *length,
                            struct err_note *note)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return err_set(note, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "%s: cannot read: %s", path,
                       strerror(errno));
    enum err err = read_open(fd, path, text, size, length, note);
    close(fd);
    return err;
}

enum err access_load(struct access *out, const char *path, struct err_note *note)
{
    char text[ACCESS_FILE_MAX + 1];
    size_t length = 0;
    enum err err = access_read_secret(path, text, sizeof text, &length, note);
    if (!err)
        err = access_parse(out, path, text, length, note);
    access_wipe(text, sizeof text);
    return err;
}
