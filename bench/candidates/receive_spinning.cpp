// A hand-written receiver that never sleeps: it asks its socket again and again.
#include "candidates/readers.h"
#include "candidates/sockets.h"
#include "wait.h"

namespace bench {
namespace {

class SpinningReceiver final : public Receiver {
 public:
  SpinningReceiver(const Target& target, Tallies& tallies) : tally_(&tallies.at(0)) {
    const KernelAddress group = group_address(target, 0);
    socket_ = open_data_socket(target, group, false);
    hear_own_groups_only(socket_, target);
    join(socket_, target, group);
  }

  bool turn(int milliseconds) override {
    const lab::Deadline deadline = lab::in(std::chrono::milliseconds(milliseconds));
    do {
      const uint64_t before = tally_->count();
      reader_.read(socket_.get(), *tally_);
      lost_ = drops_of(socket_.get());
      if (tally_->count() != before) return true;
    } while (milliseconds > 0 && lab::Clock::now() < deadline);
    return false;
  }

  uint64_t lost() override { return drops_of(socket_.get()); }

 private:
  Tally* tally_;
  lab::Fd socket_;
  OneByOne reader_;
  uint32_t lost_ = 0;
};

}  // namespace

std::unique_ptr<Receiver> make_spinning_receiver(const Target& target, Tallies& tallies) {
  return std::make_unique<SpinningReceiver>(target, tallies);
}

}  // namespace bench
