// listener.h: the one listening socket, shared by all workers.
//
// One socket rather than one per worker (SO_REUSEPORT): closing a per-worker socket drops the connections that wait in
// its queue, a shared one can be emptied before it is closed and can be handed over by systemd (LISTEN_FDS=1).
#ifndef RF_SERVER_LISTENER_H
#define RF_SERVER_LISTENER_H

#include <sys/socket.h>

#include "index/base/err.h"
#include "index/base/slice.h"

struct listener_address {
    struct sockaddr_storage storage;
    socklen_t size;
};

// "127.0.0.1:7700", "localhost:7700", "[::1]:7700", "0.0.0.0:0". Names other than localhost are not looked up.
enum err listener_address_parse(struct slice text, struct listener_address *out, struct fault *why);
bool listener_address_is_loopback(const struct listener_address *address);
// A non-blocking, listening descriptor with TCP_NODELAY (accepted sockets inherit it); the caller closes it.
// Takes the descriptor passed by systemd when there is one. ERR_IO with the reason.
enum err listener_open(const struct listener_address *address, int *fd_out, struct fault *why);
unsigned listener_port(int fd);

#endif
