// The private network of a test process: nothing that happens inside leaves the machine.
#pragma once

namespace lab {

/// The exit status that says "not possible here", known to the development script.
inline constexpr int kRefused = 77;

/// Moves the process into a network namespace of its own. Call it first in main, before anything
/// makes a thread.
///
/// As root a network namespace suffices; everybody else (and root in a container that may not) gets
/// a user namespace around it, in which the caller is root. When both are refused, the reason and
/// the remedy go to stderr and the process ends with status 77.
///
/// Inside, `lo` is up and carries multicast of both families, duplicate address detection is off
/// and the soft limit of descriptors is the hard one. Does nothing in a process that is already in
/// such a namespace, for example after fork or exec.
void enter_private_network();

/// Whether the calling thread is in a namespace that this fixture made. The mark is in the
/// namespace itself (the alias of its `lo`), so that it can neither be inherited by nor leak to
/// another.
bool is_private();

/// The safety guard: aborts the process when the calling thread is not in a private namespace.
void require_private();

/// Prepares the calling thread's namespace, which must be fresh: `lo`, its multicast routes, no
/// duplicate address detection, and the mark. For Host; programs call enter_private_network().
void prepare_namespace();

}  // namespace lab
