#!/usr/bin/env ruby
# Hears a group, or speaks to it. docs/languages.md has the same program in other languages.
#
#   talk.rb listen GROUP PORT EXPRESSION [COUNT]   prints what matches, until COUNT or Ctrl-C
#   talk.rb send GROUP PORT TEXT...                each text as one packet
require "fiddle/import"
require "io/wait"

# What this program needs of libmulticast.
module Multicast
  extend Fiddle::Importer
  Error = Class.new(StandardError)

  begin
    dlload "libmulticast.so.0"
    extern "int mc_version_number(void)"
    abort "talk: this program needs libmulticast 0.1.0 or later" if mc_version_number < 1_000
  rescue Fiddle::DLError => e
    abort "talk: #{e.message}"
  end

  extern "const char* mc_last_error(void)"
  extern "int mc_address_format(void*, char*, size_t)"
  extern "int mc_sendto(const char*, size_t, const char*, uint16_t, int)"
  extern "int mc_filter_regex(void*, const char*, size_t)"
  extern "void mc_filter_free(void*)"
  extern "int mc_listener_new(void*, void*)"
  extern "void mc_listener_free(void*)"
  extern "int mc_listener_set_filter(void*, void*)"
  extern "int mc_listener_add(void*, const char*, uint16_t)"
  extern "int mc_listener_open(void*)"
  extern "int mc_listener_fd(void*)"
  extern "int mc_listener_next_many(void*, void*, size_t, double)"
  extern "int mc_listener_stats(void*, void*, size_t)"

  # The first members of what the library lends, and of what it fills as far as it is told to.
  Address = struct ["uint16_t family", "uint16_t port", "uint8_t bytes[16]", "uint32_t scope",
                    "uint32_t flow"]
  Packet = struct ["void* data", "size_t size", "size_t wire_size", { source: Address }]
  Stats = struct ["uint64_t arrived", "uint64_t delivered", "uint64_t bytes", "uint64_t filtered",
                  "uint64_t not_for_us", "uint64_t lost"]

  def self.check(result)
    raise Error, mc_last_error.to_s.force_encoding("UTF-8") if result.negative?

    result
  end

  # The handle that a function writes to its first argument.
  def self.made(function, *arguments)
    place = Fiddle::Pointer.malloc(Fiddle::SIZEOF_VOIDP, Fiddle::RUBY_FREE)
    check(send(function, place, *arguments))
    place.ptr
  end

  # A filtering listener, open for the time of the block. Without callbacks: Ruby waits for its
  # descriptor as for any other, so that threads run and signals come meanwhile.
  def self.listen(group, port, expression)
    listener = made(:mc_listener_new, nil)
    filter = made(:mc_filter_regex, expression, expression.bytesize)
    check(mc_listener_set_filter(listener, filter))
    check(mc_listener_add(listener, group, port))
    check(mc_listener_open(listener))
    yield listener, IO.for_fd(check(mc_listener_fd(listener)), autoclose: false)
  ensure
    mc_filter_free(filter)
    mc_listener_free(listener)
  end

  # The packets that are there, at most so many, as pairs of an address and bytes.
  def self.take(listener, most)
    packets = Fiddle::Pointer.malloc(Fiddle::SIZEOF_VOIDP, Fiddle::RUBY_FREE)
    came = check(mc_listener_next_many(listener, packets, most, 0.0))
    Array.new(came) do |index|
      packet = Packet.new((packets.ptr + index * Fiddle::SIZEOF_VOIDP).ptr)
      source = "\0" * 80
      mc_address_format(packet.source.to_ptr, source, source.bytesize)
      [source.unpack1("Z*"), packet.data[0, packet.size]] # copied: it is lent
    end
  end

  def self.stats(listener)
    stats = Stats.malloc(Fiddle::RUBY_FREE)
    check(mc_listener_stats(listener, stats, Stats.size))
    stats
  end
end

def listen(group, port, expression, count)
  Multicast.listen(group, port, expression) do |listener, io|
    warn "listening"
    begin
      left = count
      while left.positive?
        io.wait_readable
        packets = Multicast.take(listener, [left, 64].min)
        packets.each { |source, bytes| puts "#{source}: #{bytes}" }
        left -= packets.size
      end
    rescue SignalException # Ctrl-C, or kill
    end
    stats = Multicast.stats(listener)
    warn "#{stats.arrived} arrived, #{stats.delivered} delivered, #{stats.filtered} filtered, " \
         "#{stats.lost} lost"
  end
end

# The whole number that a text is, up to `most`: the FFI would cut a larger one.
def whole(text, most)
  number = Integer(text, 10)
  raise ArgumentError, "not from 0 to #{most}: #{text}" unless number.between?(0, most)

  number
end

$stdout.sync = true
begin
  verb, group, port, *texts = ARGV
  if verb == "listen" && texts.size.between?(1, 2)
    expression, count = texts
    count = whole(count || "0", 2**63)
    listen(group, whole(port, 65_535), expression, count.zero? ? Float::INFINITY : count)
  elsif verb == "send" && texts.any?
    port = whole(port, 65_535)
    texts.each { |text| Multicast.check(Multicast.mc_sendto(text, text.bytesize, group, port, 1)) }
  else
    warn "usage: talk.rb listen GROUP PORT EXPRESSION [COUNT] | talk.rb send GROUP PORT TEXT..."
    exit 2
  end
rescue Multicast::Error, ArgumentError => e
  abort "talk: #{e.message}"
end
