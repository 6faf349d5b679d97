#include "pages.h"

#include <sys/mman.h>

#define HUGE_PAGE ((size_t)2 << 20)

static size_t whole_pages(size_t bytes) {
    return (bytes + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
}

// Arrays begin where a huge page begins: the ends of a mapping that is one page longer are given back.
void *pages_new(size_t bytes) {
    size_t size = whole_pages(bytes ? bytes : 1);
    char *p = mmap(NULL, size + HUGE_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED) return NULL;
    size_t before = (HUGE_PAGE - (size_t)p % HUGE_PAGE) % HUGE_PAGE;
    if (before) munmap(p, before);
    if (HUGE_PAGE > before) munmap(p + before + size, HUGE_PAGE - before);
    (void)madvise(p + before, size, MADV_HUGEPAGE); // advice: without it the rows are only slower
    return p + before;
}

void pages_free(void *p, size_t bytes) {
    if (p) munmap(p, whole_pages(bytes ? bytes : 1));
}
