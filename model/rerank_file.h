// rerank_file.h: the binary form of lists and their answers: ids once, then rows of numbers.
//
//   file    one struct rerank_file_header, then blocks; kind END is the last, a file without it was cut short
//   block   one struct rerank_block_header, then `bytes` of payload, a multiple of 8. Little-endian, no padding inside structs.
//   hashes  XXH3-64: of the file header with that field 0; of a block header with that field 0 and the payload, seeded with the file
//           header's hash, so that a block of another file does not pass
//
// Blocks of ids extend a dictionary by `count` entries from `first` on (indexes count from 0) and stand before the blocks that use them:
//   USERS     u32 end[count] (bytes of all entries so far in this block), then the bytes
//   PRODUCTS  likewise
//   VEHICLES  u32 end[3 * count]: vehicle, attrs in the text form of attrs=, market of each entry, then the bytes
//   FOUND     in answers: products that stand in no list of the file, found in the whole catalogue
// Requests (`first`: number of lists before):
//   LISTS     u32 user[count], vehicle[count], limit[count], items[count], then u32 product[sum of items]. RERANK_NONE: nobody, no car,
//             and in `items`: the whole catalogue. A limit of 0 is none.
// Answers (`first`: number of answers before):
//   ANSWERS   u64 base, then u32 list[count] (number of the answered list - base), user[count], error[count] (an enum err, 0: answered),
//             hits[count], dropped[count]; u32 product[all hits]; f32 score[all hits]; u32 product[all dropped]; u8 verdict[all hits];
//             u8 why[all dropped]; zeros to a multiple of 8. A product with RERANK_FOUND set is an index of FOUND.
//   END       first: number of lists or answers in the file
//
// Nothing is larger than RERANK_BLOCK_MAX, so both sides work in constant memory beside the dictionaries. These functions move no
// bytes between files; they read and write memory.
#ifndef RF_MODEL_RERANK_FILE_H
#define RF_MODEL_RERANK_FILE_H

#include "index/base/buf.h"
#include "index/base/err.h"

#define RERANK_FILE_MAGIC 0x314B4E5245524652u // the bytes "RFRERNK1"
#define RERANK_FILE_VERSION 1
#define RERANK_BLOCK_MAX (64u << 20)          // payload bytes
#define RERANK_DICTIONARY_MAX (1u << 26)      // entries of one dictionary
#define RERANK_NONE UINT32_MAX
#define RERANK_FOUND 0x80000000u

enum rerank_file_kind { RERANK_REQUESTS = 1, RERANK_ANSWERS };
enum rerank_block_kind { RERANK_USERS = 1, RERANK_PRODUCTS, RERANK_VEHICLES, RERANK_FOUND_PRODUCTS, RERANK_LISTS, RERANK_ANSWER, RERANK_END };

struct rerank_file_header {
    uint64_t magic;
    uint32_t version, kind;
    // Of answers; zeros in requests:
    int64_t as_of_ms;       // the moment that ages of events and products were counted to
    uint64_t generation;    // id, 0: nothing was trained
    uint32_t shard, shards; // lists of users with XXH3-64(user id) % shards == shard; 0 of 1: all
    uint64_t reserved[2];
    uint64_t hash;
};
struct rerank_block_header {
    uint32_t kind, count;
    uint64_t first, bytes, hash;
};
_Static_assert(sizeof(struct rerank_file_header) == 64 && sizeof(struct rerank_block_header) == 32, "written as they are");

void rerank_file_seal(struct rerank_file_header *h);
enum err rerank_file_check(const struct rerank_file_header *h, struct fault *why); // ERR_BAD_REQUEST: not ours; ERR_NEWER, ERR_DAMAGED
void rerank_block_seal(const struct rerank_file_header *file, struct rerank_block_header *h, const void *payload);
// Of the header alone, before anything is read by it: a kind of this kind of file, `bytes` within bounds.
enum err rerank_block_header_check(const struct rerank_file_header *file, const struct rerank_block_header *h, struct fault *why);
enum err rerank_block_check(const struct rerank_file_header *file, const struct rerank_block_header *h, const void *payload, struct fault *why);

// ---- payloads: load, then validate what other blocks decide -------------------------------------------------------------------------
// Payloads are 8-byte aligned; what is loaded points into them. ERR_DAMAGED when lengths do not add up.
struct rerank_ids { // per entry 1 text, of vehicles 3
    uint32_t count, texts;
    const uint32_t *end;
    const char *bytes;
};
enum err rerank_ids_load(const struct rerank_block_header *h, const void *payload, struct rerank_ids *out);
struct slice rerank_ids_text(const struct rerank_ids *ids, uint32_t text); // 0 .. texts - 1

struct rerank_lists {
    uint32_t count;
    const uint32_t *user, *vehicle, *limit, *items, *product;
    uint64_t products; // of all lists
};
struct rerank_sizes { uint32_t users, vehicles, products, found; }; // of the dictionaries so far
enum err rerank_lists_load(const struct rerank_block_header *h, const void *payload, struct rerank_lists *out);
// Every index within its dictionary, no list longer than LIMIT_RERANK_ITEMS, limits in bounds. One index too many spoils the file.
enum err rerank_lists_validate(const struct rerank_lists *lists, const struct rerank_sizes *sizes);

struct rerank_answers {
    uint32_t count;
    uint64_t base, hits, drops;
    const uint32_t *list, *user, *error, *hit_count, *drop_count, *product, *dropped;
    const float *score;
    const uint8_t *verdict, *why;
};
enum err rerank_answers_load(const struct rerank_block_header *h, const void *payload, struct rerank_answers *out);
enum err rerank_answers_validate(const struct rerank_answers *answers, const struct rerank_sizes *sizes);

// ---- writing ------------------------------------------------------------------------------------------------------------------------
// Room for a header at the end of `out`; what is put behind it until rerank_block_end becomes its payload, padded.
size_t rerank_block_begin(struct buf *out);
void rerank_block_end(const struct rerank_file_header *file, struct buf *out, size_t at, enum rerank_block_kind kind, uint32_t count, uint64_t first);
void rerank_put_u32s(struct buf *out, const uint32_t *values, size_t n);

#endif
