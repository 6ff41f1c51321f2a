// Intents, lanes, purposes, audit, pauses, counts and the inbox, in memory.
#include <algorithm>
#include <tuple>

#include "fairlead/core/error.h"
#include "src/testing/internal/memory_transaction.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace testing {
namespace internal {
namespace {

template <typename... Texts>
std::string Joined(const Texts&... texts) {
  std::string key;
  const auto put = [&key](const std::string& text) {
    const auto size = static_cast<std::uint32_t>(text.size());
    key.append(reinterpret_cast<const char*>(&size), sizeof size);
    key += text;
  };
  (put(texts), ...);
  return key;
}

std::string AggregateKey(const KeyParts& parts) {
  return Joined(parts.tenant, parts.connector, parts.account, parts.operation, parts.aggregate);
}

bool Contains(const std::vector<std::string>& list, const std::string& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

std::int64_t MinuteOf(StoreTime now) {
  return std::chrono::duration_cast<std::chrono::minutes>(now.time_since_epoch()).count();
}

}  // namespace

MemoryLane& MemoryData::LaneOf(const KeyParts& parts) {
  return lanes[Joined(parts.tenant, parts.connector, parts.account, parts.aggregate)];
}

void MemoryData::Insert(const Intent& intent) {
  MemoryIntent& row = intents[intent.id];
  row.intent = intent;
  row.lane = &LaneOf(intent.parts);
  if (!IsTerminal(intent.state)) {
    live.insert(intent.id);
    row.lane->live.emplace(intent.position, intent.id);
  }
}

void MemoryData::Erase(std::int64_t id) {
  const auto row = intents.find(id);
  live.erase(id);
  row->second.lane->live.erase({row->second.intent.position, id});
  intents.erase(row);
}

void MemoryData::Set(MemoryIntent& row, const IntentProgress& progress) {
  const bool was = !IsTerminal(row.intent.state);
  const bool is = !IsTerminal(progress.state);
  static_cast<IntentProgress&>(row.intent) = progress;
  if (was == is) return;
  if (is) {
    live.insert(row.intent.id);
    row.lane->live.emplace(row.intent.position, row.intent.id);
  } else {
    live.erase(row.intent.id);
    row.lane->live.erase({row.intent.position, row.intent.id});
  }
}

void MemoryTransaction::Change(MemoryIntent& row, IntentProgress progress) {
  const std::int64_t id = row.intent.id;
  touched_.push_back({id, row.intent.state});
  undo_.push_back([data = data_, id, before = static_cast<const IntentProgress&>(row.intent)] {
    data->Set(data->intents.find(id)->second, before);
  });
  data_->Set(row, progress);
}

absl::StatusOr<LedgerTransaction::PurposeLookup> MemoryTransaction::FindPurpose(const KeyParts& parts) {
  FAIRLEAD_RETURN_IF_ERROR(Readable());
  PurposeLookup lookup;
  const auto found = data_->purposes.find(AggregateKey(parts));
  if (found == data_->purposes.end()) return lookup;
  std::int64_t last_seq = 0;
  for (const MemoryData::PurposeEntry& entry : found->second) {
    last_seq = std::max(last_seq, entry.seq);
    if (entry.purpose != parts.purpose) continue;
    if (entry.tombstone) {
      lookup.expired = true;
    } else {
      lookup.existing = data_->intents.at(entry.id).intent;
      lookup.expired = false;
      return lookup;
    }
  }
  lookup.next_seq = last_seq + 1;
  return lookup;
}

absl::StatusOr<std::int64_t> MemoryTransaction::InsertIntent(const Intent& intent) {
  FAIRLEAD_RETURN_IF_ERROR(Writable());
  Intent row = intent;
  row.id = data_->next_intent++;
  if (row.position == 0) row.position = row.id;
  std::string key = AggregateKey(row.parts);
  undo_.push_back([data = data_, id = row.id, key] {
    data->Erase(id);
    data->purposes.find(key)->second.pop_back();
  });
  data_->purposes[std::move(key)].push_back({row.parts.purpose, row.parts.intent_seq, row.id, false, {}});
  data_->Insert(row);
  touched_.push_back({row.id, std::nullopt});
  return row.id;
}

absl::StatusOr<std::optional<Intent>> MemoryTransaction::GetIntent(std::int64_t id) {
  FAIRLEAD_RETURN_IF_ERROR(Readable());
  const auto row = data_->intents.find(id);
  if (row == data_->intents.end()) return std::nullopt;
  return row->second.intent;
}

absl::StatusOr<std::optional<Intent>> MemoryTransaction::GetIntentByKey(std::string_view key) {
  FAIRLEAD_RETURN_IF_ERROR(Readable());
  const auto digest = Digest256::FromHex(key);
  for (auto row = data_->intents.rbegin(); row != data_->intents.rend(); ++row) {
    const IntentKey& stored = row->second.intent.key;
    if (digest.has_value() ? stored == *digest : stored.ToUuid() == key) return row->second.intent;
  }
  return std::nullopt;
}

absl::StatusOr<std::vector<Intent>> MemoryTransaction::ListIntents(const IntentFilter& filter) {
  FAIRLEAD_RETURN_IF_ERROR(Readable());
  std::vector<Intent> intents;
  for (auto row = data_->intents.upper_bound(filter.after_id);
       row != data_->intents.end() && intents.size() < filter.limit; ++row) {
    const Intent& intent = row->second.intent;
    if (!filter.states.empty() &&
        std::find(filter.states.begin(), filter.states.end(), intent.state) == filter.states.end()) {
      continue;
    }
    if (!filter.connector.empty() && filter.connector != intent.parts.connector) continue;
    if (!filter.operation.empty() && filter.operation != intent.parts.operation) continue;
    if (!filter.aggregate.empty() && filter.aggregate != intent.parts.aggregate) continue;
    if (!filter.reason.empty() && filter.reason != intent.reason) continue;
    intents.push_back(intent);
  }
  return intents;
}

absl::StatusOr<std::vector<Intent>> MemoryTransaction::ListLane(const KeyParts& parts) {
  FAIRLEAD_RETURN_IF_ERROR(Readable());
  std::vector<Intent> lane;
  for (const auto& [position, id] : data_->LaneOf(parts).live) lane.push_back(data_->intents.at(id).intent);
  return lane;
}

bool MemoryTransaction::Claimable(const MemoryIntent& row, const ClaimQuery& query) const {
  const Intent& intent = row.intent;
  if (intent.state != query.from || intent.run_at > query.now) return false;
  if (query.only_id != 0 && query.only_id != intent.id) return false;
  if (!query.only_connector.empty() && query.only_connector != intent.parts.connector) return false;
  if (!query.only_operations.empty() && !Contains(query.only_operations, intent.parts.operation)) return false;
  if (Contains(query.skip_connectors, intent.parts.connector)) return false;
  if (Contains(query.skip_operations, intent.parts.operation)) return false;
  if (query.from == IntentState::kUnknown || data_->faults.lanes_broken) return true;
  // It heads its lane, which has nothing in flight, nothing parked after a send, and is not held.
  if (row.lane->live.begin()->second != intent.id || row.lane->held_until > query.now) return false;
  for (const auto& [position, id] : row.lane->live) {
    const Intent& other = data_->intents.at(id).intent;
    if (IsInFlight(other.state) || (other.state == IntentState::kParked && other.sent())) return false;
  }
  return true;
}

absl::StatusOr<std::vector<Intent>> MemoryTransaction::ClaimIntents(const ClaimQuery& query) {
  FAIRLEAD_RETURN_IF_ERROR(Writable());
  std::vector<MemoryIntent*> due;
  for (const std::int64_t id : data_->live) {
    MemoryIntent& row = data_->intents.at(id);
    if (Claimable(row, query)) due.push_back(&row);
  }
  const bool verify = query.from == IntentState::kUnknown;
  std::sort(due.begin(), due.end(), [verify](const MemoryIntent* a, const MemoryIntent* b) {
    const std::int32_t first = verify ? 0 : a->intent.priority;
    const std::int32_t second = verify ? 0 : b->intent.priority;
    return std::tie(first, a->intent.run_at, a->intent.id) < std::tie(second, b->intent.run_at, b->intent.id);
  });
  if (due.size() > query.limit) due.resize(query.limit);
  std::vector<Intent> claimed;
  claimed.reserve(due.size());
  for (MemoryIntent* row : due) {
    IntentProgress after = row->intent;
    after.state = verify ? IntentState::kVerifying : IntentState::kLeased;
    ++after.epoch;
    after.lease_until = query.lease_until;
    after.worker = query.worker;
    Change(*row, std::move(after));
    claimed.push_back(row->intent);
  }
  return claimed;
}

absl::StatusOr<bool> MemoryTransaction::UpdateIntent(std::int64_t id, const IntentProgress& after, IntentState state,
                                                     std::int64_t epoch) {
  FAIRLEAD_RETURN_IF_ERROR(Writable());
  const auto row = data_->intents.find(id);
  if (row == data_->intents.end() || row->second.intent.state != state || row->second.intent.epoch != epoch) {
    return false;
  }
  if (IsInFlight(after.state) && !IsInFlight(state) && !data_->faults.lanes_broken) {
    for (const auto& [position, other] : row->second.lane->live) {
      if (other != id && IsInFlight(data_->intents.at(other).intent.state)) {
        return MakeError(ErrorKind::kConflict, Outcome::kNotSent, "memory store: another one of its lane is in flight");
      }
    }
  }
  IntentProgress stored = after;
  if (IsTerminal(after.state)) {
    stored.run_at = stored.lease_until = StoreTime{};
  } else {
    stored.answer = {};
  }
  Change(row->second, std::move(stored));
  return true;
}

absl::StatusOr<std::vector<Intent>> MemoryTransaction::ListAbandoned(StoreTime now) {
  FAIRLEAD_RETURN_IF_ERROR(Writable());
  std::vector<Intent> abandoned;
  for (const std::int64_t id : data_->live) {
    const Intent& intent = data_->intents.at(id).intent;
    if (!IsInFlight(intent.state) || intent.state == IntentState::kUnknown) continue;
    if (intent.lease_until <= now || data_->dead.count(intent.worker) != 0) abandoned.push_back(intent);
  }
  return abandoned;
}

absl::StatusOr<std::optional<StoreTime>> MemoryTransaction::NextDue() {
  FAIRLEAD_RETURN_IF_ERROR(Readable());
  std::optional<StoreTime> due;
  const auto consider = [&due](StoreTime at) {
    if (!due.has_value() || at < *due) due = at;
  };
  for (const std::int64_t id : data_->live) {
    const MemoryIntent& row = data_->intents.at(id);
    if (row.intent.state == IntentState::kUnknown) consider(row.intent.run_at);
    if (row.intent.state != IntentState::kReady) continue;
    // What waits behind its lane is due when the lane is, not now.
    ClaimQuery query;
    query.now = std::max(row.intent.run_at, row.lane->held_until);
    if (Claimable(row, query)) consider(query.now);
  }
  return due;
}

absl::Status MemoryTransaction::HoldLane(const KeyParts& parts, StoreTime until) {
  FAIRLEAD_RETURN_IF_ERROR(Writable());
  MemoryLane* const lane = &data_->LaneOf(parts);
  undo_.push_back([lane, before = lane->held_until] { lane->held_until = before; });
  lane->held_until = std::max(lane->held_until, until);
  return absl::OkStatus();
}

absl::StatusOr<std::int64_t> MemoryTransaction::PurgeIntents(WallTime finished_before, WallTime letters_before,
                                                             WallTime tombstones_before, std::size_t limit) {
  FAIRLEAD_RETURN_IF_ERROR(Writable());
  std::vector<std::int64_t> ids;
  for (const auto& [id, row] : data_->intents) {
    // The newest intent stays, as on disk, where its id must never be given again.
    if (ids.size() >= limit || id == data_->intents.rbegin()->first) break;
    const IntentState state = row.intent.state;
    if (!IsTerminal(state)) continue;
    const bool letter = state == IntentState::kRejected || state == IntentState::kDead;
    if (row.intent.updated_at < (letter ? letters_before : finished_before)) ids.push_back(id);
  }
  for (const std::int64_t id : ids) {
    const Intent intent = data_->intents.at(id).intent;
    std::vector<MemoryData::PurposeEntry>& entries = data_->purposes[AggregateKey(intent.parts)];
    undo_.push_back([&entries, before = entries] { entries = before; });
    for (MemoryData::PurposeEntry& entry : entries) {
      if (entry.id != id) continue;
      entry.tombstone = true;
      entry.at = intent.updated_at;
    }
    undo_.push_back([data = data_, intent] { data->Insert(intent); });
    data_->Erase(id);
    Remove(data_->audit, id);
  }
  for (auto& [key, entries] : data_->purposes) {
    const auto old = [&](const MemoryData::PurposeEntry& entry) {
      return entry.tombstone && entry.at < tombstones_before;
    };
    if (std::none_of(entries.begin(), entries.end(), old)) continue;
    undo_.push_back([&list = entries, before = entries] { list = before; });
    entries.erase(std::remove_if(entries.begin(), entries.end(), old), entries.end());
  }
  return static_cast<std::int64_t>(ids.size());
}

absl::Status MemoryTransaction::AppendAudit(const AuditRecord& record) {
  FAIRLEAD_RETURN_IF_ERROR(Writable());
  std::vector<AuditRecord>& lines = data_->audit[record.intent_id];
  undo_.push_back([data = data_, id = record.intent_id] { data->audit.find(id)->second.pop_back(); });
  lines.push_back(record);
  lines.back().id = data_->next_audit++;
  return absl::OkStatus();
}

absl::StatusOr<std::vector<AuditRecord>> MemoryTransaction::ListAudit(std::int64_t intent_id) {
  FAIRLEAD_RETURN_IF_ERROR(Readable());
  const auto found = data_->audit.find(intent_id);
  return found == data_->audit.end() ? std::vector<AuditRecord>{} : found->second;
}

absl::Status MemoryTransaction::PutPause(const Pause& pause) {
  FAIRLEAD_RETURN_IF_ERROR(Writable());
  Put(data_->pauses, pause.scope, pause);
  return absl::OkStatus();
}

absl::StatusOr<bool> MemoryTransaction::RemovePause(std::string_view scope) {
  FAIRLEAD_RETURN_IF_ERROR(Writable());
  return Remove(data_->pauses, std::string(scope));
}

absl::StatusOr<std::vector<Pause>> MemoryTransaction::ListPauses() {
  FAIRLEAD_RETURN_IF_ERROR(Readable());
  std::vector<Pause> pauses;
  for (const auto& [scope, pause] : data_->pauses) pauses.push_back(pause);
  return pauses;
}

absl::Status MemoryTransaction::CountWrites(std::string_view connector, StoreTime now, std::int64_t n) {
  FAIRLEAD_RETURN_IF_ERROR(Writable());
  const std::pair<std::string, std::int64_t> bucket(connector, MinuteOf(now));
  const auto found = data_->writes.find(bucket);
  Put(data_->writes, bucket, (found == data_->writes.end() ? 0 : found->second) + n);
  return absl::OkStatus();
}

absl::StatusOr<std::int64_t> MemoryTransaction::WritesInLastHour(std::string_view connector, StoreTime now) {
  FAIRLEAD_RETURN_IF_ERROR(Readable());
  std::int64_t writes = 0;
  for (auto bucket = data_->writes.upper_bound({std::string(connector), MinuteOf(now) - 60});
       bucket != data_->writes.end() && bucket->first.first == connector; ++bucket) {
    writes += bucket->second;
  }
  return writes;
}

absl::StatusOr<bool> MemoryTransaction::InsertInbox(InboxMessage& message) {
  FAIRLEAD_RETURN_IF_ERROR(Writable());
  const auto key = std::make_tuple(message.tenant, message.source, message.dedup_key);
  if (const auto found = data_->inbox_keys.find(key); found != data_->inbox_keys.end()) {
    message.id = found->second;
    return false;
  }
  message.id = data_->next_inbox++;
  Put(data_->inbox_keys, key, message.id);
  Put(data_->inbox, message.id, message);
  return true;
}

absl::StatusOr<std::optional<InboxMessage>> MemoryTransaction::GetInbox(std::int64_t id) {
  FAIRLEAD_RETURN_IF_ERROR(Readable());
  const auto found = data_->inbox.find(id);
  if (found == data_->inbox.end()) return std::nullopt;
  return found->second;
}

absl::StatusOr<std::vector<InboxMessage>> MemoryTransaction::ListInbox(InboxState state, std::int64_t after_id,
                                                                       std::size_t limit) {
  FAIRLEAD_RETURN_IF_ERROR(Readable());
  std::vector<InboxMessage> messages;
  for (auto row = data_->inbox.upper_bound(after_id); row != data_->inbox.end() && messages.size() < limit; ++row) {
    if (row->second.state == state) messages.push_back(row->second);
  }
  return messages;
}

absl::Status MemoryTransaction::SetInboxState(std::int64_t id, InboxState state, std::string_view detail) {
  FAIRLEAD_RETURN_IF_ERROR(Writable());
  const auto found = data_->inbox.find(id);
  if (found == data_->inbox.end()) {
    return MakeError(ErrorKind::kNotFound, Outcome::kNotSent, "there is no inbox message " + std::to_string(id));
  }
  InboxMessage message = found->second;
  // A note on a message that stays or becomes unprocessed is a failure of handling it.
  if (state != InboxState::kProcessed && !detail.empty()) ++message.attempts;
  message.state = state;
  message.detail = std::string(detail);
  Put(data_->inbox, id, std::move(message));
  return absl::OkStatus();
}

}  // namespace internal
}  // namespace testing
FAIRLEAD_NAMESPACE_END
