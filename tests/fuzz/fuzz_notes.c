// Any text as a note: a condition comes of it whose parts are what its type promises, and one more word makes it text again.
#include <assert.h>
#include <ctype.h>

#include "data-tools/notes.h"
#include "index/base/limits.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_date(struct slice s) {
    bool good = s.n == 7 || s.n == 10;
    for (size_t i = 0; i < s.n && good; i++) good = i == 4 || i == 7 ? s.p[i] == '-' : isdigit((unsigned char)s.p[i]) != 0;
    return good;
}
static bool is_code(struct slice s) {
    bool good = s.n >= 2;
    for (size_t i = 0; i < s.n && good; i++) good = s.p[i] == '-' || isdigit((unsigned char)s.p[i]) || isupper((unsigned char)s.p[i]);
    return good;
}

static void check(const struct condition_doc *c) {
    switch (c->type) {
    case CONDITION_TEXT: assert(!c->from.n && !c->to.n); break;
    case CONDITION_PRODUCTION_DATE:
        assert(c->from.n || c->to.n);
        assert((!c->from.n || is_date(c->from)) && (!c->to.n || is_date(c->to)));
        break;
    case CONDITION_CHASSIS:
        assert(c->from.n || c->to.n);
        assert((!c->from.n || is_code(c->from)) && (!c->to.n || is_code(c->to)));
        break;
    case CONDITION_OPTION: assert(is_code(c->from) && !c->to.n); break;
    case CONDITION_STEERING: assert((slice_is(c->from, "left") || slice_is(c->from, "right")) && !c->to.n); break;
    default: assert(false);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char MORE[] = "Except Canada, ";
    char text[LIMIT_TEXT_BYTES];
    struct arena a;
    if (size > LIMIT_TEXT_BYTES - sizeof MORE) return 0;
    arena_init(&a, 4096, 1 << 20);
    struct condition_doc c = notes_condition(&a, slice_of(data, size));
    assert(slice_eq(c.text, slice_of(data, size)));
    check(&c);
    memcpy(text, MORE, sizeof MORE - 1);
    if (size) memcpy(text + sizeof MORE - 1, data, size);
    c = notes_condition(&a, slice_of(text, sizeof MORE - 1 + size));
    assert(c.type == CONDITION_TEXT);
    arena_destroy(&a);
    return 0;
}
