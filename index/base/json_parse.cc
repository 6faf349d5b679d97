// simdjson behind the C contract of json.h. Nothing may be thrown into C, so simdjson's throwing accessors are left out.
#define SIMDJSON_EXCEPTIONS 0
#include <algorithm>
#include <new>
#include <simdjson.h>

extern "C" {
#include "index/base/json.h"
#include "index/base/limits.h"
}

using namespace simdjson;

struct json_parser {
    dom::parser dom;
};

extern "C" struct json_parser *json_parser_new(void) { return new (std::nothrow) json_parser; }
extern "C" void json_parser_free(struct json_parser *parser) { delete parser; }

namespace {

constexpr size_t excerpt_bytes = 24;        // shown to either side of a fault
constexpr size_t few_keys = 16;             // up to here comparing all pairs is quicker than sorting
constexpr size_t int64_digits = 19;         // an integer of fewer digits always fits

struct copier {
    struct arena *arena;
    struct fault *why;

    enum err full() { return fault_set(why, ERR_NO_MEMORY, "", "the JSON text needs more memory than allowed"); }

    enum err string(std::string_view text, struct slice *out) {
        *out = arena_copy(arena, slice_of(text.data(), text.size()));
        return out->p ? ERR_OK : full();
    }

    enum err unique_keys(const struct slice *keys, size_t count) {
        if (count <= few_keys) {
            for (size_t i = 1; i < count; i++)
                for (size_t j = 0; j < i; j++)
                    if (slice_eq(keys[i], keys[j])) return duplicate(keys[i]);
            return ERR_OK;
        }
        struct slice *sorted = ARENA_ARRAY(arena, struct slice, count);
        if (!sorted) return full();
        std::copy(keys, keys + count, sorted);
        std::sort(sorted, sorted + count, [](struct slice a, struct slice b) { return slice_cmp(a, b) < 0; });
        for (size_t i = 1; i < count; i++)
            if (slice_eq(sorted[i - 1], sorted[i])) return duplicate(sorted[i]);
        return ERR_OK;
    }

    enum err duplicate(struct slice key) {
        return fault_set(why, ERR_BAD_REQUEST, key.p, "the key \"%s\" stands twice in one JSON object", key.p);
    }

    enum err array(dom::array from, size_t depth, struct json *out) {
        for (dom::element item : from) (void)item, out->count++;
        struct json *items = ARENA_ARRAY(arena, struct json, out->count);
        if (!items) return full();
        out->items = items;
        for (dom::element item : from) TRY(value(item, depth, items++));
        return ERR_OK;
    }

    enum err object(dom::object from, size_t depth, struct json *out) {
        for (dom::key_value_pair member : from) (void)member, out->count++;
        struct json *items = ARENA_ARRAY(arena, struct json, out->count);
        struct slice *keys = ARENA_ARRAY(arena, struct slice, out->count);
        if (!items || !keys) return full();
        out->items = items;
        out->keys = keys;
        for (dom::key_value_pair member : from) {
            TRY(string(member.key, keys++));
            TRY(value(member.value, depth, items++));
        }
        return unique_keys(out->keys, out->count);
    }

    enum err nested(dom::element from, size_t depth, struct json *out) {
        if (depth > LIMIT_JSON_DEPTH)
            return fault_set(why, ERR_BAD_REQUEST, "", "JSON is nested deeper than %d levels", LIMIT_JSON_DEPTH);
        return out->type == JSON_ARRAY ? array(from.get_array().value_unsafe(), depth, out)
                                       : object(from.get_object().value_unsafe(), depth, out);
    }

    enum err value(dom::element from, size_t depth, struct json *out) {
        switch (from.type()) {
        case dom::element_type::NULL_VALUE: out->type = JSON_NULL; return ERR_OK;
        case dom::element_type::BOOL:
            out->type = JSON_BOOL;
            out->boolean = from.get_bool().value_unsafe();
            return ERR_OK;
        case dom::element_type::INT64:
            out->type = JSON_INTEGER;
            out->integer = from.get_int64().value_unsafe();
            out->number = static_cast<double>(out->integer);
            return ERR_OK;
        case dom::element_type::UINT64: // simdjson's type for what is beyond int64
            out->type = JSON_NUMBER;
            out->number = static_cast<double>(from.get_uint64().value_unsafe());
            return ERR_OK;
        case dom::element_type::DOUBLE:
            out->type = JSON_NUMBER;
            out->number = from.get_double().value_unsafe();
            return ERR_OK;
        case dom::element_type::STRING:
            out->type = JSON_STRING;
            return string(from.get_string().value_unsafe(), &out->string);
        case dom::element_type::ARRAY: out->type = JSON_ARRAY; return nested(from, depth + 1, out);
        case dom::element_type::OBJECT: out->type = JSON_OBJECT; return nested(from, depth + 1, out);
        }
        return fault_set(why, ERR_INTERNAL, "", "simdjson has a type this program does not know");
    }
};

// Reads a text that the DOM parser refused once more, value by value, only to learn where the fault is.
class locator {
public:
    error_code walk(ondemand::value v, size_t depth) {
        ondemand::json_type type;
        if (depth > LIMIT_JSON_DEPTH) return DEPTH_ERROR; // this recursion must be bounded too
        if (auto error = v.type().get(type)) return error;
        switch (type) {
        case ondemand::json_type::array: return walk_array(v, depth + 1);
        case ondemand::json_type::object: return walk_object(v, depth + 1);
        case ondemand::json_type::number: return v.get_number().error();
        case ondemand::json_type::string: return v.get_string().error();
        case ondemand::json_type::boolean: return v.get_bool().error();
        case ondemand::json_type::null: return v.is_null().error();
        }
        return TAPE_ERROR;
    }

private:
    error_code walk_array(ondemand::value v, size_t depth) {
        ondemand::array items;
        if (auto error = v.get_array().get(items)) return error;
        for (auto item : items) {
            ondemand::value inner;
            if (auto error = item.get(inner)) return error;
            if (auto error = walk(inner, depth)) return error;
        }
        return SUCCESS;
    }
    error_code walk_object(ondemand::value v, size_t depth) {
        ondemand::object members;
        if (auto error = v.get_object().get(members)) return error;
        for (auto member : members) {
            std::string_view key;
            ondemand::value inner;
            if (auto error = member.unescaped_key().get(key)) return error;
            if (auto error = member.value().get(inner)) return error;
            if (auto error = walk(inner, depth)) return error;
        }
        return SUCCESS;
    }
};

// The place of the first fault, or text.n when it is not known (a fault of the whole text, or of a bare scalar).
size_t fault_offset(struct slice text) {
    padded_string padded(text.p, text.n);
    ondemand::parser parser;
    ondemand::document document;
    ondemand::value root;
    const char *at;
    if (padded.size() != text.n || parser.iterate(padded).get(document)) return text.n;
    if (document.get_value().get(root) || !locator().walk(root, 0)) return text.n;
    if (document.current_location().get(at)) return text.n;
    return std::min(static_cast<size_t>(at - padded.data()), text.n);
}

enum err refuse(struct slice text, error_code error, struct fault *why) {
    if (error == MEMALLOC || error == CAPACITY)
        return fault_set(why, ERR_NO_MEMORY, "", "no memory to parse %zu bytes of JSON", text.n);
    if (error == DEPTH_ERROR)
        return fault_set(why, ERR_BAD_REQUEST, "", "JSON is nested deeper than %d levels", LIMIT_JSON_DEPTH);
    if (error == EMPTY) return fault_set(why, ERR_BAD_REQUEST, "", "the JSON text is empty");
    size_t at = why && error != UTF8_ERROR && error != UNCLOSED_STRING ? fault_offset(text) : text.n;
    if (at == text.n) return fault_set(why, ERR_BAD_REQUEST, "", "not valid JSON: %s", error_message(error));
    size_t from = at > excerpt_bytes ? at - excerpt_bytes : 0;
    size_t n = std::min(text.n - from, at - from + excerpt_bytes);
    return fault_set(why, ERR_BAD_REQUEST, "", "not valid JSON near byte %zu: %.*s", at, static_cast<int>(n),
                     text.p + from);
}

bool is_number_byte(char c) {
    return (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E';
}

// The number token at the start of `text`; *wide when it is an integer that simdjson refuses for its size.
struct slice number_token(struct slice text, bool *wide) {
    size_t n = 0;
    bool integer = true;
    for (; n < text.n && is_number_byte(text.p[n]); n++)
        if (n && (text.p[n] < '0' || text.p[n] > '9')) integer = false;
    struct slice token = slice_of(text.p, n);
    int64_t fits_signed;
    uint64_t fits_unsigned;
    *wide = integer && n >= int64_digits && !slice_i64(token, &fits_signed) && !slice_u64(token, &fits_unsigned);
    return token;
}

// simdjson refuses integers beyond 64 bits, which are valid JSON: a copy that writes them as decimals ("...0" as
// "...0.0"). Returns false when there is none, or no memory.
bool widened(struct slice text, struct arena *arena, struct slice *out) {
    struct buf copy;
    bool in_string = false, any = false;
    buf_init(&copy, arena, text.n + 16);
    for (size_t i = 0; i < text.n;) {
        bool wide = false;
        size_t n = 1;
        char c = text.p[i];
        if (in_string && c == '\\') n = 2;
        else if (c == '"') in_string = !in_string;
        else if (!in_string && is_number_byte(c)) n = number_token(slice_from(text, i), &wide).n;
        n = std::min(n, text.n - i);
        buf_put(&copy, text.p + i, n);
        if (wide) buf_slice_put(&copy, SLICE(".0"));
        any = any || wide;
        i += n;
    }
    *out = buf_slice(&copy);
    return any && !copy.bad;
}

error_code dom_parse(struct json_parser *parser, struct slice text, struct arena *arena, dom::element *root) {
    error_code error = parser->dom.parse(text.p ? text.p : "", text.n, true).get(*root);
    struct slice again;
    if (error != NUMBER_ERROR || !widened(text, arena, &again)) return error;
    return parser->dom.parse(again.p, again.n, true).get(*root);
}

} // namespace

extern "C" enum err json_parse(struct json_parser *parser, struct slice text, struct arena *arena,
                               const struct json **out, struct fault *why) {
    dom::element root;
    copier copy{arena, why};
    if (error_code error = dom_parse(parser, text, arena, &root)) return refuse(text, error, why);
    struct json *tree = ARENA_NEW(arena, struct json);
    if (!tree) return copy.full();
    TRY(copy.value(root, 0, tree));
    *out = tree;
    return ERR_OK;
}
