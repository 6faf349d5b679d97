// The graph of interchange as a whole, to find wrong joins: an entry that makes one component of two families of parts is an edge
// without which it falls apart again, a bridge with much on either side.
#include <stdlib.h>

#include "base/limits.h"
#include "base/map.h"
#include "interchange.h"

struct edge { uint32_t from, to, product; };

struct graph {
    struct view *view;
    struct map ids;             // (brand, canonical) -> node
    struct interchange_number *numbers;
    struct edge *edges;
    uint32_t *parent;           // union-find
    uint32_t count, edge_count;
    size_t capacity, edge_capacity;
    uint32_t *first, *adjacent; // CSR: edges of node i are adjacent[first[i], first[i + 1])
};

static void graph_free(struct graph *g) {
    map_destroy(&g->ids);
    free(g->numbers);
    free(g->edges);
    free(g->parent);
    free(g->first);
    free(g->adjacent);
}

static bool room(void **list, size_t count, size_t *capacity, size_t size) {
    if (count < *capacity) return true;
    size_t more = *capacity ? *capacity * 2 : 4096;
    void *grown = realloc(*list, more * size);
    if (!grown) return false;
    *list = grown;
    *capacity = more;
    return true;
}

// ---- nodes and edges ------------------------------------------------------------------------------------------------------------
static enum err node_of(struct graph *g, uint32_t brand, struct slice number, uint32_t *out) {
    struct interchange_number n = {.brand = brand};
    char key[sizeof n.text + sizeof brand];
    size_t length = number_canonical(number, n.text, LIMIT_PART_NUMBER_BYTES + 1);
    *out = UINT32_MAX;
    if (length == 0) return ERR_OK;
    memcpy(key, &brand, sizeof brand);
    memcpy(key + sizeof brand, n.text, length);
    struct hash128 hash = hash128(slice_of(key, sizeof brand + length));
    const uint64_t *known = map_find(&g->ids, hash);
    if (known) {
        *out = (uint32_t)*known;
        return ERR_OK;
    }
    void *list = g->numbers;
    bool fits = room(&list, g->count, &g->capacity, sizeof n);
    g->numbers = list;
    if (!fits || !map_put(&g->ids, hash, g->count)) return ERR_NO_MEMORY;
    g->numbers[g->count] = n;
    *out = g->count++;
    return ERR_OK;
}

static enum err product_edges(struct graph *g, uint32_t product) {
    struct product p;
    uint32_t own, named;
    const struct product_facts *facts = columns_facts(g->view, product);
    if (facts->flags & FACT_DELETED) return ERR_OK;
    TRY(product_load(g->view, product, &p));
    TRY(node_of(g, facts->brand, p.number, &own));
    for (unsigned i = 0; i < p.number_count && own != UINT32_MAX; i++) {
        const struct product_number *n = &p.numbers[i];
        if ((n->relation != NUMBER_OE && n->relation != NUMBER_COMPETITOR) || n->quantity != 1) continue;
        TRY(node_of(g, n->brand, n->number, &named));
        if (named == UINT32_MAX || named == own) continue;
        void *list = g->edges;
        bool fits = room(&list, g->edge_count, &g->edge_capacity, sizeof *g->edges);
        g->edges = list;
        if (!fits) return ERR_NO_MEMORY;
        g->edges[g->edge_count++] = (struct edge){own, named, product};
    }
    return ERR_OK;
}

static uint32_t root_of(uint32_t *parent, uint32_t i) {
    while (parent[i] != i) i = parent[i] = parent[parent[i]];
    return i;
}

static enum err graph_join(struct graph *g) {
    g->parent = malloc(((size_t)g->count + 1) * sizeof *g->parent);
    g->first = calloc((size_t)g->count + 2, sizeof *g->first);
    g->adjacent = malloc(((size_t)g->edge_count * 2 + 1) * sizeof *g->adjacent);
    if (!g->parent || !g->first || !g->adjacent) return ERR_NO_MEMORY;
    for (uint32_t i = 0; i < g->count; i++) g->parent[i] = i;
    for (uint32_t i = 0; i < g->edge_count; i++) {
        const struct edge *e = &g->edges[i];
        uint32_t a = root_of(g->parent, e->from), b = root_of(g->parent, e->to);
        g->parent[a < b ? b : a] = a < b ? a : b;
        g->first[e->from + 2]++;
        g->first[e->to + 2]++;
    }
    for (uint32_t i = 2; i <= g->count + 1; i++) g->first[i] += g->first[i - 1];
    for (uint32_t i = 0; i < g->edge_count; i++) {
        g->adjacent[g->first[g->edges[i].from + 1]++] = i;
        g->adjacent[g->first[g->edges[i].to + 1]++] = i;
    }
    return ERR_OK;
}

// ---- bridges --------------------------------------------------------------------------------------------------------------------
struct visit { uint32_t node, edge, next; }; // edge: the one it was reached by; next: place in adjacent

static void bridge_add(const struct graph *g, struct interchange_component *c, uint32_t edge, uint32_t below) {
    uint32_t above = c->numbers - below, even = below < above ? below : above;
    unsigned at = 0;
    while (at < c->bridge_count && (c->bridges[at].parts[0] < c->bridges[at].parts[1] ? c->bridges[at].parts[0] : c->bridges[at].parts[1]) >= even)
        at++;
    if (at == INTERCHANGE_BRIDGES) return;
    if (c->bridge_count < INTERCHANGE_BRIDGES) c->bridge_count++;
    memmove(&c->bridges[at + 1], &c->bridges[at], (c->bridge_count - 1 - at) * sizeof *c->bridges);
    const struct edge *e = &g->edges[edge];
    c->bridges[at] = (struct interchange_bridge){g->numbers[e->from], g->numbers[e->to], e->product, {below, above}};
}

// Depth first without recursion; an edge is a bridge when nothing below it leads back above it by another edge.
static enum err bridges_find(const struct graph *g, uint32_t root, struct interchange_component *c) {
    uint32_t *order = calloc((size_t)g->count * 3 + 1, sizeof *order), *low = order ? order + g->count : NULL,
             *below = order ? low + g->count : NULL, time = 1;
    struct visit *stack = malloc(((size_t)c->numbers + 1) * sizeof *stack);
    size_t depth = 0;
    if (!order || !stack) {
        free(order);
        free(stack);
        return ERR_NO_MEMORY;
    }
    stack[depth++] = (struct visit){root, UINT32_MAX, g->first[root]};
    order[root] = low[root] = time++;
    below[root] = 1;
    while (depth) {
        struct visit *v = &stack[depth - 1];
        if (v->next < g->first[v->node + 1]) {
            uint32_t edge = g->adjacent[v->next++], to = g->edges[edge].from == v->node ? g->edges[edge].to : g->edges[edge].from;
            if (edge == v->edge) continue;
            if (order[to]) {
                if (order[to] < low[v->node]) low[v->node] = order[to];
                continue;
            }
            order[to] = low[to] = time++;
            below[to] = 1;
            stack[depth++] = (struct visit){to, edge, g->first[to]};
            continue;
        }
        uint32_t node = v->node, edge = v->edge;
        if (--depth == 0) break;
        uint32_t above = stack[depth - 1].node;
        if (low[node] < low[above]) low[above] = low[node];
        below[above] += below[node];
        if (low[node] == order[node]) bridge_add(g, c, edge, below[node]);
    }
    free(order);
    free(stack);
    return ERR_OK;
}

// ---- the report -----------------------------------------------------------------------------------------------------------------
struct size { uint32_t root, numbers, edges; };

static int by_numbers(const void *x, const void *y) {
    const struct size *a = x, *b = y;
    if (a->numbers != b->numbers) return a->numbers < b->numbers ? 1 : -1;
    return (a->root > b->root) - (a->root < b->root);
}

static enum err components_count(struct graph *g, struct interchange_report *out) {
    struct size *sizes = calloc((size_t)g->count + 1, sizeof *sizes);
    if (!sizes) return ERR_NO_MEMORY;
    for (uint32_t i = 0; i < g->count; i++) {
        uint32_t root = root_of(g->parent, i);
        sizes[root].root = root;
        sizes[root].numbers++;
    }
    for (uint32_t i = 0; i < g->edge_count; i++) sizes[root_of(g->parent, g->edges[i].from)].edges++;
    if (g->count) qsort(sizes, g->count, sizeof *sizes, by_numbers);
    enum err e = ERR_OK;
    for (uint32_t i = 0; i < g->count && sizes[i].numbers && e == ERR_OK; i++) {
        unsigned bit = 31u - (unsigned)__builtin_clz(sizes[i].numbers);
        out->components++;
        out->too_large += sizes[i].numbers > INTERCHANGE_NODES_MAX;
        out->sizes[bit < INTERCHANGE_SIZES ? bit : INTERCHANGE_SIZES - 1]++;
        if (i >= INTERCHANGE_LARGEST || sizes[i].numbers < 2) continue;
        struct interchange_component *c = &out->largest[out->largest_count++];
        *c = (struct interchange_component){.numbers = sizes[i].numbers, .edges = sizes[i].edges, .one = g->numbers[sizes[i].root]};
        e = bridges_find(g, sizes[i].root, c);
    }
    free(sizes);
    return e;
}

enum err interchange_report(struct view *v, struct interchange_report *out, void (*progress)(void *, uint64_t, uint64_t), void *arg) {
    struct graph g = {.view = v};
    enum err e = ERR_OK;
    uint32_t products = columns_products(v);
    struct arena *request = v->arena, scratch;
    *out = (struct interchange_report){0};
    map_init(&g.ids);
    arena_init(&scratch, 1 << 16, 64 << 20);
    v->arena = &scratch; // records are read one after the other and not kept
    for (uint32_t p = 1; p <= products && e == ERR_OK; p++) {
        arena_reset(&scratch);
        e = product_edges(&g, p);
        if (progress && p % 4096 == 0) progress(arg, p, products);
    }
    v->arena = request;
    arena_destroy(&scratch);
    if (e == ERR_OK) e = graph_join(&g);
    if (e == ERR_OK) e = components_count(&g, out);
    out->numbers = g.count;
    out->edges = g.edge_count;
    graph_free(&g);
    return e;
}
