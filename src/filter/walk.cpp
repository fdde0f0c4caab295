#include "filter/walk.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

namespace mc::filter {

// A place is a step that takes a byte, counted from the beginning of the expression; place 0 is
// before all of them. One is left by what comes behind it.
class Walk::Builder {
 public:
  explicit Builder(const Program& program) : program_(program), closure_(program) {
    places_.push_back(program.start());
    place_of_.resize(program.steps().size());
    for (size_t i = program.steps().size(); i-- > 0;) {  // the program is built from its end
      const Step& step = program.steps()[i];
      if (step.kind != Step::Kind::kByte) continue;
      place_of_[i] = static_cast<uint32_t>(places_.size());
      places_.push_back(step.out);
      sets_.push_back(step.bytes);
    }
    words_ = (places_.size() + 63) / 64;
  }

  std::optional<Walk> build() {
    Walk walk;
    walk.has_assertions_ = program_.has_assertions();
    walk.word_count_ = words_;
    if (words_ > kMostWords) return std::nullopt;
    for (const Side before : {Side::kEdge, Side::kWord, Side::kNewline, Side::kOther}) {
      for (const Side after : {Side::kEdge, Side::kWord, Side::kNewline, Side::kOther}) {
        if (!walk.betweens_.empty() && !walk.has_assertions_) break;
        walk.betweens_.push_back(between(before, after));
        walk.work_ = std::max(walk.work_, work_of(walk.betweens_.back()));
        if (walk.work_ > kMostWork) return std::nullopt;
      }
    }
    walk.class_of_ = program_.class_of();
    for (const unsigned char each : program_.classes()) {
      std::vector<uint64_t> takers(words_, 0);
      for (size_t i = 0; i < sets_.size(); ++i) {
        if ((*sets_[i])[each]) set(takers, i + 1);
      }
      walk.takers_.insert(walk.takers_.end(), takers.begin(), takers.end());
    }
    return walk;
  }

 private:
  using Bits = std::vector<uint64_t>;

  static void set(Bits& bits, size_t place) { bits[place / 64] |= uint64_t{1} << place % 64; }

  Between between(Side before, Side after) {
    Between made;
    made.words.resize(words_);
    std::map<Bits, Bits> jumps;  // to: from
    for (size_t place = 0; place < places_.size(); ++place) {
      closure_.clear();
      closure_.add(places_[place], [=](Assertion each) { return holds(each, before, after); });
      Between::Word& word = made.words[place / 64];
      const uint64_t bit = uint64_t{1} << place % 64;
      if (closure_.matches()) word.match |= bit;
      Bits others(words_, 0);
      bool jumps_too = false;
      for (const uint32_t each : closure_.bytes()) {
        const size_t next = place_of_[each];
        if (next == place + 1) {
          word.advance |= bit;
        } else if (next == place) {
          word.stay |= bit;
        } else {
          set(others, next);
          jumps_too = true;
        }
      }
      if (jumps_too) set(jumps.try_emplace(std::move(others), words_, 0).first->second, place);
    }
    for (const auto& [to, from] : jumps) made.jumps.push_back({pieces(from), pieces(to)});
    return made;
  }

  static std::vector<Piece> pieces(const Bits& bits) {
    std::vector<Piece> made;
    for (size_t i = 0; i < bits.size(); ++i) {
      if (bits[i] != 0) made.push_back({static_cast<uint32_t>(i), bits[i]});
    }
    return made;
  }

  static constexpr size_t kJumpWork = 3;  // a branch that cannot be foreseen

  static size_t work_of(const Between& between) {
    size_t work = between.words.size() * 3;
    for (const Jump& each : between.jumps) work += kJumpWork + each.from.size() + each.to.size();
    return work;
  }

  const Program& program_;
  Closure closure_;
  std::vector<uint32_t> places_;  // what comes behind each
  std::vector<uint32_t> place_of_;
  std::vector<const ByteSet*> sets_;
  size_t words_ = 0;
};

std::optional<Walk> Walk::make(const Program& program) {
  return Builder(program).build();
}

bool Walk::matched(const Between& between, const uint64_t* at) noexcept {
  uint64_t matches = 0;
  for (size_t i = 0; i < between.words.size(); ++i) matches |= at[i] & between.words[i].match;
  return matches != 0;
}

void Walk::follow(const Between& between, const uint64_t* at, uint64_t* next) noexcept {
  uint64_t carried = 0;
  for (size_t i = 0; i < between.words.size(); ++i) {
    const Between::Word& word = between.words[i];
    const uint64_t advancing = at[i] & word.advance;
    next[i] = advancing << 1 | carried | (at[i] & word.stay);
    carried = advancing >> 63;
  }
  for (const Jump& each : between.jumps) {
    uint64_t present = 0;
    for (const Piece& piece : each.from) present |= at[piece.word] & piece.bits;
    if (present == 0) continue;
    for (const Piece& piece : each.to) next[piece.word] |= piece.bits;
  }
}

bool Walk::matches(const unsigned char* data, size_t size) const noexcept {
  std::array<uint64_t, kMostWords> at{};
  std::array<uint64_t, kMostWords> next;
  at[0] = 1;
  Side before = Side::kEdge;
  for (size_t i = 0; i < size; ++i) {
    const Side after = has_assertions_ ? side_of(data[i]) : Side::kOther;
    const Between& here = between(before, after);
    if (matched(here, at.data())) return true;
    follow(here, at.data(), next.data());
    const uint64_t* const takers = &takers_[class_of_[data[i]] * word_count_];
    uint64_t alive = 0;
    for (size_t word = 0; word < word_count_; ++word) {
      at[word] = next[word] & takers[word];
      alive |= at[word];
    }
    if (alive == 0) return false;
    before = after;
  }
  return matched(between(before, Side::kEdge), at.data());
}

}  // namespace mc::filter
