#include "filter/filter.h"

namespace mc::filter {
namespace {

class Everything final : public Filter {
 public:
  bool matches(const net::Packet&) const override { return true; }
};

}  // namespace

FilterRef everything() {
  return std::make_shared<const Everything>();
}

}  // namespace mc::filter
