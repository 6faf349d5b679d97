// index_fixture.h: an empty database in a folder of its own, with a view on it, for the tests of index/.
#ifndef RF_TESTS_INDEX_FIXTURE_H
#define RF_TESTS_INDEX_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "index/text.h"
#include "index/view.h"

struct fixture {
    char dir[64];
    struct db *db;
    struct view *view;
    struct arena arena;
};

static inline void fixture_open(struct fixture *f) {
    struct fault why = {0};
    snprintf(f->dir, sizeof f->dir, "/tmp/rightfit-test-XXXXXX");
    assert_non_null(mkdtemp(f->dir));
    assert_int_equal(text_init(), ERR_OK);
    if (db_open(f->dir, DB_CREATE, &f->db, &why) != ERR_OK) fail_msg("%s", why.message);
    assert_int_equal(view_open(f->db, &clock_system, &f->view), ERR_OK);
    arena_init(&f->arena, 64 * 1024, 256 * 1024 * 1024);
    assert_int_equal(view_begin(f->view, &f->arena), ERR_OK);
}

static inline void fixture_refresh(struct fixture *f) { // sees what has been committed since
    view_end(f->view);
    assert_int_equal(view_begin(f->view, &f->arena), ERR_OK);
}

static inline void fixture_close(struct fixture *f) {
    char command[128];
    view_end(f->view);
    view_close(f->view);
    db_close(f->db);
    arena_destroy(&f->arena);
    snprintf(command, sizeof command, "rm -rf '%s'", f->dir);
    assert_int_equal(system(command), 0);
}

// For a group of tests: *state is a fixture of its own until fixture_end().
static inline struct fixture *fixture_begin(void **state) {
    struct fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    fixture_open(f);
    *state = f;
    return f;
}

static inline int fixture_end(void **state) {
    fixture_close(*state);
    free(*state);
    return 0;
}

static inline const char *fixture_string(struct fixture *f, struct slice s) { return arena_copy(&f->arena, s).p; }

// Writes a file into the fixture's folder "facts"; returns the folder's path.
static inline const char *fixture_fact(struct fixture *f, const char *name, const char *content) {
    struct slice dir = arena_printf(&f->arena, "%s/facts", f->dir),
                 path = arena_printf(&f->arena, "%s/%s", dir.p, name);
    mkdir(dir.p, 0700);
    FILE *file = fopen(path.p, "wb");
    assert_non_null(file);
    assert_true(fputs(content, file) >= 0);
    assert_int_equal(fclose(file), 0);
    return dir.p;
}

#endif
