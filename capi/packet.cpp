// mc_packet_copy, mc_packet_free and mc_reply.
#include <cstdlib>
#include <cstring>
#include <new>

#include "base/text.h"
#include "core/reply.h"
#include "faces.h"
#include "guard.h"

using mc::Status;
using mc::capi::given;
using mc::capi::guard;

namespace {

constexpr size_t kMostBytes = 65535;  // that a datagram's length can say

}  // namespace

extern "C" {

int mc_packet_copy(mc_packet** out, const mc_packet* packet) {
  return guard([&]() -> Status {
    MC_TRY(given(out, "out"));
    MC_TRY(given(packet, "packet"));
    if (packet->size > kMostBytes) {
      return Status(mc::kErrorSize, mc::cat("a packet of ", packet->size,
                                            " bytes is none; at most ", kMostBytes, " are"));
    }
    if (packet->size != 0) MC_TRY(given(packet->data, "the packet's data"));
    // One block: the struct, and behind it the bytes.
    auto* const copy = static_cast<mc_packet*>(std::malloc(sizeof *packet + packet->size));
    if (copy == nullptr) throw std::bad_alloc();
    *copy = *packet;
    auto* const data = reinterpret_cast<uint8_t*>(copy + 1);
    if (packet->size != 0) std::memcpy(data, packet->data, packet->size);
    copy->data = data;
    *out = copy;
    return {};
  });
}

void mc_packet_free(mc_packet* packet) {
  std::free(packet);
}

int mc_reply(const mc_packet* packet, const void* data, size_t size) {
  return guard([&]() -> Status {
    MC_TRY(given(packet, "packet"));
    return mc::reply(mc::capi::core_of(*packet), {data, size});
  });
}

}  // extern "C"
