// Rivals in other languages: programs of their own, which answer the requests of a role (roles.h)
// on their standard input and output:
//
//   open SOURCE-PORT           -> open
//   drain FIRST COUNT PATIENCE -> CPU-NS WALL-NS PACKETS LOST WRONG
//   close                      -> closed, or the verb
//   send FIRST COUNT WINDOW    -> CPU-NS WALL-NS PACKETS LOST WRONG
//   meet 0|1                   -> meet; as the side that begins, or as the other (echo.h)
//   ping COUNT                 -> TRIPS WRONG and the percentiles 0 to 100 of the trips, in ns
//   pong COUNT                 -> PACKETS WRONG, since they met
//   part                       -> part
//
// They are started with the interface, the port, the size, the descriptor of the flow (flow.h) and
// the groups, and end with their input. The rest of what they do, and the check of each packet, is
// what every rival does.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "flow.h"
#include "process.h"
#include "target.h"

namespace bench {

/// Whether the candidate of that name is such a program.
bool is_program(std::string_view candidate);
/// Why it cannot run; empty when it can.
std::string why_no_program(std::string_view candidate);

/// The programs that a role has started so far, each on first use. They run where the role runs.
class Programs {
 public:
  Programs(const Target& target, const Flow& flow) : target_(target), flow_(&flow) {}

  /// The answer; throws std::runtime_error with the program's stderr when there is none.
  std::string ask(const std::string& candidate, const std::string& request);

 private:
  struct Running {
    explicit Running(const std::vector<std::string>& argv);
    lab::Channel channel;
    lab::Process process;
  };

  Target target_;
  const Flow* flow_;
  std::map<std::string, Running> running_;
};

}  // namespace bench
