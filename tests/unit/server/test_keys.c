// Keys: making, keeping, reloading and checking them.
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include <sys/stat.h>
#include <unistd.h>

#include "server/keys.h"
#include "server/options.h"

struct fixture {
    char dir[64], path[96];
};

static int setup(void **state) {
    struct fixture *f = calloc(1, sizeof *f);
    strcpy(f->dir, "/tmp/rightfit-keys-XXXXXX");
    if (!mkdtemp(f->dir)) return -1;
    snprintf(f->path, sizeof f->path, "%s/keys", f->dir);
    *state = f;
    return 0;
}

static int teardown(void **state) {
    struct fixture *f = *state;
    unlink(f->path);
    rmdir(f->dir);
    free(f);
    return 0;
}

static void write_file(const char *path, const char *text, mode_t mode) {
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    assert_int_equal(chmod(path, mode), 0);
}

static void test_make_and_check(void **state) {
    struct fixture *f = *state;
    struct fault why;
    struct key search, admin;
    char search_text[KEY_TEXT_BYTES], admin_text[KEY_TEXT_BYTES], id[KEY_ID_CHARS + 1];
    assert_int_equal(key_generate(SCOPE_SEARCH | SCOPE_EVENTS, &search, search_text, &why), ERR_OK);
    assert_int_equal(key_generate(SCOPE_ADMIN, &admin, admin_text, &why), ERR_OK);
    assert_string_not_equal(search_text, admin_text);
    assert_int_equal(keyfile_add(f->path, &search, &why), ERR_OK);
    assert_int_equal(keyfile_add(f->path, &admin, &why), ERR_OK);
    struct stat st;
    assert_int_equal(stat(f->path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);

    struct keys *keys;
    assert_int_equal(keys_open(f->path, &keys, &why), ERR_OK);
    assert_true(keys_required(keys));
    struct keys_checker *checker = keys_checker_new(keys);
    uint32_t scopes = 0;
    char view[KEY_VIEW_BYTES + 1] = "?";
    assert_true(keys_check(checker, slice_str(search_text), &scopes, id, view));
    assert_int_equal(scopes, SCOPE_SEARCH | SCOPE_EVENTS);
    assert_string_equal(view, "");
    assert_string_equal(id, search.id);
    assert_true(keys_check(checker, slice_str(admin_text), &scopes, id, view));
    assert_int_equal(scopes, SCOPE_ALL);

    char wrong[KEY_TEXT_BYTES];
    strcpy(wrong, search_text);
    wrong[KEY_TEXT_BYTES - 2] = wrong[KEY_TEXT_BYTES - 2] == 'A' ? 'B' : 'A';
    assert_false(keys_check(checker, slice_str(wrong), &scopes, id, view));
    strcpy(wrong, search_text);
    wrong[0] = wrong[0] == 'A' ? 'B' : 'A';
    assert_false(keys_check(checker, slice_str(wrong), &scopes, id, view));
    assert_false(keys_check(checker, SLICE(""), &scopes, id, view));
    assert_false(keys_check(checker, SLICE("12345678."), &scopes, id, view));
    assert_false(keys_check(checker, SLICE("123456789"), &scopes, id, view));

    // a key that was removed works until the reload is taken up, and no longer
    assert_int_equal(keyfile_remove(f->path, search.id, &why), ERR_OK);
    assert_int_equal(keyfile_remove(f->path, search.id, &why), ERR_NOT_FOUND);
    assert_int_equal(keys_reload(keys, &why), ERR_OK);
    assert_true(keys_check(checker, slice_str(search_text), &scopes, id, view));
    keys_checker_refresh(checker);
    assert_false(keys_check(checker, slice_str(search_text), &scopes, id, view));
    assert_true(keys_check(checker, slice_str(admin_text), &scopes, id, view));

    // a broken file leaves the old keys in force
    write_file(f->path, "garbage\n", 0600);
    assert_int_equal(keys_reload(keys, &why), ERR_BAD_REQUEST);
    keys_checker_refresh(checker);
    assert_true(keys_check(checker, slice_str(admin_text), &scopes, id, view));
    keys_checker_free(checker);
    keys_close(keys);
}

// A key's view is kept, told to who checks, and never beside the scope admin.
static void test_views(void **state) {
    struct fixture *f = *state;
    struct fault why;
    struct key key;
    char text[KEY_TEXT_BYTES], id[KEY_ID_CHARS + 1], view[KEY_VIEW_BYTES + 1] = "";
    uint32_t scopes = 0;
    struct keys *keys;
    unlink(f->path);
    assert_int_equal(key_generate(SCOPE_SEARCH | SCOPE_ADMIN, &key, text, &why), ERR_OK);
    assert_string_equal(key.view, "");
    strcpy(key.view, "north");
    assert_int_equal(keyfile_add(f->path, &key, &why), ERR_OK);
    assert_int_equal(keys_open(f->path, &keys, &why), ERR_OK);
    struct keys_checker *checker = keys_checker_new(keys);
    assert_true(keys_check(checker, slice_str(text), &scopes, id, view));
    assert_string_equal(view, "north");
    assert_int_equal(scopes, SCOPE_SEARCH);
    keys_checker_free(checker);
    keys_close(keys);
}

static void test_bad_files(void **state) {
#define HEX64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
    static const char *const bad[] = {
        "abc " HEX64 " search\n",       "abcdefgh " HEX64 "\n",         "abcdefgh " HEX64 " everything\n",
        "abcdefgh 0123 search\n",       "abcdefgh " HEX64 "0 search\n", "abcdefg. " HEX64 " search\n",
        "abcdefgh " HEX64 " search\nabcdefgh " HEX64 " admin\n",        "abcdefgh\n",
        "abcdefgh " HEX64 " search view=\n", "abcdefgh " HEX64 " search view=a view=b\n", "abcdefgh " HEX64 " search view=a/b\n",
        "abcdefgh " HEX64 " view=a\n",
    };
    struct fixture *f = *state;
    struct keyfile file;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct fault why;
        write_file(f->path, bad[i], 0600);
        assert_int_equal(keyfile_load(f->path, &file, &why), ERR_BAD_REQUEST);
        assert_string_equal(why.field, "keys");
    }
    struct fault why;
    write_file(f->path, "# a comment\n\n  abcdefgh " HEX64 " search  admin \n", 0600);
    assert_int_equal(keyfile_load(f->path, &file, &why), ERR_OK);
    assert_int_equal(file.count, 1);
    assert_int_equal(file.keys[0].scopes, SCOPE_SEARCH | SCOPE_ADMIN);
    assert_string_equal(file.keys[0].view, "");
    keyfile_destroy(&file);
    write_file(f->path, "abcdefgh " HEX64 " search view=north-1 admin\n", 0600);
    assert_int_equal(keyfile_load(f->path, &file, &why), ERR_OK);
    assert_string_equal(file.keys[0].view, "north-1");
    keyfile_destroy(&file);
    assert_int_equal(chmod(f->path, 0640), 0);
    assert_int_equal(keyfile_load(f->path, &file, &why), ERR_IO);
    unlink(f->path);
    assert_int_equal(keyfile_load(f->path, &file, &why), ERR_IO);
}

// An address that others can reach needs keys.
static void test_options(void **state) {
    (void)state;
    struct options o;
    struct fault why;
    char *env[] = {"RIGHTFIT_WORKERS=3", "RIGHTFIT_LISTEN=127.0.0.1:1", NULL};
    char *argv[] = {"rightfitd", "--listen=[::1]:0", "--idle-time-ms", "50", NULL};
    assert_int_equal(options_parse(&o, 4, argv, env, &why), ERR_OK);
    assert_int_equal(o.workers, 3);
    assert_int_equal(o.idle_time_ms, 50);
    assert_string_equal(o.listen, "[::1]:0");
    assert_int_equal(options_check(&o, &why), ERR_OK);
    static const char *const open[] = {"0.0.0.0:80", "[::]:80", "192.168.1.1:80", "[::ffff:127.0.0.1]:80"};
    for (size_t i = 0; i < 4; i++) {
        strcpy(o.listen, open[i]);
        assert_int_equal(options_check(&o, &why), ERR_BAD_REQUEST);
        assert_string_equal(why.field, "keys");
    }
    static const char *const malformed[] = {"", "80", ":80", "example.com:80", "127.0.0.1:65536", "127.0.0.1:", "::1:80"};
    for (size_t i = 0; i < 7; i++) {
        strcpy(o.listen, malformed[i]);
        assert_int_equal(options_check(&o, &why), ERR_BAD_REQUEST);
        assert_string_equal(why.field, "listen");
    }
    static char *bad[] = {"--nope", "stray", "--workers=x", "--workers=257", "--listen"};
    for (size_t i = 0; i < 5; i++) {
        char *one[] = {"rightfitd", bad[i], NULL};
        assert_int_equal(options_parse(&o, 2, one, NULL, &why), ERR_BAD_REQUEST);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_make_and_check, setup, teardown),
        cmocka_unit_test_setup_teardown(test_bad_files, setup, teardown), cmocka_unit_test_setup_teardown(test_views, setup, teardown),
        cmocka_unit_test(test_options),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
