#include "xml.h"

#include <expat.h>

#define BLOCK_BYTES (256 * 1024)

struct xml {
    XML_Parser parser;
    const struct xml_handlers *handlers;
    bool collecting, overflow;
    size_t n;
    enum err stopped;
    char text[LIMIT_TEXT_BYTES];
};

void *xml_arg(const struct xml *x) { return x->handlers->arg; }
uint64_t xml_line(const struct xml *x) { return XML_GetCurrentLineNumber(x->parser); }
bool xml_overflow(const struct xml *x) { return x->overflow; }

void xml_collect(struct xml *x) {
    x->collecting = true;
    x->overflow = false;
    x->n = 0;
}

void xml_stop(struct xml *x, enum err err) {
    x->stopped = err;
    XML_StopParser(x->parser, XML_FALSE);
}

struct slice xml_attribute(const char **attributes, const char *name) {
    for (; *attributes; attributes += 2)
        if (strcmp(attributes[0], name) == 0) return slice_trim(slice_str(attributes[1]));
    return SLICE_NONE;
}

// Files of all kinds of senders: a prefix says nothing here.
static struct slice local_name(const char *name) {
    const char *colon = strchr(name, ':');
    return slice_str(colon ? colon + 1 : name);
}

static void on_start(void *arg, const char *name, const char **attributes) {
    struct xml *x = arg;
    x->collecting = false;
    if (!x->stopped) x->handlers->start(x, local_name(name), attributes);
}

static void on_end(void *arg, const char *name) {
    struct xml *x = arg;
    struct slice text = x->collecting ? slice_trim(slice_of(x->text, x->n)) : SLICE_NONE;
    if (!x->stopped) x->handlers->end(x, local_name(name), text);
    x->collecting = false;
    x->overflow = false;
}

static void on_text(void *arg, const char *text, int n) {
    struct xml *x = arg;
    if (!x->collecting || n <= 0) return;
    size_t room = sizeof x->text - x->n, take = (size_t)n < room ? (size_t)n : room;
    x->overflow |= take < (size_t)n;
    memcpy(x->text + x->n, text, take);
    x->n += take;
}

static enum err parse_fault(struct xml *x, struct input *in, struct fault *why) {
    if (x->stopped) return x->stopped;
    return fault_set(why, ERR_DAMAGED, "", "%s:%llu: %s", input_name(in), (unsigned long long)xml_line(x),
                     XML_ErrorString(XML_GetErrorCode(x->parser)));
}

static enum err read_all(struct xml *x, struct input *in, struct fault *why) {
    for (size_t n = 1; n;) {
        void *to = XML_GetBuffer(x->parser, BLOCK_BYTES);
        if (!to) return fault_set(why, ERR_NO_MEMORY, "", "out of memory");
        TRY(input_read(in, to, BLOCK_BYTES, &n, why));
        if (XML_ParseBuffer(x->parser, (int)n, n == 0) != XML_STATUS_OK) return parse_fault(x, in, why);
    }
    return ERR_OK;
}

enum err xml_read(struct input *in, const struct xml_handlers *handlers, struct fault *why) {
    struct xml x = {.parser = XML_ParserCreate(NULL), .handlers = handlers};
    if (!x.parser) return fault_set(why, ERR_NO_MEMORY, "", "out of memory");
    XML_SetUserData(x.parser, &x);
    XML_SetElementHandler(x.parser, on_start, on_end);
    XML_SetCharacterDataHandler(x.parser, on_text);
    enum err err = read_all(&x, in, why);
    XML_ParserFree(x.parser);
    return err;
}

static unsigned name_slot(struct slice name) {
    unsigned h = (unsigned)name.n;
    for (size_t i = 0; i < name.n; i++) h = h * 31 + (uint8_t)name.p[i];
    return h % XML_NAME_SLOTS;
}

void xml_names_init(struct xml_names *n, const struct xml_name *list, size_t count) {
    memset(n, 0, sizeof *n);
    for (size_t i = 0; i < count; i++) {
        unsigned slot = name_slot(slice_str(list[i].name));
        while (n->slots[slot]) slot = (slot + 1) % XML_NAME_SLOTS;
        n->slots[slot] = &list[i];
    }
}

int xml_name_kind(const struct xml_names *n, struct slice name) {
    for (unsigned slot = name_slot(name); n->slots[slot]; slot = (slot + 1) % XML_NAME_SLOTS)
        if (slice_is(name, n->slots[slot]->name)) return n->slots[slot]->kind;
    return 0;
}
