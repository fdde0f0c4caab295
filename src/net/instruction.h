// Internal header: programs that the kernel asks about each datagram before it queues it.
#pragma once

#include <cstdint>

namespace mc::net {

// An instruction of classic BPF (kernel: Documentation/networking/filter.rst), laid out as
// <linux/filter.h> has it; socket_program.cpp asserts it. There is one register that counts, A.
struct Instruction {
  enum Code : uint16_t {
    kLoadSize = 0x80,  // A = bytes of the datagram, with its UDP header
    kLoad4 = 0x20,  // A = 4, 2 or 1 bytes at an offset from the UDP header, the first one highest;
    kLoad2 = 0x28,  // where there are none the datagram is dropped
    kLoad1 = 0x30,
    kAnd = 0x54,        // A &= value
    kJump = 0x05,       // over `value` instructions
    kIfEqual = 0x15,    // A == value: over if_true instructions, else over if_false
    kIfGreater = 0x25,  // A > value
    kIfAtLeast = 0x35,  // A >= value
    kReturn = 0x06,     // keeps `value` bytes of the datagram; 0 drops it
  };
  // Offsets from here on count from the IP header.
  static constexpr uint32_t kFromIpHeader = 0xfff00000;
  // More are refused.
  static constexpr unsigned kMost = 4096;

  uint16_t code = 0;
  uint8_t if_true = 0;
  uint8_t if_false = 0;
  uint32_t value = 0;
};

}  // namespace mc::net
