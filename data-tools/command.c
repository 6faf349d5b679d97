#include "command.h"

#include <stdlib.h>
#include <string.h>

#include "index/base/slice.h"

static const char *environment(const char *name, const char *otherwise) {
    const char *value = getenv(name);
    return value && *value ? value : otherwise;
}

struct common common_defaults(void) {
    return (struct common){.data = environment("RIGHTFIT_DATA", "data"), .facts = environment("RIGHTFIT_FACTS", "data-tools/facts")};
}

bool common_take(struct common *c, int option) {
    if (option == OPTION_DATA) c->data = optarg;
    else if (option == OPTION_FACTS) c->facts = optarg;
    else if (option == 'q') c->quiet = true;
    else return false;
    return true;
}

int command_usage(const char *name) {
    fprintf(stderr, "rightfit: try `rightfit %s --help`\n", name);
    return EXIT_NOT_DONE;
}

int command_failed(const struct fault *why, enum err err) {
    fprintf(stderr, "rightfit: %s\n", why->message[0] ? why->message : err_name(err));
    return EXIT_NOT_DONE;
}

enum err command_open(const char *dir, enum db_mode mode, struct db **out, struct fault *why) {
    struct fault reason = {0};
    enum err err = db_open(dir, mode, out, &reason);
    if (err == ERR_LOCKED)
        return fault_set(why, err, "data", "%s is in use by a running server or another command (%s); stop it first", dir, reason.message);
    if (err != ERR_OK) *why = reason;
    return err;
}

bool command_number(const char *text, uint64_t min, uint64_t max, uint64_t *out) {
    return slice_u64(slice_str(text), out) && *out >= min && *out <= max;
}
