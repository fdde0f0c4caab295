#include "core/resident.h"

#include "base/text.h"
#include "core/poller.h"

namespace mc {

Resident::Resident(Poller& poller) noexcept : home_(poller.home()), poller_(&poller) {
  poller.admit(*this);
}

void Resident::follow(net::Lookup&, const net::LinkChanges&) {}

Resident::~Resident() {
  if (poller_ != nullptr) poller_->dismiss(*this);
}

Status Resident::check_poller(std::string_view kind) const {
  if (poller_ != nullptr) return {};
  return Status(kErrorClosed,
                cat("the ", kind, "'s poller was freed; make a new ", kind, " on a living poller"));
}

}  // namespace mc
