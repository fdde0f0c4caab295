#include "core/subscriber.h"

#include <algorithm>
#include <cstring>

namespace mc {

void Subscriber::take(const net::Packet& packet) {
  const uint64_t generation = generation_;
  if (filter_) {
    const bool wanted = filter_->matches(packet);
    if (!wanted || generation != generation_) {  // a filter may close the listener that asks it
      ++counts.filtered;
      return;
    }
  }
  ++counts.delivered;
  counts.delivered_bytes += std::min(packet.size, mtu_);
  if (remaining_ != kNoLimit) --remaining_;
  const bool is_enough = (packet.size <= mtu_ ? handler_->handle(packet) : show_cut(packet)) != 0;
  if ((is_enough || remaining_ == 0) && generation == generation_) finish();
}

int Subscriber::show_cut(net::Packet packet) {
  packet.size = mtu_;
  packet.flags |= net::kTruncated;
  ++counts.truncated;
  return handler_->handle(packet);
}

bool Subscription::wants(const net::Address& source) const noexcept {
  const auto by_bytes = [](const net::Address& a, const net::Address& b) {
    return std::memcmp(a.bytes.data(), b.bytes.data(), a.bytes.size()) < 0;
  };
  return std::binary_search(sources.begin(), sources.end(), source, by_bytes);
}

}  // namespace mc
