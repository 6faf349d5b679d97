-- wrk: sends the lines of the file RIGHTFIT_REQUESTS in turn (a path; or a path, a tab and a JSON body), and prints one line at
-- the end: requests a second, p50 and p99 in microseconds, answers that were not 2xx, failed connections. With RIGHTFIT_TOOK it also reads
-- `took_us` out of every answer, which costs wrk more than the request does, and prints how many answers had it, p50, p99 and the largest.
local requests, at, thread = {}, 0, nil
took = {} -- microseconds -> answers; global, so that done() can fetch it from the thread

function setup(t) thread = t end

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

if os.getenv("RIGHTFIT_TOOK") then
    function response(_, _, body)
        local us = tonumber(body:sub(-400):match('"took_us":(%d+)') or body:sub(1, 400):match('"took_us":(%d+)'))
        if us then took[us] = (took[us] or 0) + 1 end
    end
end

local function print_took(counts)
    local values, n = {}, 0
    for us, count in pairs(counts) do
        values[#values + 1] = us
        n = n + count
    end
    table.sort(values)
    local function at_share(share)
        local below = 0
        for _, us in ipairs(values) do
            below = below + counts[us]
            if below > share * n then return us end
        end
        return values[#values] or 0
    end
    io.write(string.format("TOOK %d %d %d %d\n", n, at_share(0.5), at_share(0.99), values[#values] or 0))
end

function done(summary, latency)
    local e = summary.errors
    io.write(string.format("RESULT %d %d %d %d %d\n", summary.requests / (summary.duration / 1e6), latency:percentile(50),
        latency:percentile(99), e.status, e.connect + e.read + e.write + e.timeout))
    if os.getenv("RIGHTFIT_TOOK") then print_took(thread:get("took")) end
end
