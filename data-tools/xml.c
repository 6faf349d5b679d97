#include "xml.h"

#include <expat.h>
#include <malloc.h>
#include <stdlib.h>
#include <unicode/ucnv.h>

#define BLOCK_BYTES (256 * 1024)

struct xml {
    XML_Parser parser;
    const struct xml_handlers *handlers;
    bool overflow;
    unsigned depth, collecting; // collecting: the depth of the element whose text is kept, 0 = none
    size_t n;
    enum err stopped;
    const char *stopped_because; // NULL: the handlers know
    struct { size_t prefix, n; } names[XML_DEPTH_MAX]; // of the open elements: where the local name begins, its length
    char text[LIMIT_TEXT_BYTES];
};

// ---- memory -----------------------------------------------------------------------------------------------------------------
// expat's hooks carry no argument, so what it holds is counted beside them, for the one parser a thread runs.
static _Thread_local size_t held_bytes;

static void *counted(void *p) {
    held_bytes += malloc_usable_size(p);
    return p;
}
static void *expat_malloc(size_t size) { return held_bytes + size > XML_MEMORY_BYTES ? NULL : counted(malloc(size)); }
static void expat_free(void *p) {
    held_bytes -= malloc_usable_size(p);
    free(p);
}
static void *expat_realloc(void *p, size_t size) {
    size_t before = malloc_usable_size(p);
    if (held_bytes - before + size > XML_MEMORY_BYTES) return NULL;
    void *grown = realloc(p, size);
    if (!grown) return NULL;
    held_bytes -= before;
    return counted(grown);
}

void *xml_arg(const struct xml *x) { return x->handlers->arg; }
uint64_t xml_line(const struct xml *x) { return XML_GetCurrentLineNumber(x->parser); }
bool xml_overflow(const struct xml *x) { return x->overflow; }

static void on_text(void *arg, const char *text, int n) {
    struct xml *x = arg;
    if (n <= 0) return;
    size_t room = sizeof x->text - x->n, take = (size_t)n < room ? (size_t)n : room;
    x->overflow |= take < (size_t)n;
    memcpy(x->text + x->n, text, take);
    x->n += take;
}

// expat calls for every line end between elements as long as there is a handler.
static void collect_end(struct xml *x) {
    x->collecting = 0;
    XML_SetCharacterDataHandler(x->parser, NULL);
}

void xml_collect(struct xml *x) {
    if (!x->collecting) XML_SetCharacterDataHandler(x->parser, on_text);
    x->collecting = x->depth;
    x->overflow = false;
    x->n = 0;
}

void xml_stop(struct xml *x, enum err err) {
    if (!x->stopped) x->stopped = err;
    XML_StopParser(x->parser, XML_FALSE);
}

static void refuse(struct xml *x, const char *why) {
    if (!x->stopped) x->stopped_because = why;
    xml_stop(x, ERR_DAMAGED);
}

struct slice xml_attribute(const char **attributes, const char *name) {
    for (; *attributes; attributes += 2)
        if (strcmp(attributes[0], name) == 0) return slice_trim(slice_str(attributes[1]));
    return SLICE_NONE;
}

static void on_start(void *arg, const char *name, const char **attributes) {
    struct xml *x = arg;
    if (x->stopped) return;
    if (x->depth == XML_DEPTH_MAX) {
        refuse(x, "elements are nested too deep");
        return;
    }
    size_t n = strlen(name), prefix = 0;
    const char *colon = memchr(name, ':', n); // files of all kinds of senders: a prefix says nothing here
    if (colon) prefix = (size_t)(colon + 1 - name);
    x->names[x->depth].prefix = prefix;
    x->names[x->depth].n = n - prefix;
    x->depth++;
    x->handlers->start(x, slice_of(name + prefix, n - prefix), attributes);
}

static void on_end(void *arg, const char *name) {
    struct xml *x = arg;
    if (x->stopped) return;
    bool collected = x->collecting == x->depth;
    size_t prefix = x->names[x->depth - 1].prefix, n = x->names[x->depth - 1].n;
    x->handlers->end(x, slice_of(name + prefix, n), collected ? slice_trim(slice_of(x->text, x->n)) : SLICE_NONE);
    if (collected) {
        collect_end(x);
        x->overflow = false;
    }
    x->depth--;
}

static void on_skipped_entity(void *arg, const char *name, int is_parameter) {
    (void)name, (void)is_parameter;
    refuse(arg, "an entity that is not defined in the document");
}

// ---- encodings expat does not know --------------------------------------------------------------------------------------------
static int two_bytes_convert(void *converter, const char *bytes) {
    UErrorCode status = U_ZERO_ERROR;
    const char *at = bytes;
    ucnv_reset(converter);
    UChar32 c = ucnv_getNextUChar(converter, &at, bytes + 2, &status);
    return U_FAILURE(status) || c == 0xFFFD || c > 0xFFFF || at != bytes + 2 ? -1 : (int)c;
}

static void converter_release(void *converter) { ucnv_close(converter); }

// What each first byte means: a character, the first half of one (-2), or nothing (-1).
static int on_encoding(void *arg, const char *name, XML_Encoding *info) {
    UErrorCode status = U_ZERO_ERROR;
    (void)arg;
    UConverter *converter = ucnv_open(name, &status);
    if (U_FAILURE(status)) return XML_STATUS_ERROR;
    ucnv_setToUCallBack(converter, UCNV_TO_U_CALLBACK_STOP, NULL, NULL, NULL, &status); // says what is wrong rather than U+FFFD
    if (U_FAILURE(status) || ucnv_getMinCharSize(converter) != 1) {
        ucnv_close(converter);
        return XML_STATUS_ERROR;
    }
    for (int i = 0; i < 256; i++) {
        char byte = (char)i;
        const char *at = &byte;
        status = U_ZERO_ERROR;
        ucnv_reset(converter);
        UChar32 c = ucnv_getNextUChar(converter, &at, &byte + 1, &status);
        info->map[i] = status == U_TRUNCATED_CHAR_FOUND ? -2 : U_FAILURE(status) || c == 0xFFFD ? -1 : (int)c;
    }
    info->data = converter;
    info->convert = two_bytes_convert;
    info->release = converter_release;
    return XML_STATUS_OK;
}

// ---- reading ------------------------------------------------------------------------------------------------------------------
// expat says "invalid token" of bytes that are no text at all; the one who has to mend the file wants to know that.
static const char *reason_of(struct xml *x) {
    int offset = 0, size = 0;
    enum XML_Error code = XML_GetErrorCode(x->parser);
    const char *bytes = XML_GetInputContext(x->parser, &offset, &size);
    if (x->stopped_because) return x->stopped_because;
    if (code == XML_ERROR_NO_MEMORY) return "an element, or all the different names, are larger than the limit";
    if (code == XML_ERROR_INVALID_TOKEN && bytes && offset < size && (unsigned char)bytes[offset] >= 0x80)
        return "bytes that are not in the encoding the document declares";
    if (code == XML_ERROR_INVALID_TOKEN && bytes && offset < size && bytes[offset] == 0) return "a NUL byte";
    return XML_ErrorString(code);
}

static enum err parse_fault(struct xml *x, struct input *in, struct fault *why) {
    if (x->stopped && !x->stopped_because) return x->stopped;
    return fault_set(why, ERR_DAMAGED, "", "%s:%llu: %s", input_name(in), (unsigned long long)xml_line(x), reason_of(x));
}

static enum err read_all(struct xml *x, struct input *in, struct fault *why) {
    for (size_t n = 1; n;) {
        void *to = XML_GetBuffer(x->parser, BLOCK_BYTES);
        if (!to) return parse_fault(x, in, why);
        TRY(input_read(in, to, BLOCK_BYTES, &n, why));
        if (XML_ParseBuffer(x->parser, (int)n, n == 0) != XML_STATUS_OK) return parse_fault(x, in, why);
    }
    return ERR_OK;
}

enum err xml_read(struct input *in, const struct xml_handlers *handlers, struct fault *why) {
    static const XML_Memory_Handling_Suite MEMORY = {expat_malloc, expat_realloc, expat_free};
    size_t outer_bytes = held_bytes;
    held_bytes = 0;
    struct xml x = {.parser = XML_ParserCreate_MM(NULL, &MEMORY, NULL), .handlers = handlers};
    if (!x.parser) return fault_set(why, ERR_NO_MEMORY, "", "out of memory");
    XML_SetUserData(x.parser, &x);
    XML_SetElementHandler(x.parser, on_start, on_end);
    XML_SetSkippedEntityHandler(x.parser, on_skipped_entity);
    XML_SetUnknownEncodingHandler(x.parser, on_encoding, NULL);
    enum err err = read_all(&x, in, why);
    XML_ParserFree(x.parser);
    held_bytes = outer_bytes;
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

const struct xml_name *xml_name_find(const struct xml_names *n, struct slice name) {
    for (unsigned slot = name_slot(name); n->slots[slot]; slot = (slot + 1) % XML_NAME_SLOTS)
        if (slice_is(name, n->slots[slot]->name)) return n->slots[slot];
    return NULL;
}

int xml_name_kind(const struct xml_names *n, struct slice name) {
    const struct xml_name *found = xml_name_find(n, name);
    return found ? found->kind : 0;
}
