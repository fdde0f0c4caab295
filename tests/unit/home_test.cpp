// core/home: whose a poller is, its mail and its log.
#include "core/home.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace mc::test {
namespace {

using Lines = std::vector<std::string>;

// Says what happens to it, and may do something when it is concluded.
class Thing final : public Mortal {
 public:
  Thing(std::string name, Lines& lines, std::shared_ptr<Home> home = nullptr)
      : name_(std::move(name)), lines_(lines), home_(std::move(home)) {}
  ~Thing() override { lines_.push_back(name_ + " ends"); }
  void conclude() noexcept override { lines_.push_back(name_ + " concludes"); }
  const std::shared_ptr<Home>& home() const { return home_; }

 private:
  std::string name_;
  Lines& lines_;
  std::shared_ptr<Home> home_;
};

class Telling final : public LogHandler {
 public:
  explicit Telling(Lines& lines) : lines_(lines) {}
  ~Telling() override { lines_.push_back("log ends"); }
  void tell(LogLevel, const Status& line) override { lines_.push_back(line.sentence()); }

 private:
  Lines& lines_;
};

class AHome : public testing::Test {
 protected:
  AHome() : bell_(std::move(*io::Wakeup::create())), home_(std::make_shared<Home>(bell_)) {}

  std::unique_ptr<Thing> thing(const char* name) {
    return std::make_unique<Thing>(name, lines_, home_);
  }
  // Whether mail rang the bell.
  bool rang() const { return bell_.wait(Deadline(Span{})) && home_->has_mail(); }
  template <typename Body>
  static void elsewhere(Body body) {
    std::thread(body).join();
  }

  io::Wakeup bell_;
  std::shared_ptr<Home> home_;
  Lines lines_;
};

TEST_F(AHome, BelongsToTheThreadThatMadeItUntilAnotherAdoptsIt) {
  EXPECT_TRUE(home_->check().ok());
  elsewhere([&] {
    EXPECT_EQ(kErrorThread, home_->check().code());
    EXPECT_TRUE(home_->check_process().ok());
    EXPECT_TRUE(home_->adopt().ok());
    EXPECT_TRUE(home_->check().ok());
  });
  EXPECT_EQ(kErrorThread, home_->check().code());
  EXPECT_TRUE(home_->adopt().ok());
  EXPECT_TRUE(home_->check().ok());
}

TEST_F(AHome, IsNotAdoptedWhileItsOwnerIsInside) {
  const Graveyard::Section section(home_);
  EXPECT_TRUE(home_->adopt().ok());  // by the owner, which changes nothing
  elsewhere([&] { EXPECT_EQ(kErrorBusy, home_->adopt().code()); });
  EXPECT_TRUE(home_->check().ok());
}

TEST_F(AHome, ThatIsSettledStaysWithItsThread) {
  home_->settle();
  elsewhere([&] { EXPECT_EQ(kErrorThread, home_->adopt().code()); });
  EXPECT_TRUE(home_->adopt().ok());
}

TEST_F(AHome, EndsItsOwnAtOnceAndInsideASectionLater) {
  end(thing("a"));
  EXPECT_EQ((Lines{"a concludes", "a ends"}), lines_);
  lines_.clear();
  {
    const Graveyard::Section section(home_);
    end(thing("b"));
    EXPECT_EQ(Lines{"b concludes"}, lines_);
  }
  EXPECT_EQ((Lines{"b concludes", "b ends"}), lines_);
}

TEST_F(AHome, GetsWhatAnotherThreadEndsByMailInOrder) {
  elsewhere([&] {
    end(thing("a"));
    end(thing("b"));
  });
  EXPECT_TRUE(lines_.empty());
  EXPECT_TRUE(rang());
  Mortals mail = home_->take_mail();
  EXPECT_FALSE(home_->has_mail());
  mail.pop().reset();
  mail.pop().reset();
  EXPECT_TRUE(mail.is_empty());
  EXPECT_EQ((Lines{"a ends", "b ends"}), lines_);
}

TEST_F(AHome, ThatIsOverTakesNoMailAndWhatEndsElsewhereEndsThere) {
  elsewhere([&] { end(thing("early")); });
  EXPECT_FALSE(home_->is_over());
  {
    const Mortals unread = home_->close_mail();
    EXPECT_FALSE(unread.is_empty());
  }
  EXPECT_EQ(Lines{"early ends"}, lines_);
  elsewhere([&] {
    std::unique_ptr<Mortal> letter = thing("letter");
    EXPECT_FALSE(home_->send(letter));
    EXPECT_NE(nullptr, letter);  // it stays where it is
  });
  elsewhere([&] { end(thing("late")); });
  EXPECT_EQ((Lines{"early ends", "letter ends", "late ends"}), lines_);
}

TEST_F(AHome, TellsItsLogWhenTheSectionIsOver) {
  home_->log(LogLevel::kInfo, 0, [] { return "to nobody"; });
  home_->set_log(std::make_unique<Telling>(lines_));
  home_->log(LogLevel::kInfo, 0, [] { return "at once"; });
  EXPECT_EQ(Lines{"at once"}, lines_);
  {
    const Graveyard::Section section(home_);
    home_->log(LogLevel::kWarning, 0, [] { return "later"; });
    EXPECT_EQ(1u, lines_.size());
  }
  EXPECT_EQ("later", lines_.at(1));
  home_->set_log(nullptr);
  EXPECT_EQ("log ends", lines_.at(2));
  home_->log(LogLevel::kInfo, 0, [] { return "to nobody"; });
  EXPECT_EQ(3u, lines_.size());
}

TEST_F(AHome, TellsAReplacedLogNothingMore) {
  Lines second;
  home_->set_log(std::make_unique<Telling>(lines_));
  {
    const Graveyard::Section section(home_);
    home_->log(LogLevel::kInfo, 0, [] { return "line"; });
    home_->set_log(std::make_unique<Telling>(second));
  }
  EXPECT_EQ(Lines{"log ends"}, lines_);
  EXPECT_EQ(Lines{"line"}, second);
  home_->set_log(nullptr);
}

TEST(Mortals, OfAHundredThousandEndOneByOne) {
  Lines lines;
  Mortals many;
  for (int i = 0; i < 100'000; ++i) many.push(std::make_unique<Thing>("x", lines));
  EXPECT_FALSE(many.is_empty());
  { const Mortals moved = std::move(many); }
  EXPECT_EQ(100'000u, lines.size());  // and no deep recursion ended the program
}

}  // namespace
}  // namespace mc::test
