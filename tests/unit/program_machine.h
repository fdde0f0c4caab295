// A machine for the programs that filters are lowered to.
#pragma once

#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>

#include "net/instruction.h"
#include "net/packet.h"

namespace mc::filter {

// A UDP datagram as the kernel shows it to a program: IP header, UDP header, payload.
struct Datagram {
  Datagram(const net::Address& source, std::string bytes) : payload(std::move(bytes)) {
    packet.data = reinterpret_cast<const uint8_t*>(payload.data());
    packet.size = packet.wire_size = payload.size();
    packet.source = source;
    const bool is_ipv4 = source.family == net::Family::kIpv4;
    ip.assign(is_ipv4 ? 20 : 40, '\0');
    for (size_t i = 0; i < (is_ipv4 ? 4 : 16); ++i)
      ip[(is_ipv4 ? 12 : 8) + i] = static_cast<char>(source.bytes[i]);
    udp = {static_cast<char>(source.port >> 8), static_cast<char>(source.port), 0, 0, 0, 0, 0, 0};
    udp += payload;
  }
  Datagram(const Datagram&) = delete;
  Datagram& operator=(const Datagram&) = delete;

  std::string payload;
  std::string ip;
  std::string udp;
  net::Packet packet;
};

// What the kernel does with a program, written from its documentation. A fault of the program throws
// std::logic_error.
inline bool passes(std::span<const net::Instruction> program, const Datagram& datagram) {
  using net::Instruction;
  uint32_t a = 0;
  for (size_t at = 0; at < program.size(); ++at) {
    const Instruction& now = program[at];
    const auto jump = [&](bool is_true) { at += is_true ? now.if_true : now.if_false; };
    const bool is_in_ip = now.value >= Instruction::kFromIpHeader;
    const std::string& bytes = is_in_ip ? datagram.ip : datagram.udp;
    const size_t offset = is_in_ip ? now.value - Instruction::kFromIpHeader : now.value;
    size_t count = 0;
    switch (now.code) {
      case Instruction::kLoadSize:
        a = static_cast<uint32_t>(datagram.udp.size());
        break;
      case Instruction::kLoad4:
        count = 4;
        break;
      case Instruction::kLoad2:
        count = 2;
        break;
      case Instruction::kLoad1:
        count = 1;
        break;
      case Instruction::kAnd:
        a &= now.value;
        break;
      case Instruction::kJump:
        at += now.value;
        break;
      case Instruction::kIfEqual:
        jump(a == now.value);
        break;
      case Instruction::kIfGreater:
        jump(a > now.value);
        break;
      case Instruction::kIfAtLeast:
        jump(a >= now.value);
        break;
      case Instruction::kReturn:
        return now.value != 0;
      default:
        throw std::logic_error("unknown instruction");
    }
    if (count == 0) continue;
    // The kernel would drop the datagram.
    if (offset + count > bytes.size()) throw std::logic_error("loads what is not there");
    a = 0;
    for (size_t i = 0; i < count; ++i) a = a << 8 | static_cast<uint8_t>(bytes[offset + i]);
  }
  throw std::logic_error("the program has no end");
}

}  // namespace mc::filter
