// The main of every test program: first the private network, then the framework.
#include <gmock/gmock.h>

#include "private_network.h"

int main(int argc, char** argv) {
  lab::enter_private_network();
  testing::InitGoogleMock(&argc, argv);
  return RUN_ALL_TESTS();
}
