#include "command.h"

#include <stdlib.h>
#include <string.h>

#include "index/base/keyfile.h"

static const char HELP[] =
    "usage: rightfit keys add [--scopes LIST] [--view NAME] [--file FILE]\n"
    "       rightfit keys list [--file FILE]\n"
    "       rightfit keys remove ID [--file FILE]\n\n"
    "Makes API keys for rightfitd --keys FILE. The file keeps a digest only: a key is shown once, when it is made. A running\n"
    "server reads the file again on SIGHUP.\n\n"
    "  --scopes LIST  search, events, write, admin, joined by ',' (search,events unless said)\n"
    "  --view NAME    the key sees what this view shows and nothing else; views are data, see PUT /v1/views\n"
    "  --file FILE    RIGHTFIT_KEYS, else keys in the database's folder\n" COMMON_HELP;

struct arguments {
    struct common common;
    char file[COMMAND_PATH_BYTES];
    uint32_t scopes;
    const char *view; // NULL: none
};

static bool scopes_parse(const char *text, uint32_t *out) {
    *out = 0;
    for (struct slice rest = slice_str(text); rest.p;) {
        uint32_t scope;
        if (!key_scope_parse(slice_trim(slice_cut(&rest, ',')), &scope)) return false;
        *out |= scope;
    }
    return *out != 0;
}

static void scopes_print(uint32_t scopes, const char *view) {
    for (uint32_t bit = 1; bit <= SCOPE_ADMIN; bit <<= 1)
        if (scopes & bit) printf(" %s", key_scope_name((enum key_scope)bit));
    if (view[0]) printf(" view=%s", view);
    putchar('\n');
}

static int key_add(const struct arguments *a) {
    struct fault why = {0};
    struct key key;
    char text[KEY_TEXT_BYTES];
    enum err err = key_generate(a->scopes, &key, text, &why);
    if (a->view) snprintf(key.view, sizeof key.view, "%s", a->view);
    if (err == ERR_OK) err = keyfile_add(a->file, &key, &why);
    if (err != ERR_OK) return command_failed(&why, err);
    puts(text);
    return EXIT_DONE;
}

static int keys_list(const struct arguments *a) {
    struct fault why = {0};
    struct keyfile file;
    enum err err = keyfile_load(a->file, &file, &why);
    if (err != ERR_OK) return command_failed(&why, err);
    for (size_t i = 0; i < file.count; i++) {
        printf("%s", file.keys[i].id);
        scopes_print(file.keys[i].scopes, file.keys[i].view);
    }
    keyfile_destroy(&file);
    return EXIT_DONE;
}

static int key_remove(const struct arguments *a, const char *id) {
    struct fault why = {0};
    enum err err = keyfile_remove(a->file, id, &why);
    return err == ERR_OK ? EXIT_DONE : command_failed(&why, err);
}

static void file_default(struct arguments *a) {
    const char *named = getenv("RIGHTFIT_KEYS");
    if (a->file[0]) return;
    if (named && *named) snprintf(a->file, sizeof a->file, "%s", named);
    else snprintf(a->file, sizeof a->file, "%s/keys", a->common.data);
}

int command_keys(int argc, char **argv) {
    enum { SCOPES = OPTION_OWN, KEY_FILE, VIEW };
    static const struct option OPTIONS[] = {COMMON_OPTIONS, {"scopes", required_argument, NULL, SCOPES}, {"file", required_argument, NULL, KEY_FILE},
                                            {"view", required_argument, NULL, VIEW}, {0}};
    struct arguments a = {.common = common_defaults(), .scopes = SCOPE_SEARCH | SCOPE_EVENTS};
    for (int o; (o = getopt_long(argc, argv, "hq", OPTIONS, NULL)) != -1;) {
        if (o == 'h') return fputs(HELP, stdout), EXIT_DONE;
        else if (o == SCOPES && !scopes_parse(optarg, &a.scopes)) return command_usage("keys");
        else if (o == KEY_FILE) snprintf(a.file, sizeof a.file, "%s", optarg);
        else if (o == VIEW) a.view = optarg;
        else if (o != SCOPES && !common_take(&a.common, o)) return command_usage("keys");
    }
    if (a.view && (!key_view_name_is(slice_str(a.view)) || a.scopes & SCOPE_ADMIN)) return command_usage("keys");
    file_default(&a);
    int left = argc - optind;
    if (left == 1 && strcmp(argv[optind], "add") == 0) return key_add(&a);
    if (left == 1 && strcmp(argv[optind], "list") == 0) return keys_list(&a);
    if (left == 2 && strcmp(argv[optind], "remove") == 0) return key_remove(&a, argv[optind + 1]);
    return command_usage("keys");
}
