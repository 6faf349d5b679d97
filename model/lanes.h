// lanes.h: sixteen 32-bit numbers at a time, and the few operations on them that compilers do not find by themselves.
//
// With AVX-512 a value is one register; without, the compiler makes two or four of it, and what is written with intrinsics here
// has a plain form beside it. Results are the same up to the rounding of lanes_fma, which is fused only where the CPU can.
// Everything is for the inner loops of score, scan and gather and knows nothing of rows or persons.
#ifndef RF_MODEL_LANES_H
#define RF_MODEL_LANES_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>
#if defined(__AVX2__) || defined(__AVX512F__)
#include <immintrin.h>
#endif

#define LANES 16u
#define LANES_INLINE static inline __attribute__((always_inline))

typedef float lanes_f __attribute__((vector_size(64)));
typedef int32_t lanes_i __attribute__((vector_size(64)));

// How many users' sums the registers hold, each over LANES_TILE x 16 items.
#if defined(__AVX512F__)
#define LANES_USERS 12u
#define LANES_TILE 2u
#elif defined(__AVX2__)
#define LANES_USERS 6u
#define LANES_TILE 1u
#else
#define LANES_USERS 3u
#define LANES_TILE 1u
#endif

LANES_INLINE lanes_f lanes_load(const float *p) {
    lanes_f v;
    memcpy(&v, p, sizeof v);
    return v;
}
// The first n < 16, the others 0.
LANES_INLINE lanes_f lanes_load_some(const float *p, unsigned n) {
    lanes_f v = {0};
    memcpy(&v, p, n * sizeof *p);
    return v;
}
LANES_INLINE void lanes_store(float *p, lanes_f v) { memcpy(p, &v, sizeof v); }
LANES_INLINE lanes_f lanes_all(float x) { return x - (lanes_f){0}; }
LANES_INLINE lanes_i lanes_load_words(const void *p) {
    lanes_i v;
    memcpy(&v, p, sizeof v);
    return v;
}
LANES_INLINE lanes_i lanes_all_words(int32_t x) { return x - (lanes_i){0}; }
LANES_INLINE lanes_f lanes_float(lanes_i v) { return __builtin_convertvector(v, lanes_f); }

// a * b + c
LANES_INLINE lanes_f lanes_fma(lanes_f a, lanes_f b, lanes_f c) {
#if defined(__AVX512F__)
    return (lanes_f)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c);
#elif defined(__FMA__)
    union { lanes_f all; __m256 half[2]; } x = {a}, y = {b}, z = {c};
    for (unsigned i = 0; i < 2; i++) z.half[i] = _mm256_fmadd_ps(x.half[i], y.half[i], z.half[i]);
    return z.all;
#else
    return a * b + c;
#endif
}

// sums[i] += the four products of the unsigned bytes of rows[i] with the signed bytes of user[i].
LANES_INLINE lanes_i lanes_dot_bytes(lanes_i sums, lanes_i rows, lanes_i user) {
#if defined(__AVX512VNNI__)
    return (lanes_i)_mm512_dpbusd_epi32((__m512i)sums, (__m512i)rows, (__m512i)user);
#elif defined(__AVX2__)
    // Even and odd bytes as words: madd of unsigned with signed bytes would saturate.
    union { lanes_i all; __m256i half[2]; } s = {sums}, r = {rows}, u = {user};
    for (unsigned i = 0; i < 2; i++) {
        __m256i even = _mm256_madd_epi16(_mm256_and_si256(r.half[i], _mm256_set1_epi16(255)), _mm256_srai_epi16(_mm256_slli_epi16(u.half[i], 8), 8));
        __m256i odd = _mm256_madd_epi16(_mm256_srli_epi16(r.half[i], 8), _mm256_srai_epi16(u.half[i], 8));
        s.half[i] = _mm256_add_epi32(s.half[i], _mm256_add_epi32(even, odd));
    }
    return s.all;
#else
    union { lanes_i all; uint8_t bytes[64]; } r = {rows};
    union { lanes_i all; int8_t bytes[64]; } u = {user};
    for (unsigned b = 0; b < 4; b++) {
        lanes_i product = {0};
        for (unsigned i = 0; i < LANES; i++) product[i] = r.bytes[4 * i + b] * u.bytes[4 * i + b];
        sums += product;
    }
    return sums;
#endif
}

// Bit i: not (v[i] < bound[i]); set for NaN on either side.
LANES_INLINE uint32_t lanes_not_below(lanes_f v, lanes_f bound) {
#if defined(__AVX512F__)
    return _mm512_cmp_ps_mask((__m512)v, (__m512)bound, _CMP_NLT_UQ);
#elif defined(__AVX2__)
    union { lanes_f all; __m256 half[2]; } x = {v}, y = {bound};
    return (uint32_t)_mm256_movemask_ps(_mm256_cmp_ps(x.half[0], y.half[0], _CMP_NLT_UQ)) |
           (uint32_t)_mm256_movemask_ps(_mm256_cmp_ps(x.half[1], y.half[1], _CMP_NLT_UQ)) << 8;
#else
    lanes_i below = v < bound;
    uint32_t mask = 0;
    for (unsigned i = 0; i < LANES; i++) mask |= (below[i] ? 0u : 1u) << i;
    return mask;
#endif
}

// The sums of sixteen vectors, in their order. Each is summed as halves: lane l with l + 8, then l + 4, l + 2, l + 1.
#define LANES_HALVES(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#define LANES_ADD_UP(name, lanes)                                                                                                  \
    LANES_INLINE lanes name(const lanes *v) {                                                                                      \
        lanes s[8];                                                                                                                \
        for (unsigned i = 0; i < 8; i++)                                                                                           \
            s[i] = LANES_HALVES(v[2 * i], v[2 * i + 1], 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23) +                  \
                   LANES_HALVES(v[2 * i], v[2 * i + 1], 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31);             \
        for (unsigned i = 0; i < 4; i++)                                                                                           \
            s[i] = LANES_HALVES(s[2 * i], s[2 * i + 1], 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27) +                \
                   LANES_HALVES(s[2 * i], s[2 * i + 1], 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31);               \
        for (unsigned i = 0; i < 2; i++)                                                                                           \
            s[i] = LANES_HALVES(s[2 * i], s[2 * i + 1], 0, 1, 4, 5, 8, 9, 12, 13, 16, 17, 20, 21, 24, 25, 28, 29) +                \
                   LANES_HALVES(s[2 * i], s[2 * i + 1], 2, 3, 6, 7, 10, 11, 14, 15, 18, 19, 22, 23, 26, 27, 30, 31);               \
        return LANES_HALVES(s[0], s[1], 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30) +                               \
               LANES_HALVES(s[0], s[1], 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31);                                \
    }
LANES_ADD_UP(lanes_add_up, lanes_f)
LANES_ADD_UP(lanes_add_up_words, lanes_i)

// The sum of one vector, in the order of lanes_add_up.
LANES_INLINE float lanes_sum(lanes_f v) {
    float s[LANES];
    lanes_store(s, v);
    for (unsigned half = LANES / 2; half; half /= 2)
        for (unsigned l = 0; l < half; l++) s[l] += s[l + half];
    return s[0];
}

// r[i][l] becomes r[l][i].
LANES_INLINE void lanes_transpose(lanes_i *r) {
#define LANES_SWAP(step, ...)                                                                                                      \
    for (unsigned i = 0; i < LANES; i++)                                                                                           \
        if (!(i & step)) {                                                                                                         \
            lanes_i a = r[i], b = r[i + step];                                                                                     \
            r[i] = __builtin_shufflevector(a, b, LANES_LOW_##step);                                                                \
            r[i + step] = __builtin_shufflevector(a, b, LANES_HIGH_##step);                                                        \
        }
#define LANES_LOW_1 0, 16, 2, 18, 4, 20, 6, 22, 8, 24, 10, 26, 12, 28, 14, 30
#define LANES_HIGH_1 1, 17, 3, 19, 5, 21, 7, 23, 9, 25, 11, 27, 13, 29, 15, 31
#define LANES_LOW_2 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29
#define LANES_HIGH_2 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31
#define LANES_LOW_4 0, 1, 2, 3, 16, 17, 18, 19, 8, 9, 10, 11, 24, 25, 26, 27
#define LANES_HIGH_4 4, 5, 6, 7, 20, 21, 22, 23, 12, 13, 14, 15, 28, 29, 30, 31
#define LANES_LOW_8 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23
#define LANES_HIGH_8 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31
    LANES_SWAP(1)
    LANES_SWAP(2)
    LANES_SWAP(4)
    LANES_SWAP(8)
#undef LANES_SWAP
}

#endif
