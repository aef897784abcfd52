#include "net/mailbox.hpp"

#include <memory>
#include <utility>

namespace confab::net {

Mailbox::~Mailbox() {
    drop_all();
}

void Mailbox::drop_all() {
    // What is destroyed may leave another task: until nothing is left.
    while (Node* node = take_all()) {
        while (node != nullptr) {
            const std::unique_ptr<Node> owned(node);
            node = node->next;
        }
    }
}

Mailbox::Put Mailbox::try_put(Task task) {
    if (waiting() >= kMailboxTasksMax) return Put::full;
    return put(std::move(task));
}

Mailbox::Put Mailbox::put(Task task) {
    waiting_.fetch_add(1, std::memory_order_relaxed);
    Node* before = newest_.load(std::memory_order_relaxed);
    auto* node = new Node{std::move(task), before};
    // release: the owner must see the task's content. Once the exchange has succeeded the node
    // belongs to the owner, who may have freed it already.
    while (!newest_.compare_exchange_weak(before, node, std::memory_order_release,
                                          std::memory_order_relaxed)) {
        node->next = before;
    }
    return before == nullptr ? Put::queued_wake_owner : Put::queued;
}

Mailbox::Node* Mailbox::take_all() {
    Node* node = newest_.exchange(nullptr, std::memory_order_acquire);
    Node* oldest = nullptr;
    while (node != nullptr) {
        Node* next = node->next;
        node->next = oldest;
        oldest = node;
        node = next;
    }
    return oldest;
}

std::size_t Mailbox::run_all() {
    std::size_t count = 0;
    Node* node = take_all();
    while (node != nullptr) {
        const std::unique_ptr<Node> owned(node);
        node = node->next;
        waiting_.fetch_sub(1, std::memory_order_relaxed);
        owned->task();
        ++count;
    }
    return count;
}

}  // namespace confab::net
