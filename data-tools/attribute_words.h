// attribute_words.h: what attributes.tsv says about attributes, for readers that know no database: which column is which attribute, and
// whether a word is one of its values.
#ifndef RF_TOOLS_ATTRIBUTE_WORDS_H
#define RF_TOOLS_ATTRIBUTE_WORDS_H

#include "index/base/arena.h"
#include "index/base/err.h"

struct attribute_words;

// A folder without attributes.tsv, or NULL, gives an empty one: no attribute is known then.
enum err attribute_words_open(const char *facts_dir, struct attribute_words **out, struct fault *why);
void attribute_words_close(struct attribute_words *w); // NULL is fine
// The attribute whose name, label or Chinese label this is (folded, text.h); empty: none.
struct slice attribute_words_find(const struct attribute_words *w, struct slice folded);
// The label of an attribute; its name where it has none.
struct slice attribute_words_label(const struct attribute_words *w, struct slice name);
// Whether a text is a value of it: one on the list of an enum, a number with or without its unit, any text. True for attributes nobody
// described. `a` is scratch.
bool attribute_words_value(const struct attribute_words *w, struct arena *a, struct slice name, struct slice text);

#endif
