// What can be read: single records, changes since a cursor, everything.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "fairlead/v1/header.pb.h"
#include "src/core/internal/absl_compat.h"
#include "src/testing/internal/conformance_kit.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace testing::internal {
namespace {

using fairlead::internal::ToAbsl;

/// Why a record is not what a connector owes; empty if it is.
std::string FaultOf(const Record& record, v1::EntityKind entity) {
  if (record.entity != entity) return absl::StrCat("it says that it is ", v1::EntityKind_Name(record.entity));
  if (record.external_id.empty()) return "it has no external id";
  if (record.deleted) return {};
  if (record.message == nullptr) return "it has no message";
  if (EntityKindOf(*record.message->GetDescriptor()) != entity) {
    return absl::StrCat("its message is a ", record.message->GetDescriptor()->name());
  }
  const google::protobuf::FieldDescriptor* field = record.message->GetDescriptor()->FindFieldByNumber(1);
  if (field == nullptr || field->message_type() != v1::EntityHeader::descriptor()) return {};
  const auto& header =
      static_cast<const v1::EntityHeader&>(record.message->GetReflection()->GetMessage(*record.message, field));
  if (header.refs().empty()) return "its header names no ref";
  for (const v1::ExternalRef& ref : header.refs()) {
    if (ref.system().empty() || ref.id().empty()) return "a ref of its header lacks system or id";
  }
  return {};
}

std::string Kind(const v1::EntityCapability& entity) { return v1::EntityKind_Name(entity.entity()); }

/// Those of `ids` that the listing did not show.
std::vector<std::string> Missing(const Listing& listing, const std::vector<std::string>& ids) {
  std::vector<std::string> missing;
  std::copy_if(ids.begin(), ids.end(), std::back_inserter(missing),
               [&listing](const std::string& id) { return listing.LastPageOf(id) < 0; });
  return missing;
}

}  // namespace

CallContext Kit::Context() const {
  CallContext context;
  context.deadline = Deadline::After(*options_.runtime.clock, std::chrono::seconds(60));
  context.resolver = subject_.resolver();
  return context;
}

absl::StatusOr<Listing> Kit::List(Connector& connector, bool all, v1::EntityKind entity, std::string cursor,
                                  std::uint32_t page_size, const Between& between) {
  Listing listing;
  listing.cursor = std::move(cursor);
  for (;;) {
    if (listing.pages >= options_.max_pages) {
      return absl::DeadlineExceededError(absl::StrCat("no last page after ", listing.pages, " pages"));
    }
    ListRequest request;
    request.entity = entity;
    request.cursor = listing.cursor;
    request.page_size = page_size;
    absl::StatusOr<Page> page = all ? connector.ListAll(request, Context()) : connector.ListSince(request, Context());
    if (!page.ok()) return page.status();
    for (const Record& record : page->records) {
      if (const std::string fault = FaultOf(record, entity); !fault.empty()) {
        return absl::DataLossError(absl::StrCat("record '", record.external_id, "': ", fault));
      }
      listing.seen.push_back({record.external_id, listing.pages, record.deleted});
    }
    if (page->complete && !page->last) listing.complete_too_early = true;
    listing.cursor = page->next_cursor;
    if (between) {
      if (absl::Status status = between(listing.pages, *page); !status.ok()) return status;
    }
    ++listing.pages;
    if (page->last) {
      listing.complete = page->complete;
      return listing;
    }
  }
}

void Kit::CheckReads(const v1::EntityCapability& entity) {
  if (!entity.read_one()) return;
  const v1::EntityKind kind = entity.entity();
  Check("read_one.finds_record", Kind(entity), "A record that exists is read by its id.", [&]() -> Verdict {
    FAIRLEAD_KIT_SUBJECT(const std::string id, subject_.Make(kind));
    FAIRLEAD_KIT_CONNECTOR(const Record record, connector_->ReadOne(ReadRequest{kind, id}, Context()));
    if (const std::string fault = FaultOf(record, kind); !fault.empty()) return Fail(fault);
    if (record.external_id != id) return Fail(absl::StrCat("asked for '", id, "', got '", record.external_id, "'"));
    if (wire_.counts().effectful > 0) return Fail("a request with an effect was sent");
    return Pass();
  });
  Check("read_one.missing_is_not_found", Kind(entity),
        "A record that does not exist is NOT_FOUND, not an empty record.", [&]() -> Verdict {
          const std::string id = subject_.MissingId(kind);
          const absl::StatusOr<Record> record = connector_->ReadOne(ReadRequest{kind, id}, Context());
          if (record.ok()) return Fail(absl::StrCat("'", id, "' was read as if it existed"));
          if (KindOf(record.status()) != ErrorKind::kNotFound) return FromConnector(record.status(), "ReadOne");
          return Pass();
        });
}

void Kit::CheckCursor(const v1::EntityCapability& entity) {
  if (!entity.list_since()) return;
  const v1::EntityKind kind = entity.entity();
  Check("list_since.nothing_lost_under_writes", Kind(entity),
        "Records made and changed while their list is being read are all seen; repeats are allowed.", [&]() -> Verdict {
          FAIRLEAD_KIT_CONNECTOR(Listing listing, List(*connector_, false, kind, "", 0));
          std::vector<std::string> made;
          for (int i = 0; i < 3; ++i) {
            FAIRLEAD_KIT_SUBJECT(std::string id, subject_.Make(kind));
            made.push_back(std::move(id));
          }
          const std::vector<std::string> first = made;
          std::vector<std::pair<std::string, int>> changed;  // Id, and the last page that was read before its change.
          bool can_change = true;
          const Between write = [&](int page, const Page&) -> absl::Status {
            if (page >= 4) return absl::OkStatus();
            absl::StatusOr<std::string> id = subject_.Make(kind);
            if (!id.ok()) return id.status();
            made.push_back(*std::move(id));
            if (!can_change) return absl::OkStatus();
            const std::string& target = first[static_cast<std::size_t>(page) % first.size()];
            const absl::Status status = subject_.Change(kind, target);
            if (status.code() == absl::StatusCode::kUnimplemented) {
              can_change = false;
              return absl::OkStatus();
            }
            if (status.ok()) changed.emplace_back(target, page);
            return status;
          };
          Listing all;
          // Until a sweep brings nothing that was not there before: the second one sees what came behind the first.
          for (int sweep = 0; sweep < 3; ++sweep) {
            FAIRLEAD_KIT_CONNECTOR(const Listing part, List(*connector_, false, kind, listing.cursor,
                                                            options_.page_size, sweep == 0 ? write : Between()));
            for (Listing::Seen seen : part.seen) {
              seen.page += all.pages;
              all.seen.push_back(std::move(seen));
            }
            all.pages += part.pages;
            listing.cursor = part.cursor;
            if (listing.cursor.empty() && entity.cursor() != v1::CURSOR_KIND_HASH_SCAN)
              return Fail("the last page gives no cursor to go on from");
          }
          if (const std::vector<std::string> missing = Missing(all, made); !missing.empty()) {
            return Fail(absl::StrCat("never shown: ", absl::StrJoin(missing, ", ")));
          }
          for (const auto& [id, page] : changed) {
            if (all.LastPageOf(id) <= page)
              return Fail(absl::StrCat("the change of ", id, " after page ", page, " was never shown"));
          }
          Verdict passed = Pass();
          passed.detail = absl::StrCat(made.size(), " made, ", changed.size(), " changed, ", all.pages, " pages");
          if (!can_change) absl::StrAppend(&passed.detail, "; the subject cannot change records");
          return passed;
        });
  Check("list_since.change_is_shown", Kind(entity), "A record changed after a listing ended is in the next one.",
        [&]() -> Verdict {
          FAIRLEAD_KIT_SUBJECT(const std::string id, subject_.Make(kind));
          FAIRLEAD_KIT_CONNECTOR(const Listing before, List(*connector_, false, kind, "", 0));
          if (before.LastPageOf(id) < 0)
            return Fail(absl::StrCat("the new record ", id, " is not in the listing from the beginning"));
          if (const absl::Status status = subject_.Change(kind, id); !status.ok()) return FromSubject(status, "Change");
          FAIRLEAD_KIT_CONNECTOR(const Listing after, List(*connector_, false, kind, before.cursor, 0));
          return after.LastPageOf(id) >= 0 ? Pass() : Fail(absl::StrCat("the change of ", id, " was not shown"));
        });
}

void Kit::CheckFullListing(const v1::EntityCapability& entity) {
  if (!entity.list_all()) return;
  const v1::EntityKind kind = entity.entity();
  Check("list_all.complete", Kind(entity), "A full listing shows every record and says on its last page that it did.",
        [&]() -> Verdict {
          std::vector<std::string> made;
          for (int i = 0; i < 3; ++i) {
            FAIRLEAD_KIT_SUBJECT(std::string id, subject_.Make(kind));
            made.push_back(std::move(id));
          }
          FAIRLEAD_KIT_CONNECTOR(const Listing listing, List(*connector_, true, kind, "", options_.page_size));
          if (listing.complete_too_early) return Fail("it says 'complete' before its last page");
          if (!listing.complete) return Fail("nothing changed meanwhile, and it does not say that it is complete");
          // Small pages and large ones show the same records.
          FAIRLEAD_KIT_CONNECTOR(const Listing whole, List(*connector_, true, kind, "", 0));
          for (const Listing::Seen& one : whole.seen) {
            if (!one.deleted) made.push_back(one.id);
          }
          if (const std::vector<std::string> missing = Missing(listing, made); !missing.empty()) {
            return Fail(absl::StrCat("it says 'complete' without ", absl::StrJoin(missing, ", ")));
          }
          for (const Listing::Seen& one : listing.seen) {
            if (!one.deleted) made.push_back(one.id);
          }
          const std::vector<std::string> missing = Missing(whole, made);
          return missing.empty()
                     ? Pass()
                     : Fail(absl::StrCat("in large pages it says 'complete' without ", absl::StrJoin(missing, ", ")));
        });
  Check("list_all.shifting_pages", Kind(entity),
        "Records come and go while a full listing is read: it misses none that was there throughout, or does not call "
        "itself complete.",
        [&]() -> Verdict {
          std::vector<std::string> made;
          for (int i = 0; i < 6; ++i) {
            FAIRLEAD_KIT_SUBJECT(std::string id, subject_.Make(kind));
            made.push_back(std::move(id));
          }
          std::vector<std::string> stays = made;
          std::vector<std::string> seen;
          bool can_delete = true;
          int deleted = 0;
          FAIRLEAD_KIT_CONNECTOR(
              const Listing listing,
              List(*connector_, true, kind, "", options_.page_size, [&](int, const Page& page) -> absl::Status {
                for (const Record& record : page.records) seen.push_back(record.external_id);
                if (!can_delete || deleted >= 2 || page.last) return absl::OkStatus();
                // One that was shown goes: all behind it move up by one, and what moves over the page's edge is missed
                // by counting.
                const auto gone = std::find_if(stays.begin(), stays.end(), [&seen](const std::string& id) {
                  return std::find(seen.begin(), seen.end(), id) != seen.end();
                });
                if (gone == stays.end()) return absl::OkStatus();
                const absl::Status status = subject_.Delete(kind, *gone);
                if (status.code() == absl::StatusCode::kUnimplemented) {
                  can_delete = false;
                  return absl::OkStatus();
                }
                if (!status.ok()) return status;
                stays.erase(gone);
                ++deleted;
                return subject_.Make(kind).status();
              }));
          const std::vector<std::string> missing = Missing(listing, stays);
          if (listing.complete && !missing.empty()) {
            return Fail(absl::StrCat("it says 'complete' without ", absl::StrJoin(missing, ", ")));
          }
          if (!can_delete)
            return NotApplicable("the subject cannot delete records of this kind, so its pages do not shift");
          if (deleted == 0) return NotApplicable("the listing fitted one page: nothing could shift");
          Verdict passed = Pass();
          passed.detail = absl::StrCat(deleted, " deleted while listing; ",
                                       listing.complete ? "complete" : "honestly not complete");
          return passed;
        });
  if (!entity.deletes_by_absence()) return;
  Check("list_all.deleted_is_absent", Kind(entity),
        "A deleted record is not in a complete listing any more, or is marked there.", [&]() -> Verdict {
          FAIRLEAD_KIT_SUBJECT(const std::string id, subject_.Make(kind));
          if (const absl::Status status = subject_.Delete(kind, id); !status.ok()) return FromSubject(status, "Delete");
          FAIRLEAD_KIT_CONNECTOR(const Listing listing, List(*connector_, true, kind, "", 0));
          if (!listing.complete) return Fail("the listing is not complete, so absence proves nothing");
          return listing.LastPageOf(id) < 0
                     ? Pass()
                     : Fail(absl::StrCat("the deleted record ", id, " is shown as if it existed"));
        });
}

}  // namespace testing::internal
FAIRLEAD_NAMESPACE_END
