// filter/index: what it finds is what the filters say, whatever came and went.
#include "filter/index.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "filter/kinds.h"

namespace mc::filter {
namespace {

net::Packet packet_of(const std::string& text, const net::Address& source = {}) {
  net::Packet packet;
  packet.data = reinterpret_cast<const uint8_t*>(text.data());
  packet.size = packet.wire_size = text.size();
  packet.source = source;
  return packet;
}

FilterRef made(Result<FilterRef> filter) {
  EXPECT_TRUE(filter.ok()) << filter.status().sentence();
  return *filter;
}

// Knows only the filters themselves.
class Beside {
 public:
  void add(Index::Id id, const FilterRef& filter) {
    std::optional<Keys> keys = keys_of(*filter);
    ASSERT_TRUE(keys.has_value());
    index.add(id, std::move(*keys));
    filters_[id] = filter;
  }
  void remove(Index::Id id) {
    index.remove(id);
    filters_.erase(id);
  }
  // Whether the index and the filters agree.
  testing::AssertionResult agree(const net::Packet& packet) {
    std::vector<Index::Candidate> found;
    index.find(packet, found);
    std::map<Index::Id, bool> candidates;
    for (const Index::Candidate& each : found) {
      const auto filter = filters_.find(each.id);
      if (filter == filters_.end()) return testing::AssertionFailure() << each.id << " is gone";
      candidates[each.id] = true;
      if (each.is_exact && !filter->second->matches(packet))
        return testing::AssertionFailure() << describe(each.id) << " does not match";
    }
    for (const auto& [id, filter] : filters_) {
      if (filter->matches(packet) && !candidates[id])
        return testing::AssertionFailure() << describe(id) << " was not found";
    }
    return testing::AssertionSuccess();
  }
  size_t size() const { return filters_.size(); }
  Index::Id any(std::mt19937& random) const {
    return std::next(filters_.begin(), static_cast<long>(random() % filters_.size()))->first;
  }

  Index index;

 private:
  std::string describe(Index::Id id) {
    std::string text;
    filters_[id]->describe(text);
    return text;
  }
  std::map<Index::Id, FilterRef> filters_;
};

class Random {
 public:
  explicit Random(unsigned seed) : random_(seed) {}
  std::mt19937& engine() { return random_; }
  size_t below(size_t bound) { return random_() % bound; }

  std::string text(size_t most) {
    std::string out(below(most + 1), ' ');
    for (char& each : out) each = static_cast<char>('a' + below(3));
    return out;
  }
  net::Address source() {
    net::Address address;
    address.family = below(2) == 0 ? net::Family::kIpv4 : net::Family::kIpv6;
    for (size_t i = 0; i < (address.is_ipv4() ? 4 : 16); ++i)
      address.bytes[i] = static_cast<uint8_t>(below(2) * 0x80);
    address.port = static_cast<uint16_t>(below(3));
    return address;
  }
  FilterRef expression() {
    static const char* const kForms[] = {"%", "%.*%", ".*%", "%|%", "(?:%)+", "[ab]+%", "%$", "a*"};
    std::string pattern;
    for (const char* each = kForms[below(std::size(kForms))]; *each != '\0'; ++each) {
      if (*each == '%') {
        pattern += text(3);
      } else {
        pattern += *each;
      }
    }
    const FilterRef filter = made(regex(pattern));
    return keys_of(*filter) ? filter : made(regex("[ab]"));  // "" is everything
  }
  FilterRef network() {
    const net::Address address = source();
    const size_t bits = below(address.is_ipv4() ? 33 : 129);
    return std::make_shared<SourceNetwork>(network_of(address, static_cast<unsigned>(bits)),
                                           static_cast<unsigned>(bits));
  }
  // One that can be looked up.
  FilterRef filter(int depth = 2) {
    switch (below(depth > 0 ? 6 : 3)) {
      case 0:
        return made(prefix("a" + text(3)));
      case 1:
        return network();
      case 2:
        return expression();
      case 3:
        return made(any_of({filter(depth - 1), filter(depth - 1)}));
      case 4:
        return made(all_of({filter(depth - 1), other()}));
      default:
        return made(all_of({filter(depth - 1), filter(depth - 1)}));
    }
  }
  // One that cannot.
  FilterRef other() {
    switch (below(4)) {
      case 0:
        return made(size_range(below(3), 3 + below(5)));
      case 1:
        return made(not_of(expression()));
      case 2:
        return made(source_port(0, 1));
      default:
        return made(bytes_at(1, "a", ""));
    }
  }

 private:
  std::mt19937 random_;
};

TEST(Index, AgreesWithTheFiltersWhateverCameAndWent) {
  Random random(7);
  for (int round = 0; round < 20; ++round) {
    Beside beside;
    Index::Id next = 0;
    for (int step = 0; step < 150; ++step) {
      const size_t choice = random.below(10);
      if (choice < 5 || beside.size() == 0) {
        beside.add(next++, random.filter());
      } else if (choice < 7) {
        beside.remove(beside.any(random.engine()));
      } else if (choice < 8) {
        beside.index.build();
      }
      for (int i = 0; i < 20; ++i) {
        const std::string text = random.text(8);
        ASSERT_TRUE(beside.agree(packet_of(text, random.source()))) << text;
      }
    }
  }
}

TEST(Index, HasNoKeysForWhatOnlyTheFilterCanTell) {
  Random random(1);
  for (int i = 0; i < 50; ++i) EXPECT_FALSE(keys_of(*random.other()).has_value());
  EXPECT_FALSE(keys_of(*everything()).has_value());
  EXPECT_FALSE(keys_of(*made(prefix(""))).has_value());
  EXPECT_FALSE(keys_of(*made(all_of({}))).has_value());
  EXPECT_FALSE(keys_of(*made(any_of({made(prefix("a")), everything()}))).has_value());
  const std::optional<Keys> nothing = keys_of(*made(any_of({})));
  ASSERT_TRUE(nothing.has_value());
  EXPECT_TRUE(nothing->keys.empty());
}

TEST(Index, LooksUpAPrefixRatherThanAnExpression) {
  const FilterRef both =
      made(all_of({made(regex("a.*")), made(prefix("ab")), made(prefix("abc"))}));
  const std::optional<Keys> keys = keys_of(*both);
  ASSERT_TRUE(keys.has_value());
  ASSERT_EQ(1u, keys->keys.size());
  EXPECT_EQ("abc", keys->keys[0].bytes);
  EXPECT_FALSE(keys->are_exact);
}

// A callable may notice what was asked before it.
TEST(Index, LooksUpNothingBehindACallable) {
  class Yes final : public Callable {
   public:
    bool call(const net::Packet&) const override { return true; }
  };
  const FilterRef yes = std::make_shared<Yes>();
  const FilterRef inner = made(all_of({made(prefix("x")), yes}));
  EXPECT_TRUE(keys_of(*inner).has_value());
  EXPECT_FALSE(keys_of(*made(all_of({yes, inner}))).has_value());
  EXPECT_TRUE(keys_of(*made(all_of({inner, yes}))).has_value());
}

TEST(Index, LooksUpTheBeginningOfALongPrefix) {
  Beside beside;
  const std::string text(100, 'p');
  beside.add(1, made(prefix(text)));
  EXPECT_TRUE(beside.agree(packet_of(text)));
  EXPECT_TRUE(beside.agree(packet_of(text.substr(0, 99) + "q")));
  std::vector<Index::Candidate> found;
  beside.index.find(packet_of(text), found);
  ASSERT_EQ(1u, found.size());
  EXPECT_FALSE(found[0].is_exact);
}

TEST(Index, MatchesExpressionsTogetherOnceItIsBuilt) {
  Beside beside;
  for (Index::Id id = 0; id < 200; ++id)
    beside.add(id, made(regex("[a-c]*" + std::to_string(id) + "$")));
  EXPECT_TRUE(beside.index.wants_build());
  EXPECT_EQ(200u, beside.index.asked_singly());
  beside.index.build();
  EXPECT_FALSE(beside.index.wants_build());
  EXPECT_EQ(0u, beside.index.asked_singly());
  // A few more are not worth it yet, and then they are.
  for (Index::Id id = 200; id < 203; ++id) {
    EXPECT_FALSE(beside.index.wants_build());
    beside.add(id, made(regex("x+" + std::to_string(id))));
  }
  EXPECT_FALSE(beside.index.wants_build());
  beside.add(203, made(regex("y+")));
  EXPECT_TRUE(beside.index.wants_build());
  EXPECT_TRUE(beside.agree(packet_of("x202")));
  EXPECT_TRUE(beside.agree(packet_of("abc17")));
  // Those that went are not found, though the set knows them.
  beside.index.build();
  for (Index::Id id = 0; id < 100; ++id) beside.remove(id);
  EXPECT_TRUE(beside.agree(packet_of("abc17")));
  EXPECT_TRUE(beside.agree(packet_of("abc170")));
  EXPECT_TRUE(beside.index.wants_build());
}

TEST(Index, MatchesAnExpressionThatManyHaveOnce) {
  Beside beside;
  for (Index::Id id = 0; id < 1000; ++id) beside.add(id, made(regex("a+b")));
  EXPECT_EQ(1u, beside.index.expressions());
  EXPECT_FALSE(beside.index.wants_build());
  for (Index::Id id = 0; id < 999; ++id) beside.remove(id);
  EXPECT_TRUE(beside.agree(packet_of("aab")));
  beside.remove(999);
  EXPECT_EQ(0u, beside.index.expressions());
}

TEST(Set, PutsOnlySoManyTogetherThatScan) {
  const auto automata = [](size_t scanning, size_t others) {
    std::vector<Set::Expression> all(scanning, {".*a", true});
    all.insert(all.begin() + static_cast<long>(scanning / 2), others, {"a+", false});
    return Set::of(all)->automata();
  };
  EXPECT_EQ(1u, automata(0, 1000));
  EXPECT_EQ(1u, automata(Set::kMostScanning, 0));
  EXPECT_EQ(2u, automata(Set::kMostScanning, 1));
  EXPECT_EQ(4u, automata(2 * Set::kMostScanning + 1, 500));
}

// They are in several automata, beside the one of those that do not.
TEST(Index, FindsAmongManyThatScan) {
  Random random(41);
  Beside beside;
  for (Index::Id id = 0; id < 2 * Set::kMostScanning + 20; ++id)
    beside.add(id, made(regex(".*w" + std::to_string(id) + "e")));
  for (Index::Id id = 1000; id < 1100; ++id)
    beside.add(id, made(regex("a+w" + std::to_string(id))));
  beside.index.build();
  EXPECT_EQ(0u, beside.index.asked_singly());
  for (int i = 0; i < 50; ++i) {
    std::string text = random.text(3);
    for (int words = 0; words < 4; ++words)
      text += "w" + std::to_string(random.below(1100)) + (random.below(3) > 0 ? "e" : "");
    ASSERT_TRUE(beside.agree(packet_of(text))) << text;
  }
}

// More than a set takes with the budget of one: 10,000 are built, and 10,000 singly are right, too.
TEST(Index, HoldsTenThousandExpressions) {
  Beside beside;
  for (Index::Id id = 0; id < 10000; ++id)
    beside.add(id, made(regex("\\{\"symbol\":\"S" + std::to_string(id) + "\",.*\\d+")));
  beside.index.build();
  EXPECT_EQ(0u, beside.index.asked_singly());
  EXPECT_TRUE(beside.agree(packet_of("{\"symbol\":\"S1234\",\"price\":17}")));
  EXPECT_TRUE(beside.agree(packet_of("{\"symbol\":\"S12345\",\"price\":17}")));
}

}  // namespace
}  // namespace mc::filter
