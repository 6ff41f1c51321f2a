// What comes in: pages, single reads and webhooks become mirror rows and decisions in one transaction.
#include <array>
#include <cstdio>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "fairlead/core/error.h"
#include "fairlead/models/digest.h"
#include "src/core/internal/absl_compat.h"
#include "src/sync/internal/engine_impl.h"
#include "src/sync/internal/text.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace sync {

using ::fairlead::internal::ToAbsl;
using internal::Fields;
using internal::KindName;

namespace {

// Versions of one kind as text that sorts as they do; empty where the source offers nothing that orders.
std::string SortableVersion(const v1::EntityHeader& header, std::string_view system) {
  for (const v1::SourceVersion& version : header.source_versions()) {
    if (ToAbsl(system) != version.system()) continue;
    char text[64];
    switch (version.version_case()) {
      case v1::SourceVersion::kModifiedAt:
        std::snprintf(text, sizeof text, "t%020lld.%09d", static_cast<long long>(version.modified_at().seconds()),
                      version.modified_at().nanos());
        return text;
      case v1::SourceVersion::kNumber:
        std::snprintf(text, sizeof text, "n%020llu", static_cast<unsigned long long>(version.number()));
        return text;
      case v1::SourceVersion::kSequence:
        std::snprintf(text, sizeof text, "s%020llu", static_cast<unsigned long long>(version.sequence()));
        return text;
      default:
        return {};
    }
  }
  return {};
}

v1::EntityHeader* MutableHeader(google::protobuf::Message& message) {
  const auto* field = message.GetDescriptor()->FindFieldByNumber(1);
  if (field == nullptr || field->message_type() != v1::EntityHeader::descriptor()) return nullptr;
  return static_cast<v1::EntityHeader*>(message.GetReflection()->MutableMessage(&message, field));
}

std::string CursorName(std::string_view tenant, std::string_view system, v1::EntityKind entity) {
  return absl::StrCat("sync/", ToAbsl(tenant), "/", ToAbsl(system), "/", KindName(entity));
}

// Buyers before the orders that name them; orders before the stock that they explain.
constexpr std::array<v1::EntityKind, 10> kPollOrder = {v1::PARTY,  v1::PRODUCT,        v1::VARIANT, v1::ORDER,
                                                       v1::REFUND, v1::SHIPMENT,       v1::INVOICE, v1::PAYMENT,
                                                       v1::RETURN, v1::INVENTORY_LEVEL};

// A SKU whose stock is to be decided again because of this record.
void NoteSku(const google::protobuf::Message& message, std::set<std::string>& skus) {
  if (message.GetDescriptor() == v1::InventoryLevel::descriptor()) {
    const auto& level = static_cast<const v1::InventoryLevel&>(message);
    if (!level.sku().empty()) skus.insert(level.sku());
  }
}

}  // namespace

absl::Status Engine::Impl::IngestRecord(Transaction& tx, Incoming& incoming, Record& record) {
  const std::string kind = KindName(record.entity);
  const ::fairlead::ExternalRef ref{options.tenant, incoming.system.id, kind, record.external_id};
  if (record.external_id.empty()) {
    return MakeError(ErrorKind::kUnparseable, Outcome::kNotSent,
                     absl::StrCat("a record of kind ", kind, " has no id at its source"));
  }
  auto before = tx.GetMirrorHead(ref);
  if (!before.ok()) return before.status();
  if (record.entity == v1::INVENTORY_LEVEL && record.message != nullptr && incoming.authoritative) {
    const auto& level = static_cast<const v1::InventoryLevel&>(*record.message);
    if (!level.sku().empty()) unposted.LevelRead(incoming.system.id, level.sku(), incoming.as_of);
  }

  for (const MappingFinding& finding : record.findings) {
    FAIRLEAD_RETURN_IF_ERROR(RecordFinding(tx, absl::StrCat("mapping/", finding.code),
                                           absl::StrCat(incoming.system.id, "/", kind, "/", record.external_id),
                                           "LOSSY", {{"path", finding.path}, {"detail", finding.message}}));
  }

  if (record.deleted || record.message == nullptr) {
    if (!before->has_value() || (*before)->deleted) return absl::OkStatus();
    auto whole = tx.GetMirror(ref);
    if (!whole.ok()) return whole.status();
    MirrorRow gone = **whole;
    gone.deleted = true;
    gone.observed_at = Wall();
    ++incoming.report.changed;
    FAIRLEAD_RETURN_IF_ERROR(tx.PutMirror(gone));
    return RecordDecision(tx, kind, gone.canonical_id, "mirror", "deleted_at_source", {{"system", incoming.system.id}},
                          0);
  }

  google::protobuf::Message& message = *record.message;
  v1::EntityHeader* header = MutableHeader(message);
  if (header == nullptr)
    return MakeError(ErrorKind::kInternal, Outcome::kNotSent, absl::StrCat("kind ", kind, " carries no header"));
  const std::string version = SortableVersion(*header, incoming.system.id);
  const std::string hash = models::DigestOf(message).Bytes();

  if (before->has_value() && !(*before)->deleted) {
    const MirrorRow& known = **before;
    const bool same = known.content_hash == hash;
    if (!version.empty() && !known.source_version.empty() && version < known.source_version) {
      ++incoming.report.stale;
      return same ? absl::OkStatus()
                  : RecordDecision(tx, kind, known.canonical_id, "mirror", "older_than_known",
                                   {{"system", incoming.system.id}, {"origin", incoming.origin}, {"version", version}},
                                   0);
    }
    if (same) {
      // Only the version moved: our own write of a reference, a note, a touch. The decision would be the same.
      if (version != known.source_version && !version.empty()) {
        auto whole = tx.GetMirror(ref);
        if (!whole.ok()) return whole.status();
        MirrorRow touched = **whole;
        touched.source_version = version;
        touched.observed_at = Wall();
        ++incoming.report.echoes;
        return tx.PutMirror(touched);
      }
      return absl::OkStatus();
    }
    // One version, two contents: a message that came late may hide the newer one. Only a read can tell.
    if (!incoming.authoritative && version == known.source_version && incoming.read_instead != nullptr) {
      incoming.read_instead->push_back({record.entity, record.external_id});
      return absl::OkStatus();
    }
  }

  std::string canonical_id;
  if (record.entity == v1::INVENTORY_LEVEL && !static_cast<const v1::InventoryLevel&>(message).sku().empty()) {
    canonical_id = internal::StockId(options.tenant, static_cast<const v1::InventoryLevel&>(message).sku());
    // An item that is given another SKU is another stock from then on.
    if (before->has_value() && (*before)->canonical_id != canonical_id)
      FAIRLEAD_RETURN_IF_ERROR(tx.RemoveLink(ref).status());
    FAIRLEAD_RETURN_IF_ERROR(tx.PutLink({ref, canonical_id}));
  } else if (before->has_value()) {
    canonical_id = (*before)->canonical_id;
  } else if (record.entity == v1::PARTY) {
    // A guest that opens an account stays the buyer that it was.
    const auto guest = internal::GuestIdOf(static_cast<const v1::Party&>(message));
    if (guest.has_value()) {
      auto known = tx.FindCanonicalId({options.tenant, incoming.system.id, kind, *guest});
      if (!known.ok()) return known.status();
      auto own = tx.FindCanonicalId(ref);
      if (!own.ok()) return own.status();
      if (known->has_value() && !own->has_value()) {
        FAIRLEAD_RETURN_IF_ERROR(tx.PutLink({ref, **known}));
        FAIRLEAD_RETURN_IF_ERROR(RecordDecision(tx, kind, **known, "identity/same-mailbox-and-company", "linked",
                                                {{"system", incoming.system.id}, {"account", record.external_id}}, 0));
      }
    }
  }
  if (canonical_id.empty()) {
    auto minted = internal::CanonicalId(tx, options.tenant, incoming.system.id, kind, record.external_id);
    if (!minted.ok()) return minted.status();
    canonical_id = *minted;
  }

  std::uint64_t revision = 1;
  if (before->has_value()) {
    auto whole = tx.GetMirror(ref);
    if (!whole.ok()) return whole.status();
    const auto previous = NewMessage(record.entity);
    if (previous != nullptr && whole->has_value() && previous->ParseFromString((*whole)->content)) {
      revision = MutableHeader(*previous)->revision() + 1;
    }
  }
  header->set_id(canonical_id);
  header->set_tenant(options.tenant);
  header->set_revision(revision);
  header->set_content_hash(hash);

  MirrorRow row;
  row.ref = ref;
  row.canonical_id = canonical_id;
  row.content = message.SerializeAsString();
  row.content_hash = hash;
  row.source_version = version;
  row.observed_at = Wall();
  FAIRLEAD_RETURN_IF_ERROR(tx.PutMirror(row));
  if (!record.raw.empty()) {
    JournalEntry entry;
    entry.tenant = options.tenant;
    entry.system = incoming.system.id;
    entry.kind = kind;
    entry.origin = incoming.origin;
    entry.bytes = std::move(record.raw);
    entry.at = Wall();
    FAIRLEAD_RETURN_IF_ERROR(tx.AppendJournal(entry).status());
  }
  ++incoming.report.changed;

  // A change that equals our own last write is no news from the other side.
  if (record.entity == v1::INVENTORY_LEVEL) {
    auto echo = tx.GetEcho(ref, "stock");
    if (!echo.ok()) return echo.status();
    const std::string stated = internal::AvailableText(static_cast<const v1::InventoryLevel&>(message));
    if (echo->has_value() && (*echo)->hash == stated) {
      ++incoming.report.echoes;
      return RecordDecision(tx, kind, canonical_id, "echo", "echo", {{"system", incoming.system.id}, {"value", stated}},
                            (*echo)->intent_id);
    }
  }
  return Decide(tx, incoming.system, record.entity, record.external_id, canonical_id, message, incoming.report);
}

absl::Status Engine::Impl::IngestUnreadable(Transaction& tx, Incoming& incoming, v1::EntityKind entity,
                                            const UnreadableRecord& record) {
  JournalEntry entry;
  entry.tenant = options.tenant;
  entry.system = incoming.system.id;
  entry.kind = absl::StrCat(KindName(entity), "/unreadable");
  entry.origin = incoming.origin;
  entry.bytes = record.raw;
  entry.at = Wall();
  auto id = tx.AppendJournal(entry);
  if (!id.ok()) return id.status();
  ++incoming.report.unreadable;
  // The same bytes again are the same finding: the digest names them.
  const std::string digest = Sha256(record.raw).ToHex().substr(0, 16);
  return RecordFinding(tx, "unreadable", absl::StrCat(incoming.system.id, "/", KindName(entity), "/", digest),
                       "UNREADABLE",
                       {{"detail", std::string(record.why.message())},
                        {"journal", absl::StrCat(*id)},
                        {"owner", options.default_owner},
                        {"runbook", "unreadable-record"}});
}

absl::StatusOr<IngestReport> Engine::Impl::IngestPage(const System& system, v1::EntityKind entity, Page& page,
                                                      WallTime as_of) {
  IngestReport report;
  report.last = page.last;
  auto begun = store.Begin();
  if (!begun.ok()) return begun.status();
  Transaction& tx = **begun;
  Incoming incoming{system, "poll", as_of, true, report, nullptr};
  std::set<std::string> skus;
  for (Record& record : page.records) {
    ++report.records;
    const IngestReport undo = report;
    const absl::Status status = tx.Savepoint([&] { return IngestRecord(tx, incoming, record); });
    if (status.ok()) {
      if (record.message != nullptr) NoteSku(*record.message, skus);
      continue;
    }
    // A store that fails stops the page; a record that fails is set aside and the rest go on.
    if (status.code() == absl::StatusCode::kDataLoss || status.code() == absl::StatusCode::kUnavailable) return status;
    report = undo;
    FAIRLEAD_RETURN_IF_ERROR(
        IngestUnreadable(tx, incoming, entity, {record.raw.empty() ? record.external_id : record.raw, status}));
  }
  for (const UnreadableRecord& bad : page.unreadable)
    FAIRLEAD_RETURN_IF_ERROR(IngestUnreadable(tx, incoming, entity, bad));
  FAIRLEAD_RETURN_IF_ERROR(DecideStock(tx, skus, report));
  FAIRLEAD_RETURN_IF_ERROR(tx.PutCursor(CursorName(options.tenant, system.id, entity), page.next_cursor));
  FAIRLEAD_RETURN_IF_ERROR(tx.Commit());
  read += report.records;
  changed += report.changed;
  return report;
}

absl::StatusOr<IngestReport> Engine::Impl::ReadAndIngest(const System& system, const std::vector<ReadRequest>& requests,
                                                         std::string_view origin) {
  IngestReport report;
  for (const ReadRequest& request : requests) {
    const WallTime as_of = Wall();
    auto record = Reading("read", system,
                          [&](const CallContext& context) { return system.connector->ReadOne(request, context); });
    Record gone;
    if (!record.ok()) {
      if (KindOf(record.status()) != ErrorKind::kNotFound)
        return Annotate(record.status(), absl::StrCat("reading ", request.id, " from ", system.id));
      gone.entity = request.entity;
      gone.external_id = request.id;
      gone.deleted = true;
    }
    Record& incoming_record = record.ok() ? *record : gone;
    auto tx = store.Begin();
    if (!tx.ok()) return tx.status();
    Incoming incoming{system, std::string(origin), as_of, true, report, nullptr};
    ++report.records;
    FAIRLEAD_RETURN_IF_ERROR(IngestRecord(**tx, incoming, incoming_record));
    std::set<std::string> skus;
    if (incoming_record.message != nullptr) NoteSku(*incoming_record.message, skus);
    FAIRLEAD_RETURN_IF_ERROR(DecideStock(**tx, skus, report));
    FAIRLEAD_RETURN_IF_ERROR((*tx)->Commit());
  }
  read += report.records;
  changed += report.changed;
  return report;
}

absl::Status Engine::Impl::HandleInboxMessage(const System& system, const InboxMessage& message, IngestReport& report) {
  Webhook webhook;
  webhook.topic = message.topic;
  webhook.body = message.body;
  for (const auto& [name, value] : message.headers) webhook.headers.push_back({name, value});
  auto parsed = system.connector->ParseWebhook(webhook);

  std::vector<ReadRequest> reads;
  auto begun = store.Begin();
  if (!begun.ok()) return begun.status();
  Transaction& tx = **begun;
  Incoming incoming{system, absl::StrCat("webhook:", message.id), message.received_at, false, report, &reads};
  std::set<std::string> skus;
  if (!parsed.ok()) {
    FAIRLEAD_RETURN_IF_ERROR(
        IngestUnreadable(tx, incoming, v1::ENTITY_KIND_UNSPECIFIED, {message.body, parsed.status()}));
    FAIRLEAD_RETURN_IF_ERROR(
        tx.SetInboxState(message.id, InboxState::kUnparseable, ::fairlead::internal::ToStd(parsed.status().message())));
    return tx.Commit();
  }
  reads = parsed->read_instead;
  for (Record& record : parsed->records) {
    ++report.records;
    const absl::Status status = tx.Savepoint([&] { return IngestRecord(tx, incoming, record); });
    if (!status.ok()) {
      FAIRLEAD_RETURN_IF_ERROR(
          IngestUnreadable(tx, incoming, record.entity, {record.raw.empty() ? message.body : record.raw, status}));
    } else if (record.message != nullptr) {
      NoteSku(*record.message, skus);
    }
  }
  for (const UnreadableRecord& bad : parsed->unreadable) {
    FAIRLEAD_RETURN_IF_ERROR(IngestUnreadable(tx, incoming, v1::ENTITY_KIND_UNSPECIFIED, bad));
  }
  FAIRLEAD_RETURN_IF_ERROR(DecideStock(tx, skus, report));
  if (reads.empty()) {
    FAIRLEAD_RETURN_IF_ERROR(tx.SetInboxState(message.id, InboxState::kProcessed, ""));
    return tx.Commit();
  }
  // The read comes first and the mark after it: if the process dies in between, the message is handled again.
  FAIRLEAD_RETURN_IF_ERROR(tx.Commit());
  begun->reset();
  auto more = ReadAndIngest(system, reads, incoming.origin);
  if (!more.ok()) return more.status();
  report += *more;
  return store.Write(
      [&](Transaction& mark) { return mark.SetInboxState(message.id, InboxState::kProcessed, "read at the source"); });
}

absl::StatusOr<IngestReport> Engine::Poll(std::string_view system_id, v1::EntityKind entity) {
  const Impl::System* system = impl_->Find(system_id);
  if (system == nullptr) {
    return MakeError(ErrorKind::kConfiguration, Outcome::kNotSent,
                     absl::StrCat("no system '", ToAbsl(system_id), "' is bound to this engine"));
  }
  ListRequest request;
  request.entity = entity;
  request.page_size = impl_->options.page_size;
  {
    auto tx = impl_->store.Read();
    if (!tx.ok()) return tx.status();
    auto cursor = (*tx)->GetCursor(CursorName(impl_->options.tenant, system_id, entity));
    if (!cursor.ok()) return cursor.status();
    request.cursor = cursor->value_or("");
  }
  const WallTime as_of = impl_->Wall();
  auto page = impl_->Reading(
      "list", *system, [&](const CallContext& context) { return system->connector->ListSince(request, context); });
  if (!page.ok()) return Annotate(page.status(), absl::StrCat("listing ", KindName(entity), " of ", system->id));
  auto report = impl_->IngestPage(*system, entity, *page, as_of);
  impl_->Report();
  return report;
}

absl::StatusOr<IngestReport> Engine::PollAll() {
  IngestReport total;
  absl::Status first;
  for (const v1::EntityKind entity : kPollOrder) {
    for (const Impl::System& system : impl_->systems) {
      const v1::EntityCapability* capability = system.manifest.Find(entity);
      if (capability == nullptr || !capability->list_since()) continue;
      const SteadyTime began = impl_->runtime.clock->SteadyNow();
      int pages = 0;
      std::int64_t records = 0;
      // Bounded, so that a listing that never says "last" cannot hold the others up for ever.
      for (; pages < 10'000; ++pages) {
        auto report = Poll(system.id, entity);
        if (!report.ok()) {
          if (first.ok()) first = report.status();
          break;
        }
        total += *report;
        records += report->records;
        if (report->last) break;
      }
      impl_->runtime.log->Log(
          LogLevel::kInfo, "sync",
          absl::StrCat("listing ", KindName(entity), " of ", system.id, ": ", pages + 1, " pages, ", records,
                       " records, ", (impl_->runtime.clock->SteadyNow() - began) / std::chrono::milliseconds(1),
                       " ms"));
    }
  }
  if (!first.ok()) return first;
  return total;
}

ReceiveResult Engine::Receive(std::string_view system_id, const Webhook& webhook) {
  ReceiveResult result;
  const Impl::System* system = impl_->Find(system_id);
  if (system == nullptr) {
    result.http_status = 404;
    return result;
  }
  if (webhook.body.size() > (std::size_t{8} << 20)) {
    result.http_status = 413;
    return result;
  }
  if (const absl::Status proven = system->connector->VerifyWebhook(webhook); !proven.ok()) {
    // A ping is unsigned with some vendors: it carries nothing, so it is answered and not kept.
    const auto ping = system->connector->ParseWebhook(webhook);
    result.http_status = ping.ok() && ping->ping && ping->records.empty() && ping->read_instead.empty() ? 200 : 401;
    return result;
  }
  InboxMessage message;
  message.tenant = impl_->options.tenant;
  message.source = absl::StrCat("system:", system->id);
  message.topic = webhook.topic;
  message.body = webhook.body;
  message.received_at = impl_->Wall();
  std::string webhook_id;
  for (const http::Header& header : webhook.headers) {
    const std::string name = absl::AsciiStrToLower(header.name);
    if (name.find("signature") != std::string::npos || name == "authorization" || name == "cookie") continue;
    if (name == "x-wc-webhook-id" || name == "webhook-id") webhook_id = header.value;
    message.headers.emplace_back(name, header.value);
  }
  // A delivery id alone would lose messages: WooCommerce gives one id to different orders of one second.
  message.dedup_key = absl::StrCat(webhook_id, "|", webhook.topic, "|", Sha256(webhook.body).ToHex());
  const absl::Status stored = impl_->store.Write([&](Transaction& tx) {
    auto fresh = tx.InsertInbox(message);
    if (!fresh.ok()) return fresh.status();
    result.duplicate = !*fresh;
    return absl::OkStatus();
  });
  result.http_status = stored.ok() ? 200 : 503;
  result.message_id = message.id;
  return result;
}

absl::StatusOr<IngestReport> Engine::DrainInbox(std::size_t limit) {
  std::vector<InboxMessage> messages;
  {
    auto tx = impl_->store.Read();
    if (!tx.ok()) return tx.status();
    auto listed = (*tx)->ListInbox(InboxState::kNew, 0, limit);
    if (!listed.ok()) return listed.status();
    messages = std::move(*listed);
  }
  IngestReport total;
  absl::Status first;
  for (const InboxMessage& message : messages) {
    if (message.source.rfind("system:", 0) != 0) continue;  // A team's own message in the same inbox.
    const Impl::System* system = impl_->Find(std::string_view(message.source).substr(7));
    if (system == nullptr) continue;
    IngestReport report;
    const absl::Status status = impl_->HandleInboxMessage(*system, message, report);
    total += report;
    if (!status.ok() && first.ok()) first = status;
    impl_->changed += report.changed;
    impl_->read += report.records;
  }
  impl_->Report();
  if (!first.ok()) return first;
  return total;
}

IngestReport& IngestReport::operator+=(const IngestReport& other) {
  records += other.records;
  changed += other.changed;
  echoes += other.echoes;
  stale += other.stale;
  unreadable += other.unreadable;
  intents += other.intents;
  held += other.held;
  last = last && other.last;
  return *this;
}

}  // namespace sync
FAIRLEAD_NAMESPACE_END
