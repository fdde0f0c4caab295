// What a fuzz target is made of: libFuzzer calls it, or replay.cpp with the files of a corpus.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace mc::fuzz {

inline void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "fuzz: %s\n", what);
  std::abort();
}

// Takes an input apart, from its beginning; what is missing is 0.
class Input {
 public:
  Input(const uint8_t* data, size_t size) : data_(data), size_(size) {}
  uint8_t byte() { return at_ < size_ ? data_[at_++] : uint8_t{0}; }
  size_t below(size_t bound) { return byte() % bound; }
  std::string bytes(size_t count) {
    std::string out;
    while (out.size() < count && at_ < size_) out += static_cast<char>(data_[at_++]);
    return out;
  }
  std::string rest() { return bytes(size_); }
  bool is_empty() const { return at_ == size_; }

 private:
  const uint8_t* data_;
  size_t size_;
  size_t at_ = 0;
};

}  // namespace mc::fuzz
