// filter: combinations: what they mean, whom they ask and how often, how large they may be.
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "filter/kinds.h"
#include "filters.h"

namespace mc::filter {
namespace {

using testing::HasSubstr;

// Notes its name whenever it is asked.
class Asker final : public Callable {
 public:
  Asker(std::string& log, char name, bool says) : log_(log), name_(name), says_(says) {}
  bool call(const net::Packet&) const override {
    log_ += name_;
    return says_;
  }

 private:
  std::string& log_;
  char name_;
  bool says_;
};

class Combinations : public testing::Test {
 protected:
  FilterRef asker(char name, bool says) { return std::make_shared<Asker>(log_, name, says); }
  // What a packet "abc" brings, and who was asked: "yes xy".
  std::string asked(const FilterRef& filter) {
    log_.clear();
    const bool accepted = matches(filter, "abc");
    return (accepted ? "yes " : "no ") + log_;
  }
  std::string log_;
};

TEST_F(Combinations, OfNothing) {
  EXPECT_TRUE(matches(all({}), ""));
  EXPECT_FALSE(matches(any({}), ""));
  EXPECT_FALSE(matches(no(everything()), "a"));
  EXPECT_FALSE(matches(no(all({})), "a"));
  EXPECT_TRUE(matches(no(any({})), ""));
  EXPECT_FALSE(matches(all({any({})}), "a"));
}

TEST_F(Combinations, OfOneAreTheOne) {
  EXPECT_TRUE(matches(all({made(prefix("a"))}), "abc"));
  EXPECT_FALSE(matches(any({made(prefix("b"))}), "abc"));
  EXPECT_TRUE(matches(no(no(made(prefix("a")))), "abc"));
}

TEST_F(Combinations, AskInTheOrderGivenAndNoFurtherThanNeeded) {
  EXPECT_EQ("yes xyz", asked(all({asker('x', true), asker('y', true), asker('z', true)})));
  EXPECT_EQ("no xy", asked(all({asker('x', true), asker('y', false), asker('z', true)})));
  EXPECT_EQ("no xyz", asked(any({asker('x', false), asker('y', false), asker('z', false)})));
  EXPECT_EQ("yes xy", asked(any({asker('x', false), asker('y', true), asker('z', false)})));
}

TEST_F(Combinations, AskCallablesLast) {
  const FilterRef x = asker('x', true);
  for (const FilterRef& cheap :
       {made(size_range(0, 2)), made(source_network("10.0.0.1")), made(source_port(1, 2)),
        made(prefix("b")), made(bytes_at(1, "x", "")), made(regex("b")), no(everything()), any({}),
        any({made(prefix("b")), made(regex("c"))})}) {
    EXPECT_EQ("no ", asked(all({x, cheap}))) << text_of(cheap);
    EXPECT_EQ("yes ", asked(any({x, no(cheap)}))) << text_of(cheap);
    EXPECT_EQ("yes x", asked(any({x, cheap}))) << text_of(cheap);
  }
}

TEST_F(Combinations, StandInTheOrderOfTheirDearestParts) {
  const FilterRef size = made(size_range(3, 3));
  const FilterRef begin = made(prefix("a"));
  const FilterRef expression = made(regex("a+"));
  const FilterRef call = asker('x', true);
  EXPECT_EQ("all of (size 3, prefix \"a\", regex \"a+\", callable)",
            text_of(all({call, expression, begin, size})));
  EXPECT_EQ("any of (prefix \"a\", all of (size 3, regex \"a+\"), not callable)",
            text_of(any({no(call), all({expression, size}), begin})));
  // A combination with a callable is asked behind an expression, and behind an earlier callable.
  EXPECT_EQ("no y", asked(all({asker('y', false), all({made(prefix("b")), call})})));
  EXPECT_EQ("no ", asked(all({all({size, call}), made(regex("b"))})));
}

TEST_F(Combinations, KeepTheOrderAmongEquals) {
  std::vector<FilterRef> parts;
  std::string expected;
  for (int i = 0; i < 40; ++i) {
    const auto port = static_cast<uint16_t>(1000 - i);
    parts.push_back(i % 2 == 0 ? made(source_port(port, port)) : made(prefix("abc")));
    if (i % 2 == 0) expected += (i == 0 ? "source port " : ", source port ") + std::to_string(port);
  }
  EXPECT_THAT(text_of(any(parts)), HasSubstr("any of (" + expected + ", prefix"));
}

TEST_F(Combinations, AskEachCallableOnce) {
  const FilterRef x = asker('x', true);
  const FilterRef y = asker('y', false);
  EXPECT_EQ("no x", asked(all({x, no(x)})));
  EXPECT_EQ("yes x", asked(all({x, x, x})));
  EXPECT_EQ("no xy", asked(any({all({x, y}), all({no(x), y}), all({y, x}), no(any({x, y}))})));
  const FilterRef branch = all({x, made(prefix("a"))});
  EXPECT_EQ("yes xy", asked(all({branch, any({y, branch}), no(y), branch})));
  EXPECT_EQ("yes xy", asked(all({branch, any({y, branch}), no(y), branch})));  // the next packet
}

TEST_F(Combinations, OfOneCallableInManyPlacesAskItOnce) {
  const FilterRef x = asker('x', false);
  FilterRef filter = x;
  for (int i = 0; i < 10; ++i) filter = any({filter, no(no(filter))});
  EXPECT_EQ("no x", asked(filter));
}

TEST_F(Combinations, HaveAtMost64Callables) {
  std::vector<FilterRef> most;
  for (int i = 0; i < 64; ++i) most.push_back(asker('x', false));
  const FilterRef first = any(most);
  EXPECT_EQ("no " + std::string(64, 'x'), asked(first));
  EXPECT_EQ("yes " + std::string(64, 'x'), asked(any({first, any(most), no(all(most))})));
  std::vector<FilterRef> more = most;
  more.push_back(asker('y', false));
  expect_refused(kErrorFilter, "more than 64 different callables", any_of(more));
  expect_refused(kErrorFilter, "callables", all_of({first, asker('y', false)}));
  std::vector<FilterRef> far_more;
  for (int i = 0; i < 60000; ++i) far_more.push_back(asker('z', false));
  expect_refused(kErrorFilter, "callables", all_of(far_more));  // and does not take long
}

TEST_F(Combinations, AreNestedAtMost32Deep) {
  FilterRef filter = made(prefix("abc"));
  for (int depth = 2; depth <= 32; ++depth) filter = depth % 2 == 0 ? no(filter) : all({filter});
  EXPECT_TRUE(matches(filter, "abc"));  // 16 times not
  EXPECT_FALSE(matches(filter, "abd"));
  expect_refused(kErrorFilter, "33 deep; the limit is 32", not_of(filter));
  expect_refused(kErrorFilter, "33 deep", all_of({everything(), filter}));
  expect_refused(kErrorFilter, "33 deep", any_of({filter, everything()}));
  FilterRef empty = all({});
  for (int depth = 2; depth <= 32; ++depth) empty = any({empty});
  expect_refused(kErrorFilter, "33 deep", any_of({empty}));
}

TEST_F(Combinations, HaveAtMost65536PartsEachCountedAsOftenAsItIsAsked) {
  EXPECT_FALSE(matches(any(std::vector<FilterRef>(65535, made(prefix("b")))), "abc"));
  expect_refused(kErrorFilter, "more than 65536",
                 any_of(std::vector<FilterRef>(65536, everything())));
  FilterRef doubled = made(prefix("b"));  // 1, 3, 7, ... parts
  for (int i = 1; i < 16; ++i) doubled = any({doubled, doubled});
  EXPECT_FALSE(matches(doubled, "abc"));
  expect_refused(kErrorFilter, "more than 65536", all_of({doubled, doubled}));
  EXPECT_FALSE(check_part_count(65536).ok());
  EXPECT_FALSE(check_part_count(SIZE_MAX).ok());
  EXPECT_TRUE(check_part_count(65535).ok());
}

TEST_F(Combinations, KeepTheirParts) {
  std::weak_ptr<const Filter> part;
  {
    FilterRef call = asker('x', true);
    part = call;
    const FilterRef outer = no(all({call, made(prefix("a"))}));
    call.reset();
    EXPECT_EQ("no x", asked(outer));
    EXPECT_FALSE(part.expired());
  }
  EXPECT_TRUE(part.expired());
}

}  // namespace
}  // namespace mc::filter
