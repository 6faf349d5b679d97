// xml.h: streaming XML by expat, with what ACES and PIES readers share: local names, the text of the element at hand,
// the line, and an end from within.
//
// Hostile documents: expat never gets more than XML_MEMORY_BYTES (one endless attribute, a million different names), elements nest
// XML_DEPTH_MAX deep, expat's own guard bounds entity expansion, no external entity is ever loaded, and an entity nobody defined
// ends the reading rather than vanish from a text. Encodings: what expat knows (UTF-8, UTF-16, ISO-8859-1, ASCII), and windows-125x,
// GB2312 and GBK, Big5 and others of at most two bytes a character through ICU. Bytes that are not the declared encoding end the reading.
//
// The text of an element is collected only when the start handler asks for it (xml_collect) and handed to the end handler; that of
// elements within it included, unless those are collected themselves.
// Text beyond LIMIT_TEXT_BYTES sets `overflow`; the reader rejects that row.
#ifndef RF_TOOLS_XML_H
#define RF_TOOLS_XML_H

#include "index/base/err.h"
#include "index/base/limits.h"
#include "input.h"

enum { XML_MEMORY_BYTES = 16 << 20, XML_DEPTH_MAX = 64 };

struct xml;
struct xml_handlers {
    void (*start)(struct xml *x, struct slice name, const char **attributes); // name, value, ..., NULL
    void (*end)(struct xml *x, struct slice name, struct slice text);         // text: empty unless collected
    void *arg;
};

// Reads `in` to its end or to xml_stop(). ERR_DAMAGED with line for XML that is not well formed.
enum err xml_read(struct input *in, const struct xml_handlers *handlers, struct fault *why);

void *xml_arg(const struct xml *x);
uint64_t xml_line(const struct xml *x);
void xml_collect(struct xml *x);        // from start: keep this element's text
bool xml_overflow(const struct xml *x); // from end: the text was longer than LIMIT_TEXT_BYTES and is cut
void xml_stop(struct xml *x, enum err err); // no more calls; xml_read returns `err`
struct slice xml_attribute(const char **attributes, const char *name); // p == NULL: absent

// Element names to a reader's own numbers, by one hash probe. 0 is any name that is not in the list.
enum { XML_NAME_SLOTS = 256 }; // lists stay well below
struct xml_name { const char *name; int kind; };
struct xml_names { const struct xml_name *slots[XML_NAME_SLOTS]; };
void xml_names_init(struct xml_names *n, const struct xml_name *list, size_t count);
int xml_name_kind(const struct xml_names *n, struct slice name);
const struct xml_name *xml_name_find(const struct xml_names *n, struct slice name); // NULL: not in the list

#endif
