#include "store/memory_changes.hpp"

#include <algorithm>
#include <iterator>

namespace confab::store {

using chat::EventKind;
using chat::LogEvent;

chat::Target MemoryChanges::target_of(const LogEvent& event, const EventAt& event_at) const {
    chat::Target target;
    const LogEvent* message = event_at(event.target);
    target.is_kept = message != nullptr && message->kind == EventKind::message;
    if (!target.is_kept) return target;
    target.is_own = message->from->id == event.from->id;
    const auto found = messages_.find(event.target);
    if (found == messages_.end()) return target;
    target.edits = found->second.edits.size();
    target.is_removed = found->second.removed != 0;
    count_reactions(found->second, event, target);
    const auto given =
        found->second.reactions.find({std::string(event.body.view()), event.from->id});
    if (given != found->second.reactions.end()) target.given = *event_at(given->second);
    return target;
}

void MemoryChanges::count_reactions(const Message& message, const LogEvent& event,
                                    chat::Target& target) {
    const std::string* before = nullptr;
    for (const auto& [given, seq] : message.reactions) {
        if (before == nullptr || *before != given.first) ++target.reactions;
        before = &given.first;
        if (given.first == event.body.view()) target.has_reaction = true;
    }
}

void MemoryChanges::record(const LogEvent& event) {
    if (!chat::changes_a_message(event.kind)) return;
    Message& message = messages_[event.target];
    const Given given(event.body.view(), event.from->id);
    switch (event.kind) {
        case EventKind::read_marker:
        case EventKind::message:
        case EventKind::room:
        case EventKind::member:
        case EventKind::moderation:
            return;
        case EventKind::edit:
            message.edits.push_back(event.seq);
            return;
        case EventKind::removal:
            message.removed = event.seq;
            message.reactions.clear();
            return;
        case EventKind::reaction:
            message.reactions.emplace(given, event.seq);
            return;
        case EventKind::unreaction:
            message.reactions.erase(given);
            return;
    }
}

std::vector<Seq> MemoryChanges::texts_of(Seq message) const {
    std::vector<Seq> texts{message};
    const auto found = messages_.find(message);
    if (found != messages_.end()) {
        texts.insert(texts.end(), found->second.edits.begin(), found->second.edits.end());
    }
    return texts;
}

chat::MessageState MemoryChanges::fold(LogEvent& message, const chat::PageRequest& request,
                                       const EventAt& event_at) const {
    chat::MessageState state;
    const auto found = messages_.find(message.seq);
    if (found == messages_.end()) return state;
    const auto& edits = found->second.edits;
    const auto unseen = std::upper_bound(edits.begin(), edits.end(), request.as_of);
    if (unseen != edits.begin()) {
        const LogEvent& edit = *event_at(*std::prev(unseen));
        state.edited = edit.seq;
        state.edited_at = edit.at;
        message.body = edit.body;
    }
    if (found->second.removed != 0) {
        state.removed = found->second.removed;
        state.removed_at = event_at(state.removed)->at;
    }
    for (const auto& [given, seq] : found->second.reactions) {
        if (seq > request.as_of) continue;
        if (state.reactions.empty() || state.reactions.back().text.view() != given.first) {
            state.reactions.push_back({.text = SharedBytes::copy_of(given.first)});
        }
        ++state.reactions.back().count;
        if (given.second == *request.folded_for) state.reactions.back().is_own = true;
    }
    return state;
}

}  // namespace confab::store
