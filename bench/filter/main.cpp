// What filters cost: looked up among many, at their worst, and in the kernel. One process, in a private
// network; nanoseconds of processor time.
//
//   mcfilterbench [--quick] [--out DIRECTORY]
#include <filesystem>
#include <fstream>
#include <iostream>
#include <optional>
#include <stdexcept>
#include <string>

#include "../machine.h"
#include "private_network.h"
#include "tools.h"

namespace bench {
namespace {

struct Options {
  bool is_quick = false;
  std::string out = "bench/results";
};

std::optional<Options> parse(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--quick") {
      options.is_quick = true;
    } else if (word == "--out" && i + 1 < argc) {
      options.out = argv[++i];
    } else {
      return std::nullopt;
    }
  }
  return options;
}

int run(const Options& options) {
  lab::enter_private_network();
  const Description machine = describe_machine();
  pin_to(1);
  std::string report;
  for (const auto& [name, value] : machine) report += "* " + name + ": " + value + "\n";
  for (const auto& measure : {measure_many, measure_worst, measure_hostile, measure_kernel})
    report += "\n" + measure(options.is_quick);
  std::filesystem::create_directories(options.out);
  std::ofstream file(options.out + "/filters.md");
  file << report;
  if (!file.flush()) throw std::runtime_error("cannot write " + options.out + "/filters.md");
  std::cout << report << "written to " << options.out << "/filters.md\n";
  return 0;
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv) try {
  const std::optional<bench::Options> options = bench::parse(argc, argv);
  if (!options) {
    std::cerr << "usage: mcfilterbench [--quick] [--out DIRECTORY]\n";
    return 2;
  }
  return bench::run(*options);
} catch (const std::exception& failure) {
  std::cerr << "mcfilterbench: " << failure.what() << '\n';
  return 1;
}
