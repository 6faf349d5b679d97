-- wrk: sends the lines of the file RIGHTFIT_REQUESTS in turn (a path; or a path, a tab and a JSON body), and prints one line at
-- the end: requests a second, p50 and p99 in microseconds, answers that were not 2xx, failed connections.
local requests, at = {}, 0

function init()
    local json = {["Content-Type"] = "application/json"}
    for line in io.lines(os.getenv("RIGHTFIT_REQUESTS")) do
        local path, body = line:match("^([^\t]+)\t(.*)$")
        if path then
            requests[#requests + 1] = wrk.format("POST", path, json, body)
        else
            requests[#requests + 1] = wrk.format("GET", line)
        end
    end
end

function request()
    at = at % #requests + 1
    return requests[at]
end

function done(summary, latency)
    local e = summary.errors
    io.write(string.format("RESULT %d %d %d %d %d\n", summary.requests / (summary.duration / 1e6), latency:percentile(50),
        latency:percentile(99), e.status, e.connect + e.read + e.write + e.timeout))
end
