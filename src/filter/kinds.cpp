#include "filter/kinds.h"

#include <algorithm>
#include <charconv>
#include <cstdint>

#include "base/text.h"
#include "filter/visitor.h"

namespace mc::filter {
namespace {

// Bytes as text: two digits each; of many the first must do.
std::string hex(std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  static constexpr size_t kMostShown = 64;
  if (bytes.empty()) return "none";
  std::string out;
  for (const char each : bytes.substr(0, kMostShown)) {
    const auto byte = static_cast<unsigned char>(each);
    out += {kDigits[byte >> 4], kDigits[byte & 15]};
  }
  if (bytes.size() > kMostShown) out += cat("... (", bytes.size(), " bytes)");
  return out;
}

unsigned longest(net::Family family) noexcept {
  return family == net::Family::kIpv4 ? 32 : 128;
}

// "8" of "10.0.0.0/8".
Result<unsigned> parse_bits(std::string_view text, std::string_view digits, unsigned most) {
  unsigned bits = 0;
  const char* const end = digits.data() + digits.size();
  const auto [rest, error] = std::from_chars(digits.data(), end, bits);
  if (error == std::errc() && rest == end && bits <= most) return bits;
  return Status(kErrorAddress, cat(quoted(text), " is no network: behind the / stands 0 to ", most,
                                   ", the bits that count"));
}

}  // namespace

bool Asked::ask(const Callable& callable, const net::Packet& packet) {
  for (size_t i = 0; i < count_; ++i) {
    if (answers_[i].from == &callable) return answers_[i].accepts;
  }
  const bool accepts = callable.call(packet);
  if (count_ < kMost) answers_[count_++] = {&callable, accepts};
  return accepts;
}

net::Address network_of(const net::Address& address, unsigned bits) noexcept {
  net::Address network;
  network.family = address.family;
  const size_t whole = bits / 8;
  std::copy_n(address.bytes.begin(), whole, network.bytes.begin());
  if (bits % 8 != 0) {
    network.bytes[whole] = static_cast<uint8_t>(address.bytes[whole] & (0xff00U >> (bits % 8)));
  }
  return network;
}

bool MaskedBytes::matches(const net::Packet& packet, Asked&) const {
  if (packet.size < offset_ || packet.size - offset_ < value_.size()) return false;
  const uint8_t* const data = packet.data + offset_;
  for (size_t i = 0; i < value_.size(); ++i) {
    if ((data[i] & static_cast<uint8_t>(mask_[i])) != static_cast<uint8_t>(value_[i])) return false;
  }
  return true;
}

bool SourceNetwork::matches(const net::Packet& packet, Asked&) const {
  return packet.source.family == address_.family && network_of(packet.source, bits_) == address_;
}

void Everything::describe(std::string& text) const {
  text += "everything";
}
void Prefix::describe(std::string& text) const {
  text += cat("prefix ", quoted(bytes_));
}
void MaskedBytes::describe(std::string& text) const {
  text += cat("bytes ", hex(value_), " at ", offset_);
  const bool is_whole = std::all_of(mask_.begin(), mask_.end(),
                                    [](char each) { return static_cast<uint8_t>(each) == 0xff; });
  if (!is_whole) text += cat(" under ", hex(mask_));
}
void SizeRange::describe(std::string& text) const {
  text += cat("size ", least_);
  if (most_ == SIZE_MAX) {
    text += " or more";
  } else if (most_ != least_) {
    text += cat(" to ", most_);
  }
}
void SourceNetwork::describe(std::string& text) const {
  text += cat("source ", address_.text());
  if (bits_ != longest(address_.family)) text += cat("/", bits_);
}
void SourcePort::describe(std::string& text) const {
  text +=
      first_ == last_ ? cat("source port ", first_) : cat("source port ", first_, " to ", last_);
}
void Callable::describe(std::string& text) const {
  text += "callable";
}

void Everything::accept(Visitor& visitor) const {
  visitor.visit(*this);
}
void Prefix::accept(Visitor& visitor) const {
  visitor.visit(*this);
}
void MaskedBytes::accept(Visitor& visitor) const {
  visitor.visit(*this);
}
void SizeRange::accept(Visitor& visitor) const {
  visitor.visit(*this);
}
void SourceNetwork::accept(Visitor& visitor) const {
  visitor.visit(*this);
}
void SourcePort::accept(Visitor& visitor) const {
  visitor.visit(*this);
}
void Callable::accept(Visitor& visitor) const {
  visitor.visit(*this);
}

FilterRef everything() {
  return std::make_shared<const Everything>();
}

Result<FilterRef> prefix(std::string_view bytes) {
  if (bytes.size() > net::kMaxPayload) {
    return Status(kErrorSize, cat("a prefix of ", bytes.size(),
                                  " bytes is longer than any packet, ", net::kMaxPayload));
  }
  return FilterRef(std::make_shared<const Prefix>(std::string(bytes)));
}

Result<FilterRef> bytes_at(size_t offset, std::string_view value, std::string_view mask) {
  if (offset > net::kMaxPayload || value.size() > net::kMaxPayload - offset) {
    return Status(kErrorSize, cat(value.size(), " bytes at ", offset,
                                  " lie beyond the end of any packet, ", net::kMaxPayload));
  }
  std::string ones = mask.empty() ? std::string(value.size(), '\xff') : std::string(mask);
  std::string wanted(value);
  for (size_t i = 0; i < wanted.size(); ++i) {
    wanted[i] = static_cast<char>(static_cast<uint8_t>(wanted[i]) & static_cast<uint8_t>(ones[i]));
  }
  return FilterRef(std::make_shared<const MaskedBytes>(offset, std::move(wanted), std::move(ones)));
}

Result<FilterRef> size_range(size_t least, size_t most) {
  if (least > most || least > net::kMaxPayload) {
    return Status(kErrorSize, cat("no packet has ", least, " to ", most, " bytes; they have 0 to ",
                                  net::kMaxPayload));
  }
  return FilterRef(std::make_shared<const SizeRange>(least, most));
}

Result<FilterRef> source_network(std::string_view text) {
  const size_t slash = text.find('/');
  if (text.find('%') != std::string_view::npos) {
    return Status(kErrorAddress, cat(quoted(text),
                                     " has a scope; leave out what begins with the %: "
                                     "sources of all links are meant"));
  }
  Result<net::Address> parsed = net::parse_address(text.substr(0, slash));
  if (!parsed.ok()) return std::move(parsed).status();
  unsigned bits = longest(parsed->family);
  if (slash != std::string_view::npos) {
    Result<unsigned> given = parse_bits(text, text.substr(slash + 1), bits);
    if (!given.ok()) return std::move(given).status();
    bits = *given;
  }
  const net::Address network = network_of(*parsed, bits);
  if (network != *parsed) {
    return Status(kErrorAddress, cat(quoted(text), " names a host of the network ", network.text(),
                                     "/", bits, "; write the one or the other"));
  }
  return FilterRef(std::make_shared<const SourceNetwork>(network, bits));
}

Result<FilterRef> source_port(uint16_t first, uint16_t last) {
  if (first > last) {
    return Status(kErrorPort, cat("no port is ", first, " to ", last));
  }
  return FilterRef(std::make_shared<const SourcePort>(first, last));
}

}  // namespace mc::filter
