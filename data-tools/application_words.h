// application_words.h: an application in one line of words, for people: "volkswagen golf 2013-2019, displacement 1.4|2.0; front; 2 pieces; if
// with air conditioning". Parked ones say what the source said.
#ifndef RF_TOOLS_APPLICATION_WORDS_H
#define RF_TOOLS_APPLICATION_WORDS_H

#include "index/application.h"

void application_words(struct view *v, const struct application *a, struct buf *out);

#endif
