// Internal header: the kinds of filters that look at one thing.
#pragma once

#include <cstring>
#include <string>
#include <utility>

#include "filter/filter.h"
#include "net/address.h"

namespace mc::filter {

class Everything final : public Filter {
 public:
  using Filter::matches;
  bool matches(const net::Packet&, Asked&) const override { return true; }
  Cost cost() const noexcept override { return Cost::kHeader; }
  void describe(std::string& text) const override;
  void accept(Visitor& visitor) const override;
};

class Prefix final : public Filter {
 public:
  explicit Prefix(std::string bytes) noexcept : bytes_(std::move(bytes)) {}
  using Filter::matches;
  bool matches(const net::Packet& packet, Asked&) const override {
    return packet.size >= bytes_.size() &&
           (bytes_.empty() || std::memcmp(packet.data, bytes_.data(), bytes_.size()) == 0);
  }
  Cost cost() const noexcept override { return Cost::kBytes; }
  void describe(std::string& text) const override;
  void accept(Visitor& visitor) const override;

  const std::string& bytes() const noexcept { return bytes_; }

 private:
  std::string bytes_;
};

class MaskedBytes final : public Filter {
 public:
  // `value` and `mask` are of one length; value has no ones where the mask has none.
  MaskedBytes(size_t offset, std::string value, std::string mask) noexcept
      : offset_(offset), value_(std::move(value)), mask_(std::move(mask)) {}
  using Filter::matches;
  bool matches(const net::Packet& packet, Asked& asked) const override;
  Cost cost() const noexcept override { return Cost::kBytes; }
  void describe(std::string& text) const override;
  void accept(Visitor& visitor) const override;

  size_t offset() const noexcept { return offset_; }
  const std::string& value() const noexcept { return value_; }
  const std::string& mask() const noexcept { return mask_; }

 private:
  size_t offset_;
  std::string value_;
  std::string mask_;
};

class SizeRange final : public Filter {
 public:
  SizeRange(size_t least, size_t most) noexcept : least_(least), most_(most) {}
  using Filter::matches;
  bool matches(const net::Packet& packet, Asked&) const override {
    return packet.size >= least_ && packet.size <= most_;
  }
  Cost cost() const noexcept override { return Cost::kHeader; }
  void describe(std::string& text) const override;
  void accept(Visitor& visitor) const override;

  size_t least() const noexcept { return least_; }
  size_t most() const noexcept { return most_; }

 private:
  size_t least_;
  size_t most_;
};

class SourceNetwork final : public Filter {
 public:
  // `address` has no ones behind its first `bits`.
  SourceNetwork(const net::Address& address, unsigned bits) noexcept
      : address_(address), bits_(bits) {}
  using Filter::matches;
  bool matches(const net::Packet& packet, Asked& asked) const override;
  Cost cost() const noexcept override { return Cost::kHeader; }
  void describe(std::string& text) const override;
  void accept(Visitor& visitor) const override;

  const net::Address& address() const noexcept { return address_; }
  unsigned bits() const noexcept { return bits_; }

 private:
  net::Address address_;
  unsigned bits_;
};

class SourcePort final : public Filter {
 public:
  SourcePort(uint16_t first, uint16_t last) noexcept : first_(first), last_(last) {}
  using Filter::matches;
  bool matches(const net::Packet& packet, Asked&) const override {
    return packet.source.family != net::Family::kNone && packet.source.port >= first_ &&
           packet.source.port <= last_;
  }
  Cost cost() const noexcept override { return Cost::kHeader; }
  void describe(std::string& text) const override;
  void accept(Visitor& visitor) const override;

  uint16_t first() const noexcept { return first_; }
  uint16_t last() const noexcept { return last_; }

 private:
  uint16_t first_;
  uint16_t last_;
};

// Asks code of the user's.
class Callable : public Filter {
 public:
  using Filter::matches;
  bool matches(const net::Packet& packet, Asked& asked) const override {
    return asked.ask(*this, packet);
  }
  Cost cost() const noexcept override { return Cost::kCallable; }
  void describe(std::string& text) const override;
  void accept(Visitor& visitor) const override;

  virtual bool call(const net::Packet& packet) const = 0;
};

// The address with nothing but its first `bits`, without port, scope and flow label.
net::Address network_of(const net::Address& address, unsigned bits) noexcept;

}  // namespace mc::filter
