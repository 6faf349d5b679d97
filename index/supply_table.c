#include "supply_table.h"

enum err supply_each(struct snapshot *s, enum supply_record of, enum err (*each)(void *arg, struct slice rest, struct slice value), void *arg) {
    char letter = (char)of;
    struct slice first = slice_of(&letter, 1), key, value;
    struct db_cursor *c = db_cursor_begin(s, TABLE_SUPPLY);
    if (!c) return ERR_NO_MEMORY;
    enum err e = db_cursor_seek(c, first, &key, &value);
    while (e == ERR_OK && slice_starts(key, first)) {
        e = each(arg, slice_from(key, 1), value);
        if (e == ERR_OK) e = db_cursor_next(c, &key, &value);
    }
    db_cursor_end(c);
    return e == ERR_END ? ERR_OK : e;
}
