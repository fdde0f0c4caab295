#!/usr/bin/env luajit
-- Hears a group, or speaks to it. docs/languages.md has the same program in other languages.
--
--   talk.lua listen GROUP PORT EXPRESSION [COUNT]   prints what matches, until COUNT or Ctrl-C
--   talk.lua send GROUP PORT TEXT...                each text as one packet
--
-- Without callbacks: LuaJIT's manual calls them slow, and they abort the process in compiled code.
local ffi = require("ffi")

-- Of the C library, to wait for packets and for signals at once.
ffi.cdef [[
typedef struct { uint64_t words[16]; } sigset_t;
struct pollfd { int fd; short events, revents; };
int sigemptyset(sigset_t* set);
int sigaddset(sigset_t* set, int signal);
int sigprocmask(int how, const sigset_t* set, sigset_t* old);
int signalfd(int fd, const sigset_t* set, int flags);
int poll(struct pollfd* fds, unsigned long count, int timeout);
]]

local function fail(message)
  io.stderr:write("talk: ", message, "\n")
  os.exit(1)
end

-- multicast.lua, next to this file, declares the library and loads it.
package.path = arg[0]:gsub("[^/]*$", "?.lua;") .. package.path
local loaded, mc = pcall(require, "multicast")
if not loaded then fail(mc) end
local known, version = pcall(function() return mc.mc_version_number() end)
if not known or version < mc.MC_VERSION_NUMBER then
  fail("libmulticast is older than this program")
end

local function check(result)
  if result < 0 then fail(ffi.string(mc.mc_last_error())) end
  return result
end

-- A handle that is freed when nobody refers to it any more.
local function owned(kind, free, make, ...)
  local out = ffi.new(kind .. "*[1]")
  check(make(out, ...))
  return ffi.gc(out[0], free)
end

-- A descriptor that is readable when the process is asked to end.
local function ending()
  local SIGINT, SIGTERM, SIG_BLOCK = 2, 15, 0
  local set = ffi.new("sigset_t")
  ffi.C.sigemptyset(set)
  ffi.C.sigaddset(set, SIGINT)
  ffi.C.sigaddset(set, SIGTERM)
  ffi.C.sigprocmask(SIG_BLOCK, set, nil)
  return ffi.C.signalfd(-1, set, 0)
end

local function listen(group, port, expression, count)
  local filter = owned("mc_filter", mc.mc_filter_free, mc.mc_filter_regex, expression, #expression)
  local listener = owned("mc_listener", mc.mc_listener_free, mc.mc_listener_new, nil)
  check(mc.mc_listener_set_filter(listener, filter))
  check(mc.mc_listener_add(listener, group, port))
  check(mc.mc_listener_open(listener))

  local READABLE = 1
  local waiting = ffi.new("struct pollfd[2]",
    { { mc.mc_listener_fd(listener), READABLE }, { ending(), READABLE } })
  local packets = ffi.new("const mc_packet* const*[1]") -- lent until the next call
  local source = ffi.new("char[?]", mc.MC_ADDRESS_TEXT_SIZE)
  local left = count
  io.stderr:write("listening\n")
  while left > 0 and waiting[1].revents == 0 do
    ffi.C.poll(waiting, 2, -1)
    local most = math.min(left, mc.MC_MAX_BATCH)
    local came = check(mc.mc_listener_next_many(listener, packets, most, 0))
    for i = 0, came - 1 do
      local packet = packets[0][i]
      mc.mc_address_format(packet.source, source, mc.MC_ADDRESS_TEXT_SIZE)
      print(ffi.string(source) .. ": " .. ffi.string(packet.data, packet.size))
    end
    io.stdout:flush()
    left = left - came
  end

  local stats = ffi.new("mc_stats")
  check(mc.mc_listener_stats(listener, stats, ffi.sizeof(stats)))
  io.stderr:write(("%d arrived, %d delivered, %d filtered, %d lost\n"):format(
    tonumber(stats.arrived), tonumber(stats.delivered), tonumber(stats.filtered),
    tonumber(stats.lost)))
end

-- The whole number that a text is, up to `most`; nil where it is none.
local function whole(text, most)
  local number = tonumber(text)
  return number and number >= 0 and number <= most and number % 1 == 0 and number or nil
end

local verb, group, port, expression, count, more = ...
port = whole(port, 65535) -- the FFI would cut a larger one
count = count == nil and math.huge or whole(count, 2 ^ 53)
if verb == "listen" and port and expression and count and not more then
  listen(group, port, expression, count == 0 and math.huge or count)
elseif verb == "send" and port and expression then
  for _, text in ipairs({ select(4, ...) }) do
    check(mc.mc_sendto(text, #text, group, port, mc.MC_TTL_SUBNET))
  end
else
  io.stderr:write("usage: talk.lua listen GROUP PORT EXPRESSION [COUNT] | ",
    "talk.lua send GROUP PORT TEXT...\n")
  os.exit(2)
end
