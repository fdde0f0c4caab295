#include "network.h"

#include "topology.h"

namespace bench {

Network::Network() {
  lab::connect(sender, kSendingInterface, "10.77.0.1/24", receiver, kReceivingInterface,
               "10.77.0.2/24");
}

Target at(Target target, const char* interface) {
  target.interface = interface;
  return target;
}

}  // namespace bench
