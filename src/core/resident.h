// Internal header: an object of the user's that lives on a poller.
#pragma once

#include <memory>
#include <string_view>

#include "base/status.h"
#include "core/home.h"

namespace mc {

namespace net {
class Lookup;
struct LinkChanges;
}  // namespace net

class Poller;

// A listener, a multicaster or a timer. The poller keeps a list of its residents, so that it can
// close them when it ends; they survive it, closed.
class Resident : public Mortal {
 public:
  ~Resident() override;

  // Stops everything that it does. Right inside any callback.
  virtual void close() noexcept = 0;
  const std::shared_ptr<Home>& home() const noexcept { return home_; }
  // Links, addresses or routes have changed. Runs no user code.
  virtual void follow(net::Lookup& lookup, const net::LinkChanges& changes);

 protected:
  explicit Resident(Poller& poller) noexcept;
  // kErrorClosed once the poller of this `kind` of resident was freed.
  Status check_poller(std::string_view kind) const;

  std::shared_ptr<Home> home_;  // the poller's, which it may outlive
  Poller* poller_;              // null once the poller ended

 private:
  friend class Poller;
  void conclude() noexcept final { close(); }

  Resident* previous_ = nullptr;
  Resident* next_ = nullptr;
};

}  // namespace mc
