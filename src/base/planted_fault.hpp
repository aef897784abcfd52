// PlantedFault: promises that a build for tests/chaos breaks when it is told to, so that one sees
// whether the checker notices. In every other build none is planted, and no code is left of it.
// Thread: any.
// Owns:   nothing.
// Limits: one at a time, named by PLANTED_FAULT in the environment of the process.
// Invariant: without the CMake option CONFAB_PLANTED_FAULTS is_planted() is false.
#pragma once

#ifdef CONFAB_PLANTED_FAULTS
#include <cstdlib>
#include <string_view>
#endif

namespace confab {

enum class PlantedFault {
    ack_before_commit,      // of eight transactions one is committed
    deliver_after_removal,  // a connection of who was removed from a room stays in it
    drop_at_resume,         // the last event of a replay is not sent
    forget_removal,         // who was removed may come back when the server starts again
    no_dedup,               // a cid is not looked up
    skip_seq,               // some numbers are left out
    store_after_removal     // nobody is asked whether he may still speak
};

#ifdef CONFAB_PLANTED_FAULTS
[[nodiscard]] inline bool is_planted(PlantedFault fault) {
    static constexpr const char* kNames[] = {"ack_before_commit",  "deliver_after_removal",
                                             "drop_at_resume",     "forget_removal",
                                             "no_dedup",           "skip_seq",
                                             "store_after_removal"};
    static const char* const wanted = std::getenv("PLANTED_FAULT");
    return wanted != nullptr && std::string_view(wanted) == kNames[static_cast<int>(fault)];
}
#else
[[nodiscard]] constexpr bool is_planted(PlantedFault) {
    return false;
}
#endif

}  // namespace confab
