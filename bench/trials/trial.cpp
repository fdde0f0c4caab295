#include "trials/trial.h"

namespace bench {

std::unique_ptr<Trial> make_trial(const Row& row, const Network& network) {
  return row.kind == Kind::kSend ? make_send_trial(row, network) : make_receive_trial(row, network);
}

}  // namespace bench
