#include "report.h"

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "text.h"

namespace bench {
namespace {

std::string quoted(const std::string& text) {
  std::string result = "\"";
  for (const char each : text) {
    if (each == '"' || each == '\\') result += '\\';
    result += static_cast<unsigned char>(each) < ' ' ? ' ' : each;
  }
  return result + "\"";
}

std::string number(double value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.4f", value);
  return text.data();
}

std::string field(const std::string& name, const std::string& value) {
  return cat({quoted(name), ": ", value});
}

std::string json_of(const Spread& spread) {
  return cat({"{", field("lower_quartile", number(spread.low)), ", ",
              field("median", number(spread.median)), ", ",
              field("upper_quartile", number(spread.high)), "}"});
}

std::string json_of(const std::vector<double>& values) {
  std::string text;
  for (const double each : values) text += cat({text.empty() ? "" : ", ", number(each)});
  return cat({"[", text, "]"});
}

std::string json_of(const CandidateResult& candidate) {
  return cat({"{", field("name", quoted(candidate.name)), ", ",
              field("cost_ns", json_of(candidate.cost_ns)), ", ",
              field("feeder_ns", json_of(candidate.feed_ns)), ", ",
              field("packets_per_second", number(candidate.packets_per_second)), ", ",
              field("trip_percentiles_ns", json_of(candidate.trip_percentiles)), ", ",
              field("rounds", std::to_string(candidate.rounds)), ", ",
              field("disqualified", std::to_string(candidate.disqualified)), ", ",
              field("reason", quoted(candidate.reason)), "}"});
}

std::string json_of(const std::optional<Expectation>& expected) {
  if (!expected) return "null";
  const bool is_most = expected->bound == Expectation::Bound::kAtMost;
  return cat({"{", field(is_most ? "at_most" : "at_least", number(expected->ratio)), "}"});
}

std::string json_of(const PairResult& pair) {
  return cat({"{", field("candidate", quoted(pair.pair.ours)), ", ",
              field("against", quoted(pair.rival)), ", ", field("ratio", json_of(pair.ratio)), ", ",
              field("expected", json_of(pair.pair.expected)), ", ",
              field("rounds", std::to_string(pair.rounds)), "}"});
}

std::string json_of(const Missing& missing) {
  return cat({"{", field("name", quoted(missing.what)), ", ",
              field("reason", quoted(missing.reason)), "}"});
}

std::string json_of(const RowResult& result);

// A list, one element a line.
template <typename Element>
std::string list_of(const std::vector<Element>& elements, const std::string& indent) {
  std::string text = "[";
  for (const Element& each : elements) {
    text += cat({text.size() > 1 ? ",\n" : "\n", indent, "  ", json_of(each)});
  }
  return cat({text, "\n", indent, "]"});
}

std::string kind_name(Kind kind) {
  if (kind == Kind::kSend) return "send";
  if (kind == Kind::kWholePath) return "send and receive at the same time";
  if (kind == Kind::kRoundTrip) return "round trip";
  return kind == Kind::kReceive ? "receive" : "deliver and receive";
}

std::string json_of(const RowResult& result) {
  const std::string indent = "      ";
  return cat({"{\n",    indent, field("name", quoted(result.row.name)),
              ",\n",    indent, field("cost_of", quoted(kind_name(result.row.kind))),
              ",\n",    indent, field("size", std::to_string(result.row.target.size)),
              ",\n",    indent, field("groups", std::to_string(result.row.target.groups)),
              ",\n",    indent, field("listeners", std::to_string(result.row.target.listeners)),
              ",\n",    indent, field("candidates", list_of(result.candidates, indent)),
              ",\n",    indent, field("pairs", list_of(result.pairs, indent)),
              "\n    }"});
}

void write(const std::filesystem::path& path, const std::string& text) {
  std::ofstream file(path);
  file << text;
  file.close();
  if (!file) throw std::runtime_error("cannot write " + path.string());
}

}  // namespace

std::string json_of(const ScalePart& part) {
  return cat({"{", field("what", quoted(part.what)), ", ",
              field("count", std::to_string(part.count)), ", ",
              field("seconds", number(part.seconds)), ", ",
              field("heap_bytes_each", number(part.bytes_each)), "}"});
}

std::string json_of(const std::optional<Scale>& scale) {
  if (!scale) return "null";
  return cat({"{", field("missing", quoted(scale->missing)), ", ",
              field("seconds", number(scale->seconds)), ", ",
              field("parts", list_of(scale->parts, "  ")), "}"});
}

std::string json_of(const Results& results) {
  std::string text =
      cat({"{\n  ", field("command", quoted(results.command)), ",\n  \"machine\": {"});
  for (size_t i = 0; i < results.machine.size(); ++i) {
    const auto& [name, value] = results.machine[i];
    text += cat({i > 0 ? ",\n    " : "\n    ", field(name, quoted(value))});
  }
  return cat({text, "\n  },\n  ", field("missing", list_of(results.missing, "  ")), ",\n  ",
              field("rows", list_of(results.rows, "  ")), ",\n  ",
              field("scale", json_of(results.scale)), "\n}\n"});
}

void write_results(const std::string& directory, const std::string& table,
                   const std::string& json) {
  std::filesystem::create_directories(directory);
  write(std::filesystem::path(directory) / "table.md", table);
  write(std::filesystem::path(directory) / "results.json", json);
}

}  // namespace bench
