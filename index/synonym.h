// synonym.h: an owner's rules which phrase also means which: editable at any time, applied to queries, never to what is stored.
//
// A rule has an id and either `phrases`, each of which stands for all the others, or `from` and `to`: who writes `from` means `to` as
// well, not the other way round. Phrases are compared folded (text.h), word by word: "Brake-Pad" is "brake pad".
//
// TABLE_SYNONYM, two kinds of keys: 'r' + id -> the rule as it was given; 'p' + phrase's words, 0, id -> the folded phrases it
// stands for. Written in one transaction, so a rule counts as soon as the write is acknowledged.
#ifndef RF_INDEX_SYNONYM_H
#define RF_INDEX_SYNONYM_H

#include "base/json.h"
#include "view.h"

enum {
    SYNONYM_PHRASES_MAX = 32,  // of one rule
    SYNONYM_PHRASE_BYTES = 96, // folded
    SYNONYM_WORDS_MAX = 6,     // of one phrase
};
struct synonym_rule {
    struct slice id;
    struct slice from;          // empty: both ways
    unsigned phrase_count;      // both ways: two or more
    struct slice *phrases;      // `to`, or the phrases
};

// {"id","phrases":[...]} or {"id","from":"...","to":[...]}. ERR_BAD_REQUEST with the field.
enum err synonym_from_json(struct arena *a, const struct json *body, struct synonym_rule *out, struct fault *why);
void synonym_json(struct json_writer *w, const struct synonym_rule *rule);

enum err synonym_put(struct txn *t, struct arena *scratch, const struct synonym_rule *rule, struct fault *why); // replaces
enum err synonym_delete(struct txn *t, struct arena *scratch, struct slice id, struct fault *why);              // ERR_NOT_FOUND
enum err synonym_get(struct view *v, struct slice id, struct synonym_rule *out);                                // ERR_NOT_FOUND
// All by id; `each` returns false to stop.
enum err synonym_each(struct view *v, bool (*each)(void *arg, const struct synonym_rule *rule), void *arg);

// The phrase as rules know it: its words with single blanks, empty when there is none.
enum err synonym_phrase(struct arena *a, struct slice text, struct slice *out);
// What a phrase (of synonym_phrase) stands for by any rule, each once, at most `max`; arena. Costs one seek where no rule knows it.
enum err synonym_lookup(struct view *v, struct slice phrase, struct slice *out, unsigned max, unsigned *count);

#endif
