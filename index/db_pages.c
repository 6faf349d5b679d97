// Is the tree of pages sound? LMDB trusts its pages: a flipped byte in one sends it outside the page, and outside the
// file. So before the records are walked, every page that a snapshot can reach is read here, with pread and with
// bounds, by the layout of LMDB's file format 1 (mdb.c: MDB_page, MDB_node, MDB_db, MDB_meta; 64-bit, little-endian).
//
//  1. A page that a live snapshot can reach is never overwritten, so this may run beside a writer.
//  2. Only the structure is judged; what keys and values say is the checksums' part.
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "db_internal.h"

#define PAGE_HEADER_BYTES 16
#define NODE_HEADER_BYTES 8
#define TREE_BYTES 48       // MDB_db
#define TREE_FLAGS_AT 4     // none are set, as no table sorts duplicates or has integer keys
#define TREE_DEPTH_AT 6
#define TREE_ROOT_AT 40
#define NO_ROOT UINT64_MAX  // P_INVALID: an empty tree
#define DEPTH_MAX 32        // LMDB's CURSOR_STACK
#define META_TRIES 16

enum { PAGE_BRANCH = 0x01, PAGE_LEAF = 0x02, PAGE_OVERFLOW = 0x04, PAGE_KINDS = 0x6F };
enum { NODE_BIG = 0x01, NODE_TREE = 0x02 };

struct pages {
    int fd;
    size_t page_bytes;
    uint64_t count; // pages of the snapshot
    uint64_t seen;  // more than `count` means a cycle
    char *space;    // one page for each level of a tree
    uint64_t roots[STORED_COUNT];
};

struct node {
    uint64_t number; // branch: the child's page; leaf: the value's size
    unsigned flags;
    struct slice key;
    const char *data;
};

static uint16_t u16_at(const char *p) {
    uint16_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

static uint64_t u64_at(const char *p) {
    uint64_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

static bool page_read(struct pages *pages, uint64_t number, char *out) {
    if (number >= pages->count || ++pages->seen > pages->count) return false;
    ssize_t n = pread(pages->fd, out, pages->page_bytes, (off_t)(number * pages->page_bytes));
    return n == (ssize_t)pages->page_bytes && u64_at(out) == number;
}

// ---- nodes ----------------------------------------------------------------------------------------------------------

static bool big_value_fits(struct pages *pages, uint64_t first, uint64_t size_bytes) {
    char header[PAGE_HEADER_BYTES];
    uint32_t length;
    uint64_t needed = (PAGE_HEADER_BYTES + size_bytes + pages->page_bytes - 1) / pages->page_bytes;
    if (first >= pages->count || needed > pages->count - first) return false;
    if (pread(pages->fd, header, sizeof header, (off_t)(first * pages->page_bytes)) != sizeof header) return false;
    memcpy(&length, header + 12, sizeof length);
    return u64_at(header) == first && (u16_at(header + 10) & PAGE_KINDS) == PAGE_OVERFLOW && length >= needed &&
           length <= pages->count - first;
}

// The node that slot `index` of the page points to, when it lies inside the page.
static bool node_read(const struct pages *pages, const char *page, size_t index, bool leaf, struct node *out) {
    size_t at = u16_at(page + PAGE_HEADER_BYTES + 2 * index), upper = u16_at(page + 14);
    if (at < upper || at % 2 || at + NODE_HEADER_BYTES > pages->page_bytes) return false;
    const char *node = page + at;
    size_t key_bytes = u16_at(node + 6), room = pages->page_bytes - at - NODE_HEADER_BYTES;
    uint64_t low = u16_at(node), high = u16_at(node + 2), flags = u16_at(node + 4);
    if (key_bytes > room || key_bytes > LIMIT_KEY_BYTES) return false;
    out->number = low | high << 16 | (leaf ? 0 : flags << 32);
    out->flags = leaf ? (unsigned)flags : 0;
    out->key = slice_of(node + NODE_HEADER_BYTES, key_bytes);
    out->data = node + NODE_HEADER_BYTES + key_bytes;
    if (!leaf) return true;
    uint64_t data_bytes = flags & NODE_BIG ? sizeof(uint64_t) : out->number;
    return key_bytes > 0 && data_bytes <= room - key_bytes && (flags & ~(uint64_t)(NODE_BIG | NODE_TREE)) == 0;
}

// A leaf node of the table of tables names a table and holds its tree.
static bool note_root(struct pages *pages, const struct node *node) {
    if (node->flags != NODE_TREE || node->number != TREE_BYTES) return false;
    if (u16_at(node->data + TREE_FLAGS_AT) != 0 || u16_at(node->data + TREE_DEPTH_AT) > DEPTH_MAX) return false;
    for (unsigned t = 0; t < STORED_COUNT; t++)
        if (slice_is(node->key, db_stored_name(t))) pages->roots[t] = u64_at(node->data + TREE_ROOT_AT);
    return true;
}

// ---- trees ----------------------------------------------------------------------------------------------------------

static bool tree_is_sound(struct pages *pages, uint64_t number, unsigned depth, bool of_tables);

static bool leaf_is_sound(struct pages *pages, const struct node *node, bool of_tables) {
    if (of_tables) return note_root(pages, node);
    if (node->flags & NODE_TREE) return false;
    return !(node->flags & NODE_BIG) || big_value_fits(pages, u64_at(node->data), node->number);
}

static bool page_is_sound(struct pages *pages, const char *page, unsigned depth, bool of_tables) {
    unsigned kind = u16_at(page + 10) & PAGE_KINDS;
    size_t lower = u16_at(page + 12), upper = u16_at(page + 14), slots = (lower - PAGE_HEADER_BYTES) / 2;
    bool leaf = kind == PAGE_LEAF;
    if (kind != PAGE_LEAF && kind != PAGE_BRANCH) return false;
    if (lower < PAGE_HEADER_BYTES || lower % 2 || lower > upper || upper > pages->page_bytes) return false;
    if (slots < (leaf ? 1 : 2)) return false; // LMDB stops the process when a branch has one child only
    for (size_t i = 0; i < slots; i++) {
        struct node node;
        if (!node_read(pages, page, i, leaf, &node)) return false;
        if (leaf && !leaf_is_sound(pages, &node, of_tables)) return false;
        if (!leaf && !tree_is_sound(pages, node.number, depth + 1, of_tables)) return false;
    }
    return true;
}

static bool tree_is_sound(struct pages *pages, uint64_t number, unsigned depth, bool of_tables) {
    if (number == NO_ROOT && depth == 0) return true;
    if (depth >= DEPTH_MAX) return false;
    char *page = pages->space + depth * pages->page_bytes;
    return page_read(pages, number, page) && page_is_sound(pages, page, depth, of_tables);
}

// ---- the snapshot's meta page ---------------------------------------------------------------------------------------

struct meta { // MDB_meta
    uint32_t magic, version;
    uint64_t address, map_bytes;
    char free_tree[TREE_BYTES], tables_tree[TREE_BYTES];
    uint64_t last_page, txn_id;
};

static bool meta_read(const struct pages *pages, uint64_t txn_id, struct meta *out) {
    for (off_t i = 0; i < 2; i++) {
        off_t at = i * (off_t)pages->page_bytes + PAGE_HEADER_BYTES;
        if (pread(pages->fd, out, sizeof *out, at) == (ssize_t)sizeof *out && out->txn_id == txn_id) return true;
    }
    return false;
}

// Two meta pages take turns: with a busy writer ours may be gone already, and the snapshot has to be taken anew.
static bool meta_find(const struct pages *pages, MDB_txn *txn, struct meta *out) {
    for (int i = 0; i < META_TRIES; i++) {
        if (meta_read(pages, mdb_txn_id(txn), out)) return true;
        mdb_txn_reset(txn);
        if (mdb_txn_renew(txn)) return false;
    }
    return false;
}

static bool pages_init(struct pages *pages, MDB_txn *txn, struct meta *meta) {
    MDB_env *env = mdb_txn_env(txn);
    MDB_stat stat;
    *pages = (struct pages){.fd = -1};
    if (mdb_env_get_fd(env, &pages->fd) || mdb_env_stat(env, &stat)) return false;
    pages->page_bytes = stat.ms_psize;
    if (!meta_find(pages, txn, meta)) return false;
    pages->count = meta->last_page + 1;
    pages->space = malloc(DEPTH_MAX * pages->page_bytes);
    for (unsigned t = 0; t < STORED_COUNT; t++) pages->roots[t] = NO_ROOT;
    return pages->space != NULL;
}

static bool tables_are_sound(struct pages *pages, const struct meta *meta) {
    return tree_is_sound(pages, u64_at(meta->tables_tree + TREE_ROOT_AT), 0, true);
}

bool db_pages_first_sound(MDB_txn *txn) {
    struct pages pages;
    struct meta meta;
    bool sound = pages_init(&pages, txn, &meta) && tables_are_sound(&pages, &meta) &&
                 tree_is_sound(&pages, pages.roots[TABLE_META], 0, false);
    free(pages.space);
    return sound;
}

bool db_pages_sound(MDB_txn *txn, bool table_sound[STORED_COUNT]) {
    struct pages pages;
    struct meta meta;
    bool shared = pages_init(&pages, txn, &meta) && tables_are_sound(&pages, &meta);
    for (unsigned t = 0; t < STORED_COUNT; t++)
        table_sound[t] = shared && tree_is_sound(&pages, pages.roots[t], 0, false);
    shared = shared && tree_is_sound(&pages, u64_at(meta.free_tree + TREE_ROOT_AT), 0, false);
    free(pages.space);
    return shared;
}
