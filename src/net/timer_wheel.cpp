#include "net/timer_wheel.hpp"

#include <algorithm>

namespace confab::net {

std::uint64_t TimerWheel::tick_of(SteadyTime time) const {
    if (time <= start_) return 0;
    return static_cast<std::uint64_t>((time - start_) / kTimerTick);
}

void TimerWheel::insert(Timer& timer, std::uint64_t due_tick) {
    timer.unlink();
    timer.due_tick_ = due_tick;
    slots_[due_tick % kSlots].push_back(timer);
}

void TimerWheel::schedule(Timer& timer, SteadyTime when) {
    // The tick after the one that holds `when`: never early.
    insert(timer, std::max(tick_of(when), current_tick_) + 1);
}

void TimerWheel::schedule_sooner(Timer& timer, SteadyTime when) {
    const std::uint64_t due_tick = std::max(tick_of(when), current_tick_) + 1;
    if (!timer.scheduled() || due_tick < timer.due_tick_) insert(timer, due_tick);
}

void TimerWheel::advance(SteadyTime now) {
    const std::uint64_t target = tick_of(now);
    // After a long pause one round visits every slot; more would visit them again.
    if (target > current_tick_ + kSlots) current_tick_ = target - kSlots;
    while (current_tick_ < target) {
        ++current_tick_;
        Slot due;
        due.splice(due.end(), slots_[current_tick_ % kSlots]);
        while (!due.empty()) {
            Timer& timer = due.front();
            due.pop_front();
            if (timer.due_tick_ <= current_tick_) {
                timer.on_timer();
            } else {
                slots_[current_tick_ % kSlots].push_back(timer);  // a later round
            }
        }
    }
}

}  // namespace confab::net
