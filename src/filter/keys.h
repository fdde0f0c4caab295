// Internal header: what can be looked up of a filter, instead of asking it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "filter/filter.h"
#include "net/address.h"

namespace mc::filter {

class Regex;

// Something that a packet has or has not, which many filters may ask for.
struct Key {
  enum class Kind { kPrefix, kNetwork, kExpression };

  Kind kind;
  std::string bytes;             // the prefix; of an expression, its pattern
  net::Address network;          // of kNetwork
  unsigned bits = 0;             // of kNetwork
  const Regex* regex = nullptr;  // of kExpression; lives as long as the filter
};

// A filter matches no packet that has none of these.
struct Keys {
  std::vector<Key> keys;
  bool are_exact = true;  // and every packet that has one
};

// None: nothing can be looked up, or too much.
std::optional<Keys> keys_of(const Filter& filter);

}  // namespace mc::filter
