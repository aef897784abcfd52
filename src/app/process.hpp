// Process: what the program asks of the operating system for itself.
// Thread: the main thread, at the start and at the end.
// Owns:   nothing.
// Limits: none.
// Invariant: failing to get a better setting is no error; the figures say what is.
#pragma once

#include <cstddef>

namespace confab::app {

// Files made from now on are for their owner alone; a closed pipe or socket is no signal.
void set_process_defaults();

// From now on SIGTERM, SIGINT and SIGHUP wait: the process ends by itself. The other threads have
// ended, or block all signals.
void hold_back_signals();

// Raises the limit of open descriptors as far as it may go. Returns what it is then.
[[nodiscard]] std::size_t raise_descriptor_limit();

}  // namespace confab::app
