#include "server/listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <unistd.h>

#define BACKLOG 4096
#define SYSTEMD_FIRST_FD 3

static enum err bad_address(struct slice text, struct fault *why) {
    return fault_set(why, ERR_BAD_REQUEST, "listen", "\"%.*s\" is not HOST:PORT with a numeric host or localhost",
                     (int)(text.n < 64 ? text.n : 64), text.p);
}

enum err listener_address_parse(struct slice text, struct listener_address *out, struct fault *why) {
    memset(out, 0, sizeof *out);
    const char *colon = text.n ? memrchr(text.p, ':', text.n) : NULL;
    if (!colon) return bad_address(text, why);
    struct slice host = slice_of(text.p, (size_t)(colon - text.p));
    struct slice port_text = slice_of(colon + 1, text.n - host.n - 1);
    uint64_t port = 0;
    if (!slice_u64(port_text, &port) || port > 65535) return bad_address(text, why);
    if (slice_is(host, "localhost")) host = SLICE("127.0.0.1");
    bool bracketed = host.n >= 2 && host.p[0] == '[' && host.p[host.n - 1] == ']';
    if (bracketed) host = slice_of(host.p + 1, host.n - 2);
    char name[INET6_ADDRSTRLEN + 1];
    if (host.n == 0 || host.n >= sizeof name) return bad_address(text, why);
    slice_copy(host, name, sizeof name);
    struct sockaddr_in *v4 = (struct sockaddr_in *)&out->storage;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&out->storage;
    if (!bracketed && inet_pton(AF_INET, name, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons((uint16_t)port);
        out->size = sizeof *v4;
        return ERR_OK;
    }
    if (bracketed && inet_pton(AF_INET6, name, &v6->sin6_addr) == 1) {
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons((uint16_t)port);
        out->size = sizeof *v6;
        return ERR_OK;
    }
    return bad_address(text, why);
}

bool listener_address_is_loopback(const struct listener_address *address) {
    if (address->storage.ss_family == AF_INET) {
        const struct sockaddr_in *v4 = (const struct sockaddr_in *)&address->storage;
        return (ntohl(v4->sin_addr.s_addr) >> 24) == 127;
    }
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)&address->storage;
    return address->storage.ss_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr);
}

static int inherited(void) {
    const char *pid = getenv("LISTEN_PID"), *count = getenv("LISTEN_FDS");
    uint64_t n = 0;
    if (!pid || !count || !slice_u64(slice_str(pid), &n) || n != (uint64_t)getpid()) return -1;
    if (!slice_u64(slice_str(count), &n) || n != 1) return -1;
    if (fcntl(SYSTEMD_FIRST_FD, F_SETFD, FD_CLOEXEC) != 0) return -1;
    if (fcntl(SYSTEMD_FIRST_FD, F_SETFL, O_NONBLOCK) != 0) return -1;
    unsetenv("LISTEN_PID");
    unsetenv("LISTEN_FDS");
    return SYSTEMD_FIRST_FD;
}

static enum err failed(int fd, const char *what, struct fault *why) {
    int error = errno;
    if (fd >= 0) close(fd);
    return fault_set(why, ERR_IO, "listen", "cannot %s the listening socket: %s", what, strerror(error));
}

enum err listener_open(const struct listener_address *address, int *fd_out, struct fault *why) {
    const int on = 1;
    int fd = inherited();
    if (fd < 0) {
        fd = socket(address->storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (fd < 0) return failed(fd, "make", why);
        if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0) return failed(fd, "prepare", why);
        if (bind(fd, (const struct sockaddr *)&address->storage, address->size) != 0) return failed(fd, "bind", why);
        if (listen(fd, BACKLOG) != 0) return failed(fd, "listen on", why);
    }
    if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0) return failed(fd, "prepare", why);
    *fd_out = fd;
    return ERR_OK;
}

unsigned listener_port(int fd) {
    struct sockaddr_storage storage;
    socklen_t size = sizeof storage;
    if (getsockname(fd, (struct sockaddr *)&storage, &size) != 0) return 0;
    if (storage.ss_family == AF_INET6) return ntohs(((struct sockaddr_in6 *)&storage)->sin6_port);
    return ntohs(((struct sockaddr_in *)&storage)->sin_port);
}
