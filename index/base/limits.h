// limits.h: every limit, with its name. A limit met is a clear error, never a truncation.
#ifndef RF_BASE_LIMITS_H
#define RF_BASE_LIMITS_H

// requests
#define LIMIT_HEADER_BYTES (16 * 1024)
#define LIMIT_HEADER_COUNT 64
#define LIMIT_QUERY_PARAMS 48
#define LIMIT_BODY_BYTES (64 * 1024)          // query-like bodies
#define LIMIT_BULK_BODY_BYTES (1024 * 1024)   // events, PUT product
#define LIMIT_STREAM_LINE_BYTES (256 * 1024)  // one NDJSON line of a stream of any length
#define LIMIT_CONNECTIONS 16384
#define LIMIT_REQUESTS_PER_CONNECTION 10000
#define LIMIT_REQUEST_ARENA_BYTES (192u * 1024 * 1024) // all types of a make with thousands of cars, of a million products
#define LIMIT_HEADER_TIME_MS 5000
#define LIMIT_IDLE_TIME_MS 60000
#define LIMIT_PROGRESS_TIME_MS 10000          // body in, response out
#define LIMIT_DRAIN_TIME_MS 10000
#define LIMIT_JSON_DEPTH 32

// lists
#define LIMIT_HITS_DEFAULT 20
#define LIMIT_HITS_MAX 100
#define LIMIT_WINDOW_MAX 1000                 // offset + limit
#define LIMIT_FACETS 16
#define LIMIT_FACET_VALUES 100
#define LIMIT_QUERY_BYTES 512                 // q
#define LIMIT_QUERY_WORDS 32
#define LIMIT_RERANK_ITEMS 10000              // of one line

// ids and texts
#define LIMIT_EXTERNAL_ID_BYTES 128
#define LIMIT_TEXT_BYTES 1024                 // titles, names, notes
#define LIMIT_PART_NUMBER_BYTES 64
#define LIMIT_PRODUCT_NUMBERS 4096            // numbers that name one product
#define LIMIT_SAME_NUMBER 64                  // products of one brand under one number

// the data
#define LIMIT_ATTRIBUTES 128                  // distinct attribute names
#define LIMIT_ATTRIBUTE_VALUES 65535          // distinct values of one attribute
#define LIMIT_PRODUCT_VALUES 1024             // attribute values of one product
#define LIMIT_PREDICATE_TERMS 16              // attributes of one application
#define LIMIT_TERM_VALUES 64                  // alternatives of one attribute in one predicate
#define LIMIT_CONDITIONS 8                    // conditions of one application
#define LIMIT_APPLICATIONS 20000              // of one product
#define LIMIT_CONFIGURATIONS 4096             // of one base vehicle
#define LIMIT_KNOWLEDGE_VEHICLES 4096         // base vehicles in one K
#define LIMIT_KEPT_FITMENT_BYTES (16u << 20)  // of what fits one K of many cars, kept for the next who asks; of a thread's ring of decoded records
#define LIMIT_TYPES 4096
#define LIMIT_VIN_VEHICLES 16                 // base vehicles one VIN can be
#define LIMIT_VINS 1000                       // of one request
#define LIMIT_YEAR_MIN 1896
#define LIMIT_YEAR_MAX 2100
#define LIMIT_GARAGE 32
#define LIMIT_USER_EVENTS 200                 // newest events of a user that shape the vector

// storage
#define LIMIT_KEY_BYTES 511                   // LMDB's own
#define LIMIT_MAP_BYTES (256ull << 30)        // reserved address space
#define LIMIT_READERS 512
#define LIMIT_WRITE_QUEUE 65536               // commands waiting for the writer
#define LIMIT_WRITE_BATCH 4096                // commands in one transaction

#endif
