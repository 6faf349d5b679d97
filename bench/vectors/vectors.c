// rightfit-vectors: the scoring kernels beside the bare memory reads, the multiplier, OpenBLAS and FAISS, in turns, on one thread.
//
// A row is one way of answering one question. All rows of a question are asked in turn, round after round with other vectors, and timed by the
// thread's own processor time; what is printed is the median over the rounds of the ratio to the first row. Answers are compared before.
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench/vectors/vectors.h"
#include "model/lanes.h"
#include "model/pages.h"

double vectors_seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static double median(double *values, size_t n) {
    qsort(values, n, sizeof *values, by_value);
    return n % 2 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

void vectors_run(struct vectors_data *data, const char *title, const struct vectors_row *rows, size_t count, unsigned rounds) {
    if (data->only && !strstr(title, data->only)) return;
    double *times = malloc(count * rounds * sizeof *times), *ratios = malloc(rounds * sizeof *ratios);
    if (!times || !ratios) exit(1);
    for (size_t i = 0; i < count; i++) rows[i].run(data, rows[i].arg); // warm
    for (unsigned r = 0; r < rounds; r++)
        for (size_t i = 0; i < count; i++) {
            double began = vectors_seconds();
            unsigned times_asked = rows[i].repeat ? rows[i].repeat : 1;
            for (unsigned n = 0; n < times_asked; n++) rows[i].run(data, rows[i].arg);
            times[i * rounds + r] = (vectors_seconds() - began) / times_asked;
        }
    printf("\n%s\n", title);
    for (size_t i = 0; i < count; i++) {
        for (unsigned r = 0; r < rounds; r++) ratios[r] = times[i * rounds + r] / times[r];
        double ratio = median(ratios, rounds);
        double seconds = median(times + i * rounds, rounds);
        printf("  %-46s %10.1f us  %7.2f x first", rows[i].name, seconds * 1e6, ratio);
        if (rows[i].work > 0) printf("  %8.1f %s", rows[i].work / seconds * 1e-9, rows[i].unit);
        putchar('\n');
    }
    free(times);
    free(ratios);
}

// ---- what there is to ask about -----------------------------------------------------------------------------------------

static uint64_t draw(struct vectors_data *d) { // splitmix64
    uint64_t z = d->random += 0x9E3779B97F4A7C15u;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return z ^ z >> 31;
}

static float normal(struct vectors_data *d) { // the sum of uniform numbers is near enough
    float sum = -2.0f;
    for (unsigned i = 0; i < 4; i++) sum += (float)(draw(d) >> 40) * 0x1p-24f;
    return sum * 1.7320508f;
}

// Items around centres, as trained vectors are: products of a kind lie together, and how long a vector is follows popularity.
static void fill(struct vectors_data *d) {
    float *centres = malloc((size_t)CENTRES * D * sizeof *centres);
    if (!centres) exit(1);
    for (size_t i = 0; i < (size_t)CENTRES * D; i++) centres[i] = normal(d);
    for (size_t i = 0; i < ROWS; i++) {
        const float *centre = centres + draw(d) % CENTRES * D;
        float length = expf(0.3f * normal(d));
        for (unsigned k = 0; k < D; k++) d->rows[i * D + k] = length * (centre[k] + 0.7f * normal(d));
    }
    for (size_t u = 0; u < USERS; u++) {
        const float *centre = centres + draw(d) % CENTRES * D, *other = centres + draw(d) % CENTRES * D;
        for (unsigned k = 0; k < D; k++) d->x[u * D + k] = 0.1f * (centre[k] + 0.6f * other[k] + 0.8f * normal(d));
    }
    free(centres);
    for (size_t i = 0; i < DRAWN; i++) d->list[i] = (uint32_t)(draw(d) % ROWS);
    for (size_t i = 0; i < DRAWN; i++) d->list64[i] = d->list[i];
}

static void *need(void *p) {
    if (p) return p;
    fprintf(stderr, "rightfit-vectors: no memory\n");
    exit(1);
}

void vectors_open(struct vectors_data *d) {
    *d = (struct vectors_data){.random = 64};
    d->rows = need(pages_new((size_t)ROWS * D * sizeof(float)));
    d->x = need(pages_new((size_t)USERS * D * sizeof(float)));
    d->scores = need(pages_new((size_t)ROWS * 32 * sizeof(float)));
    d->list = need(malloc(DRAWN * sizeof *d->list));
    d->list64 = need(malloc(DRAWN * sizeof *d->list64));
    d->bits = need(calloc(1, ROWS / 8 + 8));
    d->eligible = need(calloc(ROWS / 64 + 1, sizeof *d->eligible));
    fill(d);
    d->vectors = vectors_of(d->rows, D, ROWS, D);
    double began = vectors_seconds();
    d->bytes = need(quantised_new(d->rows, D, ROWS, D));
    printf("%u rows of %u floats, %.0f MB; rounded to bytes in %.2f s, %.0f MB\n", ROWS, D, (double)ROWS * D * 4e-6, vectors_seconds() - began,
           (double)quantised_size_bytes(d->bytes) * 1e-6);
    d->scan = need(scan_new(BATCH_MAX, TOP, D));
    if (!shortlist_init(&d->list_memory, TOP)) exit(1);
    d->top = need(malloc(BATCH_MAX * TOP * sizeof *d->top));
    d->peer_scores = need(malloc(BATCH_MAX * TOP * sizeof *d->peer_scores));
    d->peer_ids = need(malloc(BATCH_MAX * TOP * sizeof *d->peer_ids));
}

const float *vectors_users(struct vectors_data *d, size_t n) {
    if (d->user + n > USERS) d->user = 0;
    const float *x = d->x + d->user * D;
    d->user += n;
    return x;
}

size_t vectors_candidates(struct vectors_data *d, size_t n) {
    if (d->drawn + n > DRAWN) d->drawn = 0;
    d->drawn += n;
    return d->drawn - n;
}

int main(int argc, char **argv) {
    struct vectors_data d;
    unsigned rounds = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 15;
    if (argc < 2 || rounds == 0) {
        fprintf(stderr, "usage: rightfit-vectors exact|plan|approximate [ROUNDS [PART OF A TITLE]]\n");
        return 2;
    }
    vectors_open(&d);
    d.only = argc > 3 ? argv[3] : NULL;
    if (strcmp(argv[1], "exact") == 0) vectors_exact(&d, rounds);
    else if (strcmp(argv[1], "plan") == 0) vectors_plan(&d, rounds);
    else vectors_approximate(&d, rounds);
    return 0;
}
