#include "filter/set.h"

#include "filter/regex_engine.h"

namespace mc::filter {
namespace {

// What RE2 may use for the program and its automaton; it takes what it needs.
constexpr int64_t kBudgetOfAll = 8 << 20;
constexpr int64_t kBudgetEach = 8 << 10;  // 8 MiB alone fail at 10,000 expressions

}  // namespace

struct Set::Engine {
  explicit Engine(size_t count)
      : set(engine_options(kBudgetOfAll + kBudgetEach * static_cast<int64_t>(count)),
            re2::RE2::ANCHOR_START) {}
  re2::RE2::Set set;
};

Set::Set(std::unique_ptr<Engine> engine) noexcept : engine_(std::move(engine)) {}
Set::~Set() = default;

std::unique_ptr<Set> Set::of(std::span<const std::string_view> patterns) {
  auto engine = std::make_unique<Engine>(patterns.size());
  for (const std::string_view each : patterns) {
    if (engine->set.Add(re2::StringPiece(each.data(), each.size()), nullptr) < 0) return nullptr;
  }
  if (!engine->set.Compile()) return nullptr;
  return std::unique_ptr<Set>(new Set(std::move(engine)));
}

bool Set::match(std::string_view text, std::vector<int>& matching) const {
  re2::RE2::Set::ErrorInfo error{};
  if (engine_->set.Match(re2::StringPiece(text.data(), text.size()), &matching, &error))
    return true;
  return error.kind == re2::RE2::Set::kNoError;
}

}  // namespace mc::filter
