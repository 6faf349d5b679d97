// pages.h: large arrays in huge pages where the kernel gives them, since rows read here and there would pay for finding their page.
#ifndef RF_MODEL_PAGES_H
#define RF_MODEL_PAGES_H

#include <stddef.h>

void *pages_new(size_t bytes); // zeroed, page-aligned; NULL: no memory
void pages_free(void *p, size_t bytes);

#endif
