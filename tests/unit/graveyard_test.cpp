// core/graveyard: what waits for its end.
#include "core/graveyard.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace mc::test {
namespace {

// Tells when it dies, and may bury another then.
class Thing final : public Mortal {
 public:
  Thing(std::string name, std::vector<std::string>& deaths)
      : name_(std::move(name)), deaths_(deaths) {}
  ~Thing() override {
    deaths_.push_back(name_);
    if (heir_) graveyard_->bury(std::move(heir_));
    deaths_.push_back("/" + name_);
  }
  void leave(std::unique_ptr<Thing> heir, Graveyard& graveyard) {
    heir_ = std::move(heir);
    graveyard_ = &graveyard;
  }

 private:
  std::string name_;
  std::vector<std::string>& deaths_;
  std::unique_ptr<Thing> heir_;
  Graveyard* graveyard_ = nullptr;
};

using Deaths = std::vector<std::string>;

TEST(Graveyard, OutsideASectionTheDeadGoAtOnce) {
  const auto graveyard = std::make_shared<Graveyard>();
  Deaths deaths;
  graveyard->bury(std::make_unique<Thing>("a", deaths));
  EXPECT_EQ((Deaths{"a", "/a"}), deaths);
  graveyard->bury(nullptr);
}

TEST(Graveyard, InsideTheyWaitForTheOutermostToEnd) {
  const auto graveyard = std::make_shared<Graveyard>();
  Deaths deaths;
  {
    const Graveyard::Section outer(graveyard);
    EXPECT_TRUE(graveyard->inside_section());
    {
      const Graveyard::Section inner(graveyard);
      graveyard->bury(std::make_unique<Thing>("a", deaths));
    }
    EXPECT_TRUE(deaths.empty());
    graveyard->bury(std::make_unique<Thing>("b", deaths));
    graveyard->bury(nullptr);
  }
  EXPECT_FALSE(graveyard->inside_section());
  EXPECT_EQ((Deaths{"a", "/a", "b", "/b"}), deaths);  // in the order of their burial
}

TEST(Graveyard, WhatAFinaliserBuriesDiesAfterIt) {
  const auto graveyard = std::make_shared<Graveyard>();
  Deaths deaths;
  {
    const Graveyard::Section section(graveyard);
    auto testator = std::make_unique<Thing>("a", deaths);
    testator->leave(std::make_unique<Thing>("heir", deaths), *graveyard);
    graveyard->bury(std::move(testator));
  }
  EXPECT_EQ((Deaths{"a", "/a", "heir", "/heir"}), deaths);  // not one inside the other
}

TEST(Graveyard, WhatAFinaliserBuriesOutsideASectionWaitsForIt) {
  const auto graveyard = std::make_shared<Graveyard>();
  Deaths deaths;
  auto testator = std::make_unique<Thing>("a", deaths);
  testator->leave(std::make_unique<Thing>("heir", deaths), *graveyard);
  graveyard->bury(std::move(testator));
  EXPECT_EQ((Deaths{"a", "/a", "heir", "/heir"}), deaths);
}

TEST(Graveyard, LivesUntilItsLastSectionEnds) {
  Deaths deaths;
  auto graveyard = std::make_shared<Graveyard>();
  {
    const Graveyard::Section section(graveyard);
    graveyard->bury(std::make_unique<Thing>("a", deaths));
    graveyard.reset();
    EXPECT_TRUE(deaths.empty());
  }
  EXPECT_EQ(2u, deaths.size());
}

}  // namespace
}  // namespace mc::test
