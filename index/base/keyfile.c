// The plain SHA-256 calls, which OpenSSL 3 would rather not show: the newer ones take heap memory with every digest, and a
// request that brings a key must not.
#define OPENSSL_API_COMPAT 0x10100000L

#include "keyfile.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINE_BYTES 256
#define KEYS_MAX 65536

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
static const struct { const char *name; enum key_scope scope; } scopes[] = {
    {"search", SCOPE_SEARCH}, {"events", SCOPE_EVENTS}, {"write", SCOPE_WRITE}, {"admin", SCOPE_ADMIN}};
#define SCOPES (sizeof scopes / sizeof *scopes)
#define VIEW SLICE("view=")

bool key_scope_parse(struct slice name, uint32_t *scope) {
    for (size_t i = 0; i < SCOPES; i++)
        if (slice_is(name, scopes[i].name)) {
            *scope = (uint32_t)scopes[i].scope;
            return true;
        }
    return false;
}

const char *key_scope_name(enum key_scope scope) {
    for (size_t i = 0; i < SCOPES; i++)
        if (scopes[i].scope == scope) return scopes[i].name;
    return "?";
}

bool key_view_name_is(struct slice text) {
    for (size_t i = 0; i < text.n; i++)
        if (!memchr(alphabet, text.p[i], sizeof alphabet - 1)) return false;
    return text.n > 0 && text.n <= KEY_VIEW_BYTES;
}

// ---- one key ------------------------------------------------------------------------------------------------------

void key_digest(struct slice secret, uint8_t out[KEY_DIGEST_BYTES]) {
    SHA256_CTX context;
    SHA256_Init(&context);
    SHA256_Update(&context, secret.p, secret.n);
    SHA256_Final(out, &context);
}

bool key_digest_equal(const uint8_t *a, const uint8_t *b) { return CRYPTO_memcmp(a, b, KEY_DIGEST_BYTES) == 0; }

bool key_split(struct slice text, struct slice *id, struct slice *secret) {
    if (text.n <= KEY_ID_CHARS + 1 || text.p[KEY_ID_CHARS] != '.') return false;
    *id = slice_of(text.p, KEY_ID_CHARS);
    *secret = slice_from(text, KEY_ID_CHARS + 1);
    return secret->n <= KEY_SECRET_BYTES_MAX;
}

enum err key_generate(uint32_t wanted, struct key *out, char text[KEY_TEXT_BYTES], struct fault *why) {
    uint8_t random[KEY_ID_CHARS + KEY_SECRET_CHARS];
    if (RAND_bytes(random, sizeof random) != 1)
        return fault_set(why, ERR_INTERNAL, "", "the system has no randomness to make a key from");
    for (size_t i = 0; i < sizeof random; i++) // 64 letters: the low six bits are even over them
        text[i + (i >= KEY_ID_CHARS)] = alphabet[random[i] & 63];
    text[KEY_ID_CHARS] = '.';
    text[KEY_TEXT_BYTES - 1] = 0;
    OPENSSL_cleanse(random, sizeof random);
    memcpy(out->id, text, KEY_ID_CHARS);
    out->id[KEY_ID_CHARS] = 0;
    key_digest(slice_of(text + KEY_ID_CHARS + 1, KEY_SECRET_CHARS), out->digest);
    out->scopes = wanted;
    out->view[0] = 0;
    return ERR_OK;
}

// ---- the file -----------------------------------------------------------------------------------------------------

static enum err io(const char *path, const char *what, struct fault *why) {
    return fault_set(why, ERR_IO, "keys", "cannot %s the key file %.100s: %s", what, path, strerror(errno));
}

static bool parse_digest(struct slice hex, uint8_t out[KEY_DIGEST_BYTES]) {
    if (hex.n != 2 * KEY_DIGEST_BYTES) return false;
    for (size_t i = 0; i < KEY_DIGEST_BYTES; i++) {
        unsigned byte = 0;
        for (size_t j = 2 * i; j < 2 * i + 2; j++) {
            const char *digits = "0123456789abcdef", *at = hex.p[j] ? strchr(digits, hex.p[j]) : NULL;
            if (!at) return false;
            byte = byte << 4 | (unsigned)(at - digits);
        }
        out[i] = (uint8_t)byte;
    }
    return true;
}

static struct slice next_word(struct slice *rest) {
    while (rest->p) {
        struct slice word = slice_trim(slice_cut(rest, ' '));
        if (word.n > 0) return word;
    }
    return SLICE_NONE;
}

static bool parse_view(struct slice name, struct key *out) {
    if (out->view[0] || !key_view_name_is(name)) return false;
    slice_copy(name, out->view, sizeof out->view);
    return true;
}

static bool parse_line(struct slice line, struct key *out) {
    struct slice rest = line;
    struct slice id = next_word(&rest), digest = next_word(&rest);
    memset(out, 0, sizeof *out);
    if (id.n != KEY_ID_CHARS || memchr(id.p, '.', id.n) || !parse_digest(digest, out->digest)) return false;
    slice_copy(id, out->id, sizeof out->id);
    for (struct slice word = next_word(&rest); word.p; word = next_word(&rest)) {
        uint32_t scope = 0;
        if (slice_starts(word, VIEW) ? !parse_view(slice_from(word, VIEW.n), out) : !key_scope_parse(word, &scope)) return false;
        out->scopes |= scope;
    }
    return out->scopes != 0;
}

static bool add(struct keyfile *f, const struct key *key) {
    if (f->count == KEYS_MAX) return false;
    struct key *grown = realloc(f->keys, (f->count + 1) * sizeof *grown);
    if (!grown) return false;
    f->keys = grown;
    f->keys[f->count++] = *key;
    return true;
}

static enum err read_lines(FILE *file, const char *path, struct keyfile *out, struct fault *why) {
    char text[LINE_BYTES];
    for (unsigned number = 1; fgets(text, sizeof text, file); number++) {
        struct slice line = slice_str(text);
        bool whole = slice_ends(line, SLICE("\n")) || feof(file);
        line = slice_trim(line);
        if (whole && (line.n == 0 || line.p[0] == '#')) continue;
        struct key key;
        if (!whole || !parse_line(line, &key))
            return fault_set(why, ERR_BAD_REQUEST, "keys", "%.100s:%u: not \"id sha256hex scope... [view=NAME]\"", path, number);
        for (size_t i = 0; i < out->count; i++)
            if (strcmp(out->keys[i].id, key.id) == 0)
                return fault_set(why, ERR_BAD_REQUEST, "keys", "%.100s:%u: the id %s stands twice", path, number, key.id);
        if (!add(out, &key)) return fault_set(why, ERR_NO_MEMORY, "keys", "too many keys");
    }
    return ferror(file) ? io(path, "read", why) : ERR_OK;
}

enum err keyfile_load(const char *path, struct keyfile *out, struct fault *why) {
    *out = (struct keyfile){NULL, 0};
    FILE *file = fopen(path, "re");
    if (!file) return io(path, "open", why);
    struct stat st;
    enum err code = ERR_OK;
    if (fstat(fileno(file), &st) != 0) code = io(path, "inspect", why);
    else if (!S_ISREG(st.st_mode) || (st.st_mode & 077) != 0 || st.st_uid != geteuid())
        code = fault_set(why, ERR_IO, "keys", "the key file %.100s must be yours alone: chmod 600", path);
    else code = read_lines(file, path, out, why);
    fclose(file);
    if (code != ERR_OK) keyfile_destroy(out);
    return code;
}

void keyfile_destroy(struct keyfile *f) {
    if (f->keys) OPENSSL_cleanse(f->keys, f->count * sizeof *f->keys);
    free(f->keys);
    *f = (struct keyfile){NULL, 0};
}

static void write_key(FILE *file, const struct key *key) {
    fprintf(file, "%s ", key->id);
    for (size_t i = 0; i < KEY_DIGEST_BYTES; i++) fprintf(file, "%02x", key->digest[i]);
    for (size_t i = 0; i < SCOPES; i++)
        if (key->scopes & (uint32_t)scopes[i].scope) fprintf(file, " %s", scopes[i].name);
    if (key->view[0]) fprintf(file, " view=%s", key->view);
    fputc('\n', file);
}

// Writes beside and renames, so that a reload never sees half a file.
static enum err replace(const char *path, const struct keyfile *f, struct fault *why) {
    char beside[4096];
    if (snprintf(beside, sizeof beside, "%s.new", path) >= (int)sizeof beside)
        return fault_set(why, ERR_BAD_REQUEST, "keys", "the path of the key file is too long");
    int fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0) return io(beside, "write", why);
    FILE *file = fdopen(fd, "w");
    if (!file) {
        close(fd);
        return io(beside, "write", why);
    }
    for (size_t i = 0; i < f->count; i++) write_key(file, &f->keys[i]);
    bool good = fflush(file) == 0 && fsync(fd) == 0;
    good = fclose(file) == 0 && good;
    if (!good || rename(beside, path) != 0) return io(path, "replace", why);
    return ERR_OK;
}

static enum err load_or_empty(const char *path, struct keyfile *out, struct fault *why) {
    *out = (struct keyfile){NULL, 0};
    return access(path, F_OK) == 0 ? keyfile_load(path, out, why) : ERR_OK;
}

enum err keyfile_add(const char *path, const struct key *key, struct fault *why) {
    struct keyfile f;
    TRY(load_or_empty(path, &f, why));
    enum err code = add(&f, key) ? replace(path, &f, why) : fault_set(why, ERR_NO_MEMORY, "keys", "too many keys");
    keyfile_destroy(&f);
    return code;
}

enum err keyfile_remove(const char *path, const char *id, struct fault *why) {
    struct keyfile f;
    TRY(keyfile_load(path, &f, why));
    size_t at = 0;
    while (at < f.count && strcmp(f.keys[at].id, id) != 0) at++;
    enum err code;
    if (at == f.count) {
        code = fault_set(why, ERR_NOT_FOUND, "id", "there is no key %.32s", id);
    } else {
        memmove(&f.keys[at], &f.keys[at + 1], (f.count - at - 1) * sizeof *f.keys);
        f.count--;
        code = replace(path, &f, why);
    }
    keyfile_destroy(&f);
    return code;
}
