#include "filter/regex.h"

#include <cstring>
#include <map>
#include <new>
#include <utility>

#include "base/text.h"
#include "filter/automaton.h"
#include "filter/print.h"
#include "filter/regex_engine.h"
#include "filter/scanning.h"
#include "filter/visitor.h"

namespace mc::filter {
namespace {

constexpr size_t kLongestPrefix = 256;

// Appends the only text that a part matches. False: there is no such.
bool append_literal(const Node& node, std::string& text) {
  switch (node.kind) {
    case Node::Kind::kBytes:
      if (node.bytes.count() != 1 || text.size() >= kLargestSize) return false;
      text += static_cast<char>(node.bytes._Find_first());
      return true;
    case Node::Kind::kConcatenation:
      for (const Node& each : node.parts) {
        if (!append_literal(each, text)) return false;
      }
      return true;
    case Node::Kind::kRepetition:
      if (node.least != node.most) return false;
      for (unsigned i = 0; i < node.least; ++i) {
        if (!append_literal(node.parts.front(), text)) return false;
      }
      return true;
    case Node::Kind::kAssertion:  // the packet's first byte is where a match begins
      return text.empty() &&
             (node.assertion == Assertion::kBeginText || node.assertion == Assertion::kBeginLine);
    case Node::Kind::kAlternatives:
      return false;
  }
  return false;
}

bool is_plain(std::string_view pattern) noexcept {
  return pattern.find_first_of("\\.+*?()[]{}|^$") == std::string_view::npos;
}

Parsed parse(std::string_view pattern) {
  std::map<std::pair<std::string, bool>, ByteSet> known;
  return parse_expression(pattern, [&](std::string_view name, bool fold) {
    const auto [place, is_new] = known.try_emplace({std::string(name), fold});
    if (is_new) place->second = unicode_class(name, fold);
    return place->second;
  });
}

Status refused(std::string_view pattern, std::string_view why) {
  return Status(kErrorPattern, cat("the expression ", quoted(pattern), " is refused: ", why));
}

Status too_costly(std::string_view pattern) {
  return Status(
      kErrorCostly,
      cat("the expression ", quoted(pattern),
          " is refused as costly: packets could make it slow, because what is to be remembered of "
          "the bytes already read, above all by a counted repetition behind .* or the like, is "
          "more "
          "than ",
          kLargestAutomaton >> 10,
          " KiB; begin it with fixed bytes instead of .*, make its counts smaller, or allow it "
          "with "
          "mc_filter_regex_costly"));
}

}  // namespace

struct Regex::Engine {
  Engine() : set(engine_options(), re2::RE2::ANCHOR_START) {}
  // A set of one: unlike RE2 alone, it stops at the first match, and its states are sets of places
  // without an order, which are fewer.
  re2::RE2::Set set;
};

// Makes one expression of a pattern.
class Regex::Maker {
 public:
  Maker(std::string_view pattern, Costly costly)
      : pattern_(pattern), costly_(costly), made_(new Regex) {}

  Result<std::shared_ptr<const Regex>> make() {
    if (pattern_.size() > kLongestPattern) {
      return Status(kErrorPattern, cat("an expression of ", pattern_.size(),
                                       " bytes is too long; the limit is ", kLongestPattern));
    }
    made_->pattern_ = pattern_;
    if (is_plain(pattern_)) {
      set_literal(std::string(pattern_));
    } else {
      MC_TRY(prepare());
    }
    return std::shared_ptr<const Regex>(std::move(made_));
  }

 private:
  void set_literal(std::string text) {
    made_->least_size_ = text.size();
    made_->prefix_ = text;
    made_->literal_ = std::move(text);
  }

  Status prepare() {
    auto engine = std::make_unique<Engine>();
    if (engine->set.Add(re2::StringPiece(pattern_.data(), pattern_.size()), nullptr) < 0) {
      return refusal(pattern_);
    }
    const Parsed parsed = parse(pattern_);
    if (!parsed.tree) {
      return refused(pattern_, parsed.too_deep
                                   ? cat("its groups are nested more than ", kDeepestGroup, " deep")
                                   : "this library does not know its syntax");
    }
    std::string literal;
    if (append_literal(*parsed.tree, literal)) {
      set_literal(std::move(literal));
      return {};
    }
    const std::optional<Program> program = Program::make(*parsed.tree);
    if (!program) return too_large();
    if (parsed.may_be_misread) {
      made_->rewritten_ = printed(*parsed.tree);
      engine = std::make_unique<Engine>();
      if (engine->set.Add(made_->rewritten_, nullptr) < 0) return too_large();
    }
    made_->scans_ = mc::filter::scans(*program);
    made_->least_size_ = least_size_of(*parsed.tree);
    made_->prefix_ = leading_bytes_of(*program, made_->least_size_, kLongestPrefix);
    if (automaton_size(*program, kLargestAutomaton) <= kLargestAutomaton && engine->set.Compile()) {
      made_->engine_ = std::move(engine);
      return {};
    }
    made_->walk_ = Walk::make(*program);
    if (!made_->walk_) return too_large();
    return costly_ == Costly::kAllowed ? Status() : too_costly(pattern_);
  }

  Status too_large() const {
    return refused(pattern_, "it is too large; make its counts smaller or its parts fewer");
  }

  std::string_view pattern_;
  Costly costly_;
  std::unique_ptr<Regex> made_;
};

Regex::Regex() = default;
Regex::~Regex() = default;

Result<std::shared_ptr<const Regex>> Regex::make(std::string_view pattern, Costly costly) {
  return Maker(pattern, costly).make();
}

bool Regex::matches(const net::Packet& packet, Asked&) const {
  if (packet.size < prefix_.size()) return false;
  if (!prefix_.empty() && std::memcmp(packet.data, prefix_.data(), prefix_.size()) != 0) {
    return false;
  }
  if (literal_) return true;
  if (walk_) return walk_->matches(packet.data, packet.size);
  const re2::StringPiece text(reinterpret_cast<const char*>(packet.data), packet.size);
  try {
    return engine_->set.Match(text, nullptr);
  } catch (const std::bad_alloc&) {
    return false;  // counted as filtered; the packets behind this one must not suffer
  }
}

Cost Regex::cost() const noexcept {
  if (literal_) return Cost::kBytes;
  return walk_ ? Cost::kCostlyExpression : Cost::kExpression;
}

void Regex::describe(std::string& text) const {
  text += cat(walk_ ? "costly regex " : "regex ", quoted(pattern_));
}

void Regex::accept(Visitor& visitor) const {
  visitor.visit(*this);
}

Result<FilterRef> regex(std::string_view pattern, Costly costly) {
  Result<std::shared_ptr<const Regex>> made = Regex::make(pattern, costly);
  if (!made.ok()) return std::move(made).status();
  return FilterRef(std::move(*made));
}

}  // namespace mc::filter
