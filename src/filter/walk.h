// Internal header: matching an expression without an automaton: all places in it that a packet may
// have reached are followed together, as bits. A byte always costs the same, whatever came before.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "filter/program.h"

namespace mc::filter {

class Walk {
 public:
  // Operations on words that one byte may cost, each about 0.7 ns.
  static constexpr size_t kMostWork = 128;

  // None: a byte would cost more than that.
  static std::optional<Walk> make(const Program& program);

  bool matches(const unsigned char* data, size_t size) const noexcept;

  size_t work() const noexcept { return work_; }

 private:
  static constexpr size_t kMostWords = kMostWork / 3;

  struct Piece {
    uint32_t word;
    uint64_t bits;
  };
  // From each of some places on to each of some others.
  struct Jump {
    std::vector<Piece> from;
    std::vector<Piece> to;
  };
  // What holds between two bytes of certain kinds.
  struct Between {
    struct Word {
      uint64_t advance = 0;  // on to the next place
      uint64_t stay = 0;
      uint64_t match = 0;
    };
    std::vector<Word> words;
    std::vector<Jump> jumps;
  };
  class Builder;

  Walk() = default;
  const Between& between(Side before, Side after) const noexcept {
    return betweens_[has_assertions_ ? static_cast<size_t>(before) * 4 + static_cast<size_t>(after)
                                     : 0];
  }
  static bool matched(const Between& between, const uint64_t* at) noexcept;
  static void follow(const Between& between, const uint64_t* at, uint64_t* next) noexcept;

  bool has_assertions_ = false;
  size_t word_count_ = 0;
  size_t work_ = 0;
  std::vector<unsigned char> class_of_;
  std::vector<uint64_t> takers_;  // by class: places that take such a byte
  std::vector<Between> betweens_;
};

}  // namespace mc::filter
