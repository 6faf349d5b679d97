// rightfit: gets data into the database, out of it, and learnt from.
#include "command.h"

#include <locale.h>
#include <string.h>

static const struct command {
    const char *name, *summary;
    int (*run)(int argc, char **argv);
} COMMANDS[] = {
    {"import", "read vehicles, products, fitment, users and events from files", command_import},
    {"synth", "write sample products, workshops, users and events around the vehicles", command_synth},
    {"train", "learn vectors from the events and switch to them", command_train},
    {"generations", "list what was trained; go back to the generation before", command_generations},
    {"eval", "measure the learnt order on each person's last choice", command_eval},
    {"rerank", "put lists of products in their people's order, lines in, lines out", command_rerank},
    {"lint", "tell what is wrong with files of fitment", command_lint},
    {"check", "verify every record and the current vectors", command_check},
    {"snapshot", "copy a live database, consistent and with checksums", command_snapshot},
    {"restore", "put a snapshot in a database's place", command_restore},
    {"export", "write products and what they fit: JSON lines, a table, ACES", command_export},
    {"imports", "list what was imported, and when", command_imports},
    {"rollback", "take the newest import back", command_rollback},
    {"vin", "say what VINs stand for", command_vin},
    {"keys", "make, list and remove API keys", command_keys},
    {"stats", "show what the database holds", command_stats},
    {"help", "show this text, or a command's", command_help},
};
enum { COMMAND_COUNT = sizeof COMMANDS / sizeof *COMMANDS };

static const struct command *find(const char *name) {
    for (unsigned i = 0; i < COMMAND_COUNT; i++)
        if (strcmp(COMMANDS[i].name, name) == 0) return &COMMANDS[i];
    return NULL;
}

static void overview(FILE *out) {
    fputs("usage: rightfit COMMAND [OPTION...]\n\n", out);
    for (unsigned i = 0; i < COMMAND_COUNT; i++) fprintf(out, "  %-11s %s\n", COMMANDS[i].name, COMMANDS[i].summary);
    fputs("\n`rightfit COMMAND --help` tells all options. Exit status: 0 done; 1 done, but look at the messages; 2 not done.\n", out);
}

int command_help(int argc, char **argv) {
    static char help[] = "--help";
    const struct command *c = argc > 1 ? find(argv[1]) : NULL;
    if (!c || c->run == command_help) {
        overview(stdout);
        return argc > 1 && !c ? EXIT_NOT_DONE : EXIT_DONE;
    }
    char *arguments[] = {argv[1], help, NULL};
    optind = 1;
    return c->run(2, arguments);
}

int main(int argc, char **argv) {
    setlocale(LC_NUMERIC, "C");
    if (argc < 2) {
        overview(stderr);
        return EXIT_NOT_DONE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) return command_help(1, argv + 1);
    const struct command *c = find(argv[1]);
    if (c) return c->run(argc - 1, argv + 1);
    fprintf(stderr, "rightfit: there is no command %s; try `rightfit help`\n", argv[1]);
    return EXIT_NOT_DONE;
}
