#include "machine.h"

#include <multicast/multicast.h>
#include <sched.h>
#include <sys/utsname.h>
#include <time.h>

#include <array>
#include <exception>
#include <fstream>

#include "files.h"
#include "measure.h"
#include "process.h"

namespace bench {
namespace {

std::string cpu_model() {
  std::ifstream lines("/proc/cpuinfo");
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind("model name", 0) == 0) return line.substr(line.find(':') + 2);
  }
  return "unknown";
}

std::string is_virtual() {
  const std::string info = lab::read_file("/proc/cpuinfo");
  return info.find(" hypervisor") != std::string::npos ? " (virtual machine)" : "";
}

std::string kernel() {
  utsname names{};
  ::uname(&names);
  return std::string(names.sysname) + " " + names.release + " " + names.machine;
}

std::string date() {
  const time_t now = ::time(nullptr);
  tm parts{};
  ::gmtime_r(&now, &parts);
  std::array<char, 32> text{};
  ::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M UTC", &parts);
  return text.data();
}

std::string load() {
  const std::string averages = lab::read_file("/proc/loadavg");
  return averages.substr(0, averages.find(' '));
}

std::string scheduling() {
  return ::sched_getscheduler(0) == SCHED_FIFO ? "real-time" : "normal";
}

std::string revision() {
  try {
    std::string text = lab::run_here(
        {"git", "-C", MCBENCH_SOURCE_DIR, "describe", "--always", "--dirty", "--abbrev=12"});
    while (!text.empty() && text.back() == '\n') text.pop_back();
    return text;
  } catch (const std::exception&) {
    return "unknown";
  }
}

}  // namespace

Description describe_machine() {
  return {{"processor", cpu_model() + is_virtual()},
          {"cores", std::to_string(processors())},
          {"kernel", kernel()},
          {"load at the start", load()},
          {"scheduling", scheduling()},
          {"date", date()},
          {"library", mc_version()},
          {"revision", revision()},
          {"build", MCBENCH_BUILD_TYPE}};
}

}  // namespace bench
