// Internal header: an object of the user's that lives on a poller.
#pragma once

#include "core/graveyard.h"

namespace mc {

// A listener or a multicaster. The poller keeps a list of its residents, so that it can close them
// when it ends; they survive it, closed.
class Resident : public Mortal {
 protected:
  // The poller ends: close, and never touch it again.
  virtual void evict() noexcept = 0;

 private:
  friend class Poller;
  Resident* previous_ = nullptr;
  Resident* next_ = nullptr;
};

}  // namespace mc
