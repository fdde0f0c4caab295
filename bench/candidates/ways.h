// Ways from a program to another: who sends, and who receives.
#pragma once

#include <string>

namespace bench {

struct Way {
  std::string name;
  std::string sender;
  std::string receiver;
};

/// The way of that name; throws std::invalid_argument for another.
const Way& way_of(const std::string& name);

}  // namespace bench
