// Packets that are made to cost a whole set of expressions: of many words that they scan for.
#include <algorithm>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "../markdown.h"
#include "filter/index.h"
#include "filter/keys.h"
#include "tools.h"

namespace bench {
namespace {

using mc::filter::Index;

constexpr size_t kSize = 1400;

class Words {
 public:
  explicit Words(size_t count) {
    for (size_t i = 0; i < count; ++i) words_.push_back(random_word(6 + random_() % 5));
  }
  const std::vector<std::string>& all() const { return words_; }

  // No two packets are alike.
  std::string packet(const std::string& of) {
    std::string made;
    while (made.size() < kSize) {
      const std::string& word = words_[random_() % words_.size()];
      if (of == "words") {
        made += word;
      } else if (of == "beginnings") {
        made += word.substr(0, word.size() - 1 - random_() % 4);
      } else {
        made += static_cast<char>('a' + random_() % 26);
      }
    }
    made.resize(kSize);
    return made;
  }

 private:
  std::string random_word(size_t size) {
    std::string word(size, ' ');
    for (char& each : word) each = static_cast<char>('a' + random_() % 26);
    return word;
  }

  std::mt19937 random_{7};
  std::vector<std::string> words_;
};

struct Costs {
  std::vector<double> together;
  std::vector<double> singly;
};

Costs measure(size_t count, const std::string& of, size_t packets) {
  Words words(count);
  std::vector<FilterRef> filters;
  Index index;
  for (size_t i = 0; i < count; ++i) {
    filters.push_back(made(mc::filter::regex(".*" + words.all()[i])));
    index.add(static_cast<Index::Id>(i), *mc::filter::keys_of(*filters.back()));
  }
  index.build();
  Costs costs;
  std::vector<Index::Candidate> found;
  for (size_t i = 0; i < packets; ++i) {
    const std::string bytes = words.packet(of);
    mc::net::Packet packet;
    packet.data = reinterpret_cast<const uint8_t*>(bytes.data());
    packet.size = packet.wire_size = bytes.size();
    found.clear();
    Stopwatch watch;
    index.find(packet, found);
    costs.together.push_back(static_cast<double>(watch.read().cpu_ns));
    size_t matching = 0;
    watch = Stopwatch();
    for (const FilterRef& each : filters) matching += each->matches(packet) ? 1 : 0;
    costs.singly.push_back(static_cast<double>(watch.read().cpu_ns));
    if (matching != found.size()) throw std::runtime_error("the index is wrong");
  }
  return costs;
}

std::string mean(const std::vector<double>& costs) {
  double sum = 0;
  for (const double each : costs) sum += each;
  return nanoseconds(sum / static_cast<double>(costs.size()));
}

std::string worst(const std::vector<double>& costs) {
  return nanoseconds(*std::max_element(costs.begin(), costs.end()));
}

}  // namespace

std::string measure_hostile(bool is_quick) {
  std::vector<Line> table = {
      {"expressions", "packets of", "together, mean", "worst", "each asked, mean", "worst"}};
  for (const size_t count : {size_t{100}, size_t{1000}}) {
    for (const char* of : {"letters", "beginnings", "words"}) {
      const Costs costs = measure(count, of, is_quick ? 64 : 512);
      table.push_back({std::to_string(count), of, mean(costs.together), worst(costs.together),
                       mean(costs.singly), worst(costs.singly)});
    }
  }
  return "### Many expressions that scan for a word (`.*word`), packets of 1,400 bytes that are "
         "made to "
         "cost\n\n" +
         markdown_table(table) +
         "\nEach packet is another one: random letters, the words' beginnings, or the words.\n";
}

}  // namespace bench
