#include "trials/trial.h"

namespace bench {

std::unique_ptr<Trial> make_trial(const Row& row, const Network& network) {
  switch (row.kind) {
    case Kind::kSend:
      return make_send_trial(row, network);
    case Kind::kWholePath:
      return make_whole_path_trial(row, network);
    case Kind::kRoundTrip:
      return make_round_trip_trial(row, network);
    case Kind::kReceive:
    case Kind::kDeliver:
      break;
  }
  return make_receive_trial(row, network);
}

}  // namespace bench
