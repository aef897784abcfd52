// MemoryChanges: what became of the messages of one room, for the log in memory.
// Thread: its owner's.
// Owns:   which events change which message.
// Limits: it knows of no more events than the log keeps: a message goes before what changes it.
// Invariant: it says what the events say that were recorded.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "chat/message_rules.hpp"

namespace confab::store {

class MemoryChanges {
  public:
    // `event_at` finds an event that is kept, by its seq; null: there is none.
    using EventAt = std::function<chat::LogEvent*(Seq)>;

    [[nodiscard]] chat::Target target_of(const chat::LogEvent& event,
                                         const EventAt& event_at) const;
    void record(const chat::LogEvent& event);
    // The events that lose their text when the message is deleted: itself and its edits.
    [[nodiscard]] std::vector<Seq> texts_of(Seq message) const;
    // Gives the message the text of its last edit of those the request is to see.
    [[nodiscard]] chat::MessageState fold(chat::LogEvent& message, const chat::PageRequest& request,
                                          const EventAt& event_at) const;
    [[nodiscard]] bool is_removed(Seq message) const {
        const auto found = messages_.find(message);
        return found != messages_.end() && found->second.removed != 0;
    }
    [[nodiscard]] bool knows(Seq message) const { return messages_.contains(message); }
    void forget(Seq message) { messages_.erase(message); }

  private:
    using Given = std::pair<std::string, UserId>;  // a reaction of a user
    struct Message {
        std::vector<Seq> edits;
        Seq removed = 0;
        std::map<Given, Seq> reactions;
    };
    static void count_reactions(const Message& message, const chat::LogEvent& event,
                                chat::Target& target);

    std::map<Seq, Message> messages_;  // those that were changed
};

}  // namespace confab::store
