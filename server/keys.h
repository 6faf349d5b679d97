// keys.h: the keys in force, and checking one.
//
// The table is immutable; a reload makes a new one, and each worker takes it up at its next tick, so checking shares
// nothing that is written. An unknown id costs the same digest and comparison as a known one with a wrong secret.
#ifndef RF_SERVER_KEYS_H
#define RF_SERVER_KEYS_H

#include "index/base/keyfile.h"

struct keys;         // the server's
struct keys_checker; // one per thread that checks

enum err keys_open(const char *path, struct keys **out, struct fault *why); // an empty path: no keys, all may do all
void keys_close(struct keys *k);                                           // after all checkers
enum err keys_reload(struct keys *k, struct fault *why);                   // on failure the old keys stay
bool keys_required(const struct keys *k);

struct keys_checker *keys_checker_new(struct keys *k); // NULL: no memory
void keys_checker_free(struct keys_checker *c);
void keys_checker_refresh(struct keys_checker *c); // takes up a reload
// `text` is "<id>.<secret>". True: all three are set. A key with a view has no scope admin, whatever the file says.
bool keys_check(struct keys_checker *c, struct slice text, uint32_t *scopes, char id[KEY_ID_CHARS + 1], char view[KEY_VIEW_BYTES + 1]);
// The same of a key whose secret was checked before; false: it is in force no more.
bool keys_lookup(struct keys_checker *c, const char id[KEY_ID_CHARS + 1], uint32_t *scopes, char view[KEY_VIEW_BYTES + 1]);

#endif
