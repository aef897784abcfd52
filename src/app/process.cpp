#include "app/process.hpp"

#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>
#include <initializer_list>

namespace confab::app {

void set_process_defaults() {
    ::umask(077);
    (void)std::signal(SIGPIPE, SIG_IGN);
}

void hold_back_signals() {
    sigset_t held;
    sigemptyset(&held);
    for (const int number : {SIGTERM, SIGINT, SIGHUP})
        sigaddset(&held, number);
    (void)::pthread_sigmask(SIG_BLOCK, &held, nullptr);
}

std::size_t raise_descriptor_limit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 1024;
    limit.rlim_cur = limit.rlim_max;
    (void)::setrlimit(RLIMIT_NOFILE, &limit);
    (void)::getrlimit(RLIMIT_NOFILE, &limit);
    return limit.rlim_cur;
}

}  // namespace confab::app
