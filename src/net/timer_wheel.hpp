// TimerWheel: very many coarse time-outs for one loop, each to set and cancel in constant time.
// Thread: its loop only.
// Owns:   nothing but the slots; a Timer belongs to its session and leaves the wheel when it ends.
// Limits: resolution kTimerTick; a timer never fires early and at most two ticks late.
// Invariants: (1) a timer is in at most one slot. (2) a timer that fired is no longer in the wheel.
// Hashed wheel after Varghese and Lauck, "Hashed and Hierarchical Timing Wheels" (1987), scheme 6.
#pragma once

#include <array>
#include <boost/intrusive/list.hpp>
#include <cstdint>

#include "base/clock.hpp"
#include "base/limits.hpp"

namespace confab::net {

class TimerWheel {
    using Hook = boost::intrusive::list_base_hook<
        boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

  public:
    class Timer : public Hook {
      public:
        virtual void on_timer() = 0;
        [[nodiscard]] bool scheduled() const { return is_linked(); }

      protected:
        virtual ~Timer() = default;

      private:
        friend class TimerWheel;
        std::uint64_t due_tick_ = 0;
    };

    explicit TimerWheel(SteadyTime start) : start_(start) {}

    // Fires once at or after `when`; a timer that is already set is moved.
    void schedule(Timer& timer, SteadyTime when);
    // Moves the timer only if `when` is sooner than what it is set to.
    void schedule_sooner(Timer& timer, SteadyTime when);
    static void cancel(Timer& timer) { timer.unlink(); }

    // Fires everything that is due. Timers may be set, cancelled and destroyed from on_timer().
    void advance(SteadyTime now);

  private:
    using Slot = boost::intrusive::list<Timer, boost::intrusive::base_hook<Hook>,
                                        boost::intrusive::constant_time_size<false>>;

    [[nodiscard]] std::uint64_t tick_of(SteadyTime time) const;
    void insert(Timer& timer, std::uint64_t due_tick);

    static constexpr std::size_t kSlots = 512;
    const SteadyTime start_;
    std::uint64_t current_tick_ = 0;
    std::array<Slot, kSlots> slots_;
};

}  // namespace confab::net
