// The whole test fixture.
#pragma once

#include "host.h"             // IWYU pragma: export
#include "observe.h"          // IWYU pragma: export
#include "private_network.h"  // IWYU pragma: export
#include "process.h"          // IWYU pragma: export
#include "topology.h"         // IWYU pragma: export
#include "wait.h"             // IWYU pragma: export
