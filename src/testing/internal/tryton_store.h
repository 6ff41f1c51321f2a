// Records of the sandbox ERP in memory, with the reads, searches and writes that Tryton offers on every model.
#ifndef FAIRLEAD_SRC_TESTING_INTERNAL_TRYTON_STORE_H_
#define FAIRLEAD_SRC_TESTING_INTERNAL_TRYTON_STORE_H_

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "fairlead/core/runtime.h"
#include "src/testing/internal/exact_decimal.h"
#include "src/testing/internal/json_value.h"
#include "src/testing/internal/tryton_schema.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace testing {
namespace internal {

// Values as they travel.
Json DecimalJson(const ExactDecimal& value);
Json DateJson(WallTime time);
Json DateTimeJson(WallTime time);
Json FloatJson(double value);
/// A Decimal object's or a number's value; 0 for anything else.
ExactDecimal ToDecimal(const Json& value);

// Errors travel as an absl::Status whose message is the JSON of "error".
absl::Status TrytonUserError(std::string_view message);
absl::Status TrytonUserWarning(std::string_view key, std::string_view message);
/// What Python says about a missing key: ["'nope'",""].
absl::Status TrytonKeyError(std::string_view key);
absl::Status TrytonPlainError(std::string_view text);
absl::Status TrytonConcurrencyError();

/// Not thread-safe. Everything happens inside Begin … Commit or Rollback.
class TrytonStore {
 public:
  using Ids = std::vector<std::int64_t>;

  virtual ~TrytonStore();

  /// Starts a transaction; all its stamps are `now`, or a microsecond after the last one's.
  void Begin(WallTime now);
  void Commit();
  void Rollback();
  WallTime transaction_time() const { return time_; }

  absl::StatusOr<Ids> Create(const std::string& model, const Json& list, const Json& context);
  absl::Status Write(const std::string& model, const Ids& ids, const Json& values, const Json& context);
  absl::Status Delete(const std::string& model, const Ids& ids, const Json& context);
  absl::StatusOr<Ids> Search(const std::string& model, const Json& domain, std::int64_t offset,
                             std::optional<std::int64_t> limit, const Json& order, const Json& context) const;
  /// In the order of the table, as a database returns rows, not in that of `ids`.
  absl::StatusOr<Json> Read(const std::string& model, const Ids& ids, const Json& fields, const Json& context) const;
  absl::StatusOr<Json> Defaults(const std::string& model, const Json& fields) const;

  bool Exists(const std::string& model, std::int64_t id) const;
  Ids All(const std::string& model) const;
  /// Ids whose stored, indexed `field` equals `value` (a number, a text or "model,id").
  Ids Where(const std::string& model, const std::string& field, const Json& value) const;
  /// One field, computed where it is; null for what does not exist.
  Json Get(const std::string& model, std::int64_t id, const std::string& field, const Json& context = Json()) const;
  std::int64_t GetId(const std::string& model, std::int64_t id, const std::string& field) const {
    return Get(model, id, field).AsInt();
  }
  std::string GetText(const std::string& model, std::int64_t id, const std::string& field) const {
    return Get(model, id, field).text();
  }
  /// Sets one stored field and moves the record's stamp; no checks.
  void Put(const std::string& model, std::int64_t id, const std::string& field, Json value);
  /// A record with these values as they are, with its defaults; no checks. For seeds and documents the ERP makes
  /// itself.
  std::int64_t Insert(const std::string& model, const Json& values);
  /// "1795420369.244909".
  std::string Timestamp(const std::string& model, std::int64_t id) const;

 protected:
  virtual void AddDefaults(const TrytonModel& model, Json* values) const = 0;
  virtual Json Compute(const TrytonModel& model, std::int64_t id, const TrytonField& field,
                       const Json& context) const = 0;
  /// After a record was created or changed through the protocol.
  virtual absl::Status CheckRecord(const TrytonModel& model, std::int64_t id) = 0;
  virtual absl::Status CheckDelete(const TrytonModel& model, std::int64_t id) = 0;
  /// Before a record is changed through the protocol.
  virtual absl::Status CheckWrite(const TrytonModel& model, std::int64_t id) = 0;

 private:
  struct Row {
    WallTime created{};
    WallTime written{};  // zero: never
    std::uint64_t place = 0;
    std::vector<Json> values;
  };
  struct Table {
    std::int64_t next_id = 1;
    std::map<std::int64_t, Row> rows;
    std::map<std::string, std::unordered_map<std::string, std::set<std::int64_t>>> indexes;
  };
  struct Undo {
    std::string model;
    std::int64_t id;
    std::optional<Row> before;
  };

  std::int64_t InsertRow(const std::string& model, const Json& values);
  absl::StatusOr<std::int64_t> CreateOne(const TrytonModel& model, Json values, const Json& context);
  absl::Status SetValues(const TrytonModel& model, std::int64_t id, const Json& values, const Json& context);
  absl::Status SetRelated(const TrytonModel& model, std::int64_t id, const TrytonField& field, const Json& commands,
                          const Json& context);
  absl::StatusOr<Json> ToStored(const TrytonModel& model, const TrytonField& field, const Json& value) const;
  absl::Status CheckRequired(const TrytonModel& model, std::int64_t id) const;
  absl::Status CheckMissing(const TrytonModel& model, const Ids& ids, const char* doing) const;
  absl::Status CheckStamps(const std::string& model, const Ids& ids, const Json& context) const;
  absl::StatusOr<bool> Matches(const TrytonModel& model, std::int64_t id, const Json& domain,
                               const Json& context) const;
  absl::StatusOr<bool> MatchesClause(const TrytonModel& model, std::int64_t id, const std::string& path,
                                     const std::string& op, const Json& value, const Json& context) const;
  std::optional<Ids> Candidates(const TrytonModel& model, const Json& domain) const;
  absl::StatusOr<Json> ReadField(const TrytonModel& model, std::int64_t id, const std::string& name,
                                 const Json& context) const;
  Ids Related(const TrytonModel& model, std::int64_t id, const TrytonField& field, const Json& context) const;
  void Remember(const std::string& model, std::int64_t id);
  void SetIndexed(Table* table, const TrytonField& field, const Json& value, std::int64_t id, bool add);
  void Store(const TrytonModel& model, std::int64_t id, std::size_t index, Json value, bool stamp);
  const Row* FindRow(const std::string& model, std::int64_t id) const;
  Table* MutableTable(const std::string& model) { return &tables_[model]; }

  std::map<std::string, Table> tables_;
  std::vector<Undo> undo_;
  std::set<std::pair<std::string, std::int64_t>> remembered_;
  WallTime time_{};
  std::uint64_t place_ = 0;
};

}  // namespace internal
}  // namespace testing
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_SRC_TESTING_INTERNAL_TRYTON_STORE_H_
