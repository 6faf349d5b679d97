// rerank_run.h: what all forms of `rightfit rerank` share: the database prepared for millions of lists, threads with what each needs,
// what was asked for and what came of it.
//
// The moment that ages are counted to, the generation, products' facts, prices and ids, and persons are those of the run's start,
// whatever happens meanwhile; what fits is read as it goes, each list in one snapshot.
#ifndef RF_TOOLS_RERANK_RUN_H
#define RF_TOOLS_RERANK_RUN_H

#include <stdatomic.h>

#include "model/rerank_line.h"
#include "ordered.h"
#include "progress.h"

struct rerank_options {
    const char *in, *out;   // NULL: stdin, stdout
    struct slice market;    // for lists that name none
    uint32_t shard, shards; // lists of users whose id's XXH3-64 % shards is shard; shards 1: all
    unsigned threads;
    int64_t as_of_ms;
    bool as_of_given, resume, quiet, shares;
};

struct rerank_thread {
    struct view *view;
    struct ranker *ranker;
    struct json_parser *parser;
    struct rank_batch_scratch *scratch;
    struct rerank_batch batch;
    struct rerank rerank; // for model/: points to all of the above
    struct arena arena;   // of one list
    uint64_t spent_us[RERANK_STAGES], parse_us, work_us; // when shares are asked for; work: all of it but reading and writing
};

struct rerank_run {
    struct rerank_options options;
    int in_fd, out_fd;
    uint64_t in_bytes;      // of a regular file, else 0
    bool binary;            // the form of the input
    char first[8];          // its first bytes, which told so
    struct slice start;     // those of them that have not been read yet
    struct clock clock;     // stands still at options.as_of_ms
    struct db *db;
    struct generations *generations;
    struct rank_batch *table;
    struct batch_persons *persons;
    struct product_ids *ids;
    struct rerank_thread *threads; // options.threads, and one more for whoever reads
    struct progress progress;
    uint64_t began_us;
    uint64_t skipped; // by whoever reads: answers that a resumed output had already
    atomic_uint_fast64_t read_bytes, lists, pairs, dropped, failed;
    uint64_t read_us, write_us; // when shares are asked for: by whoever reads and writes
};

// Opens what `options` name (the database in `data`), except what the form decides: rerank_run_prepare does the rest.
enum err rerank_run_open(const char *data, const struct rerank_options *options, struct rerank_run *r, struct fault *why);
enum err rerank_run_prepare(struct rerank_run *r, struct fault *why); // options.as_of_ms is final
void rerank_run_close(struct rerank_run *r);
uint64_t rerank_run_generation(const struct rerank_run *r);

enum err rerank_list_begin(struct rerank_thread *t); // forgets the last list, opens a view
void rerank_list_end(struct rerank_thread *t);
void rerank_thread_rest(struct rerank_thread *t);    // now and then: lets go of old pages
bool rerank_is_mine(const struct rerank_options *o, struct slice user); // an id nobody gave is the empty one

enum err rerank_tell_form(struct rerank_run *r, struct fault *why); // sets r->binary; what it looks at is still to be read
// What is there, up to n bytes, 0 at the end; and all of n bytes, or fewer at the end.
enum err rerank_read_some(struct rerank_run *r, void *to, size_t n, size_t *got, struct fault *why);
enum err rerank_read(struct rerank_run *r, void *to, size_t n, size_t *got, struct fault *why);
enum err rerank_write(struct rerank_run *r, const void *from, size_t n, struct fault *why);
void rerank_progress(struct rerank_run *r);
uint64_t rerank_now_us(const struct rerank_run *r); // for shares; 0 when they are not asked for
void rerank_summary(const struct rerank_run *r);

// What the pieces of both forms begin with: what was read and what is to be written.
struct rerank_piece { struct buf in, out; };
// ordered_run with `o`'s functions, argument and size of a piece; pieces begin zeroed.
enum err rerank_run_pieces(struct rerank_run *r, struct ordered o, struct fault *why);

// The forms.
enum err rerank_ndjson(struct rerank_run *r, struct fault *why);
enum err rerank_binary(struct rerank_run *r, struct fault *why);
// From one form to the other; nothing is ranked and no database is needed.
enum err rerank_convert(struct rerank_run *r, struct fault *why);

#endif
