"""sphinx.py PORT PID FILE SECONDS: the queries put to searchd in batches of 32 over its own protocol, the server's CPU time counted."""
import os, socket, struct, sys, time

BATCH, SEARCH, VERSION, EXTENDED2, UNRANKED = 32, 0, 0x116, 6, 2


def cpu_seconds(pid):
    fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def text(s):
    b = s.encode()
    return struct.pack(">L", len(b)) + b


def query(q):
    """Twenty matches by id, the total counted whole (no cutoff)."""
    return b"".join([
        struct.pack(">5L", 0, 20, EXTENDED2, UNRANKED, 0), text(""), text(q + "*"), struct.pack(">L", 0), text("titles"),
        struct.pack(">LQQLL", 1, 0, 0, 0, 0), text(""), struct.pack(">L", 20), text("@weight desc"), struct.pack(">3L", 0, 0, 0), text(""),
        struct.pack(">LLLL", 0, 0, 0, 0), text(""), struct.pack(">L", 0), text("*")])


def whole(s, n):
    out = b""
    while len(out) < n:
        more = s.recv(n - len(out))
        if not more:
            raise SystemExit("sphinx.py: searchd closed the connection")
        out += more
    return out


class Reader:
    def __init__(self, data): self.data, self.at = data, 0
    def u32(self):
        self.at += 4
        return struct.unpack_from(">L", self.data, self.at - 4)[0]
    def text(self):
        n = self.u32()
        self.at += n
        return self.data[self.at - n:self.at]


def total(r):
    status = r.u32()
    if status not in (0, 3):
        raise SystemExit(f"sphinx.py: {r.text().decode()}")
    if status == 3:
        r.text()
    for _ in range(r.u32()):
        r.text()
    attributes = [(r.text(), r.u32()) for _ in range(r.u32())]
    matches, wide = r.u32(), r.u32()
    r.at += matches * ((8 if wide else 4) + 4 + 4 * len(attributes))
    r.u32()
    found = r.u32()
    r.u32()
    for _ in range(r.u32()):
        r.text(), r.u32(), r.u32()
    return found


def ask(port, batch):
    with socket.create_connection(("127.0.0.1", port)) as s:
        whole(s, 4)
        body = struct.pack(">L", len(batch)) + b"".join(query(q) for q in batch)
        s.sendall(struct.pack(">L", 1) + struct.pack(">HHL", SEARCH, VERSION, len(body)) + body)
        status, _, n = struct.unpack(">HHL", whole(s, 8))
        r = Reader(whole(s, n))
        if status not in (0, 3):
            raise SystemExit(f"sphinx.py: {r.text().decode()}")
        if status == 3:
            r.text()
        return sum(total(r) for _ in batch)


def main(port, pid, path, seconds):
    queries = [line.strip() for line in open(path) if line.strip()]
    batches = [queries[i:i + BATCH] for i in range(0, len(queries), BATCH)]
    began, asked, hits = cpu_seconds(pid), 0, 0
    stop = time.time() + seconds
    while asked < len(queries) or time.time() < stop:
        for batch in batches:
            n = ask(port, batch)
            hits += n if asked < len(queries) else 0
            asked += len(batch)
    print(f"sphinx\t{asked / (cpu_seconds(pid) - began):.0f}\t{hits / len(queries):.1f}")


main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], float(sys.argv[4]))
