// Internal header: which of many filters match a packet, without asking each.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "filter/filter.h"
#include "filter/keys.h"
#include "filter/set.h"

namespace mc::filter {

// Looks up what packets have: prefixes and source networks in hash tables, expressions by a set. The
// time depends on how many filters match, not on how many there are. Belongs to one thread.
//
// A set cannot be changed. Expressions that came after it was built are asked singly until build();
// those that went are left out of what it says.
class Index {
 public:
  using Id = uint32_t;
  struct Candidate {
    Id id;
    bool is_exact;  // it matches; otherwise its filter has to be asked
  };

  // The filter whose keys these are lives at least until remove(). On failure nothing is added.
  void add(Id id, Keys keys);
  void remove(Id id) noexcept;

  // Appends a candidate, in no order and perhaps more than once, for each filter that may match.
  void find(const net::Packet& packet, std::vector<Candidate>& found);

  // Whether so much changed that building pays.
  bool wants_build() const noexcept;
  // Makes a set of what is there now, and has it look at something, so that the next packet does not
  // pay for its first look. Dear: milliseconds for a thousand. On failure nothing changes.
  void build();

  size_t expressions() const noexcept { return expressions_.size(); }
  size_t asked_singly() const noexcept { return single_.size(); }

 private:
  struct User {
    Id id;
    bool is_exact;
    const Regex* regex;  // of expressions
  };
  using Users = std::vector<User>;
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const noexcept {
      return std::hash<std::string_view>()(text);
    }
  };
  using ByText = std::unordered_map<std::string, Users, Hash, std::equal_to<>>;
  // Of one length; by their bytes.
  struct Prefixes {
    size_t length;
    ByText users;
  };
  // Of one family and number of bits; by the bytes of the address.
  struct Networks {
    net::Family family;
    unsigned bits;
    ByText users;
  };
  // Users of one pattern, which is matched once for all.
  struct Expression {
    std::string pattern;
    Users users;
    size_t place = 0;        // in members_ or single_
    bool is_member = false;  // of the set
  };

  Users& users_of(const Key& key);
  void remove(Id id, const Key& key) noexcept;
  void remove_expression(Expression& expression) noexcept;
  void find_expressions(const net::Packet& packet, std::vector<Candidate>& found);
  static void append(const Users& users, std::vector<Candidate>& found);
  static void ask(const Expression& expression, const net::Packet& packet,
                  std::vector<Candidate>& found);

  std::unordered_map<Id, Keys> keys_;
  std::vector<Prefixes> prefixes_;  // by length
  std::vector<Networks> networks_;
  std::unordered_map<std::string_view, std::unique_ptr<Expression>> expressions_;
  std::unique_ptr<Set> set_;
  std::vector<Expression*> members_;  // of the set, by number; null: gone
  std::vector<Expression*> single_;
  size_t gone_ = 0;             // members
  size_t too_many_ = SIZE_MAX;  // as many were refused together
  std::vector<int> matching_;
};

}  // namespace mc::filter
