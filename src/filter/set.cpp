#include "filter/set.h"

#include <utility>

#include "filter/regex_engine.h"

namespace mc::filter {
namespace {

// What RE2 may use for the program and its automaton; it takes what it needs.
constexpr int64_t kBudgetOfAll = 8 << 20;
constexpr int64_t kBudgetEach = 8 << 10;  // 8 MiB alone fail at 10,000 expressions

}  // namespace

// One automaton.
struct Set::Part {
  explicit Part(std::vector<int> all)
      : set(engine_options(kBudgetOfAll + kBudgetEach * static_cast<int64_t>(all.size())),
            re2::RE2::ANCHOR_START),
        numbers(std::move(all)) {}
  // As that of the whole, with numbers of its own.
  bool match(std::string_view text, std::vector<int>& matching) const {
    re2::RE2::Set::ErrorInfo error{};
    if (set.Match(re2::StringPiece(text.data(), text.size()), &matching, &error)) return true;
    return error.kind == re2::RE2::Set::kNoError;
  }
  [[gnu::noinline]] static bool match_each(const std::vector<Part>& parts, std::string_view text,
                                           std::vector<int>& matching, std::vector<int>& found) {
    matching.clear();
    for (const Part& part : parts) {
      if (!part.match(text, found)) return false;
      for (const int each : found) matching.push_back(part.numbers[static_cast<size_t>(each)]);
    }
    return true;
  }

  re2::RE2::Set set;
  std::vector<int> numbers;  // of its expressions, in the whole
};

Set::Set() = default;
Set::~Set() = default;

std::unique_ptr<Set> Set::of(std::span<const Expression> expressions) {
  std::vector<std::vector<int>> groups(1);  // the first of those that do not scan
  size_t scanning = 0;
  for (size_t i = 0; i < expressions.size(); ++i) {
    if (expressions[i].scans && scanning++ % kMostScanning == 0) groups.emplace_back();
    (expressions[i].scans ? groups.back() : groups.front()).push_back(static_cast<int>(i));
  }
  std::unique_ptr<Set> made(new Set);
  for (std::vector<int>& group : groups) {
    if (group.empty()) continue;
    Part& part = made->parts_.emplace_back(std::move(group));
    for (const int each : part.numbers) {
      const std::string_view pattern = expressions[static_cast<size_t>(each)].pattern;
      if (part.set.Add(re2::StringPiece(pattern.data(), pattern.size()), nullptr) < 0)
        return nullptr;
    }
    if (!part.set.Compile()) return nullptr;
  }
  return made;
}

size_t Set::automata() const noexcept {
  return parts_.size();
}

bool Set::match(std::string_view text, std::vector<int>& matching) const {
  if (parts_.size() == 1) return parts_.front().match(text, matching);  // the numbers are the same
  return Part::match_each(parts_, text, matching, matching_);
}

}  // namespace mc::filter
