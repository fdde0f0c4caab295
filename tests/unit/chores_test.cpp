// core/chores: what is done at the end of a turn.
#include "core/chores.h"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>

namespace mc::test {
namespace {

class Note final : public Chore {
 public:
  Note(std::string& done, char name) : done_(done), name_(name) {}
  void turn_ends() override {
    done_ += name_;
    if (then) then();
  }
  std::function<void()> then;

 private:
  std::string& done_;
  char name_;
};

class ChoresOfATurn : public testing::Test {
 protected:
  std::string done_;
  Chores chores_;
  Note a_{done_, 'a'}, b_{done_, 'b'}, c_{done_, 'c'};
};

TEST_F(ChoresOfATurn, AreDoneOnceInTheirOrder) {
  chores_.add(b_);
  chores_.add(a_);
  chores_.add(b_);
  chores_.run();
  EXPECT_EQ("ba", done_);
  chores_.run();
  EXPECT_EQ("ba", done_);
}

TEST_F(ChoresOfATurn, ThatAreAddedMeanwhileBelongToTheNext) {
  a_.then = [&] {
    chores_.add(a_);
    chores_.add(c_);
  };
  chores_.add(a_);
  chores_.add(b_);
  chores_.run();
  EXPECT_EQ("ab", done_);
  a_.then = nullptr;
  chores_.run();
  EXPECT_EQ("abac", done_);
}

TEST_F(ChoresOfATurn, AreNotDoneWhenTheyAreTakenBackOrDie) {
  auto dying = std::make_unique<Note>(done_, 'd');
  a_.then = [&] {
    Chores::remove(b_);
    dying.reset();
  };
  chores_.add(a_);
  chores_.add(b_);
  chores_.add(*dying);
  chores_.add(c_);
  chores_.run();
  EXPECT_EQ("ac", done_);
  Chores::remove(b_);  // again does nothing
}

TEST_F(ChoresOfATurn, SurviveOneThatThrows) {
  a_.then = [] { throw 1; };
  chores_.add(a_);
  chores_.add(b_);
  EXPECT_THROW(chores_.run(), int);
  chores_.run();
  EXPECT_EQ("ab", done_);
}

}  // namespace
}  // namespace mc::test
