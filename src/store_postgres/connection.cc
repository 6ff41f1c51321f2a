#include "src/store_postgres/internal/connection.h"

#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <utility>

#include "fairlead/core/error.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace internal::postgres {
namespace {

// Results of statements that nobody waits for pile up at the server until they are read.
constexpr std::size_t kUnansweredAtMost = 64;

void Ignore(void* /*unused*/, const PGresult* /*unused*/) {}

std::string FirstLine(const char* text) {
  const std::string_view all = text == nullptr ? "" : text;
  return std::string(all.substr(0, all.find('\n')));
}

absl::Status Unavailable(const std::string& message, const std::string& sqlstate) {
  ErrorDetail detail;
  detail.kind = ErrorKind::kTransient;
  detail.outcome = Outcome::kNotSent;
  if (!sqlstate.empty()) detail.vendor_code = "sqlstate-" + sqlstate;
  return MakeError(absl::StatusCode::kUnavailable, message, detail);
}

bool Contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

// libpq keeps no code for a refused connection, only the server's words, and these follow the server's language. So
// only what is certain is told apart; the rest may be over soon.
absl::Status ConnectError(PGconn* raw) {
  const std::string words = FirstLine(PQerrorMessage(raw));
  const std::string message = "store: cannot connect to PostgreSQL: " + words;
  ErrorDetail detail;
  detail.kind = ErrorKind::kConfiguration;
  if (PQconnectionNeedsPassword(raw) != 0 || Contains(words, "authentication failed")) {
    detail.kind = ErrorKind::kAuth;
    return MakeError(absl::StatusCode::kUnauthenticated, message, detail);
  }
  if (Contains(words, "database \"") && Contains(words, "does not exist")) {
    return MakeError(absl::StatusCode::kNotFound, message, detail);
  }
  if (Contains(words, "role \"") || Contains(words, "pg_hba.conf")) {
    return MakeError(absl::StatusCode::kPermissionDenied, message, detail);
  }
  return Unavailable(message, "");
}

}  // namespace

std::int64_t Result::changes() const {
  return raw_ == nullptr ? 0 : std::strtoll(PQcmdTuples(raw_.get()), nullptr, 10);
}

std::int64_t Result::GetInt(int row, int column) const {
  const std::string_view bytes = GetView(row, column);
  std::uint64_t value = 0;
  for (const char c : bytes) value = (value << 8) | static_cast<unsigned char>(c);
  return static_cast<std::int64_t>(value);
}

std::string_view Result::GetView(int row, int column) const {
  return {PQgetvalue(raw_.get(), row, column), static_cast<std::size_t>(PQgetlength(raw_.get(), row, column))};
}

absl::StatusOr<std::unique_ptr<Connection>> Connection::Open(const std::string& conninfo,
                                                             std::chrono::milliseconds connect_timeout,
                                                             std::chrono::milliseconds answer_timeout) {
  const std::string connect_seconds = std::to_string(std::max<std::int64_t>(2, connect_timeout.count() / 1000));
  const std::string silence_ms = std::to_string(answer_timeout.count());
  // Later ones win: the caller's own words over our defaults, the encoding over both.
  const std::array<std::pair<const char*, const char*>, 9> settings = {{{"connect_timeout", connect_seconds.c_str()},
                                                                        {"tcp_user_timeout", silence_ms.c_str()},
                                                                        {"keepalives_idle", "10"},
                                                                        {"keepalives_interval", "5"},
                                                                        {"keepalives_count", "3"},
                                                                        {"fallback_application_name", "fairlead"},
                                                                        {"dbname", conninfo.c_str()},
                                                                        {"client_encoding", "UTF8"},
                                                                        {nullptr, nullptr}}};
  std::array<const char*, 9> names{};
  std::array<const char*, 9> values{};
  for (std::size_t i = 0; i < settings.size(); ++i) {
    names[i] = settings[i].first;
    values[i] = settings[i].second;
  }
  PGconn* const raw = PQconnectdbParams(names.data(), values.data(), 1);
  if (raw == nullptr) return Unavailable("store: out of memory", "");
  if (PQstatus(raw) != CONNECTION_OK) {
    const absl::Status status = ConnectError(raw);
    PQfinish(raw);
    return status;
  }
  PQsetNoticeReceiver(raw, Ignore, nullptr);
  if (PQenterPipelineMode(raw) != 1) {
    const absl::Status status = Unavailable("store: " + FirstLine(PQerrorMessage(raw)), "");
    PQfinish(raw);
    return status;
  }
  return std::unique_ptr<Connection>(new Connection(raw, answer_timeout));
}

Connection::~Connection() { PQfinish(raw_); }

absl::Status Connection::Lose(std::string_view why) {
  if (lost_.ok()) {
    lost_ = Unavailable("store: the connection to PostgreSQL was lost: " + std::string(why), sqlstate_);
    sent_.clear();
  }
  return lost_;
}

absl::Status Connection::ServerError(const PGresult* result, std::string_view doing) {
  const auto field = [&](int code) {
    const char* const text = PQresultErrorField(result, code);
    return std::string(text == nullptr ? "" : text);
  };
  sqlstate_ = field(PG_DIAG_SQLSTATE);
  const std::string severity = field(PG_DIAG_SEVERITY_NONLOCALIZED);
  if (sqlstate_.empty() || severity == "FATAL" || severity == "PANIC") {
    const std::string words = FirstLine(PQresultErrorMessage(result));
    return Lose(words.empty() ? FirstLine(PQerrorMessage(raw_)) : words);
  }
  // The primary message alone: details may quote values.
  const std::string message =
      "store: " + std::string(doing.substr(0, 60)) + ": " + field(PG_DIAG_MESSAGE_PRIMARY) + " (" + sqlstate_ + ")";
  const std::string cls = sqlstate_.substr(0, 2);
  ErrorDetail detail;
  detail.kind = ErrorKind::kInternal;
  detail.vendor_code = "sqlstate-" + sqlstate_;
  // Deadlock, lock or statement timeout, shutdown, no room in shared tables: the same may go through later.
  if (cls == "40" || cls == "08" || cls == "57" || sqlstate_ == "55P03" || sqlstate_ == "53300" || cls == "25") {
    return Unavailable(message, sqlstate_);
  }
  if (cls == "53") {
    detail.kind = ErrorKind::kTransient;
    return MakeError(absl::StatusCode::kResourceExhausted, message, detail);
  }
  if (cls == "58") return Unavailable(message + "; the server's disk failed", sqlstate_);
  if (sqlstate_ == "XX001" || sqlstate_ == "XX002") {
    return MakeError(absl::StatusCode::kDataLoss, message + "; the database is damaged: restore a backup", detail);
  }
  if (sqlstate_ == "23505") return MakeError(absl::StatusCode::kAlreadyExists, message, detail);
  if (sqlstate_ == "42501") {
    detail.kind = ErrorKind::kConfiguration;
    return MakeError(absl::StatusCode::kPermissionDenied, message, detail);
  }
  return MakeError(absl::StatusCode::kInternal, message, detail);
}

absl::Status Connection::Send(const std::string& sql, const Params& params) {
  if (!alive()) return lost_;
  if (sent_.size() >= kUnansweredAtMost) FAIRLEAD_RETURN_IF_ERROR(Drain());
  const int n = params.size();
  std::vector<const char*> values(static_cast<std::size_t>(n));
  std::vector<int> lengths(static_cast<std::size_t>(n));
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = params.values()[i].c_str();
    lengths[i] = static_cast<int>(params.values()[i].size());
  }
  if (PQsendQueryParams(raw_, sql.c_str(), n, params.types().data(), values.data(), lengths.data(),
                        params.formats().data(), 1) != 1) {
    return Lose(FirstLine(PQerrorMessage(raw_)));
  }
  sent_.push_back(sql.substr(0, 60));
  return absl::OkStatus();
}

absl::StatusOr<Result> Connection::Ask(const std::string& sql, const Params& params) {
  FAIRLEAD_RETURN_IF_ERROR(Send(sql, params));
  return Collect();
}

absl::Status Connection::Drain() {
  if (!alive()) return lost_;
  if (sent_.empty()) return absl::OkStatus();
  return Collect().status();
}

absl::Status Connection::Await() {
  while (PQisBusy(raw_) != 0) {
    pollfd socket{PQsocket(raw_), POLLIN, 0};
    const int ready = poll(&socket, 1, static_cast<int>(answer_timeout_.count()));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return Lose("no answer in time");
    if (PQconsumeInput(raw_) != 1) return Lose(FirstLine(PQerrorMessage(raw_)));
  }
  return absl::OkStatus();
}

absl::StatusOr<Result> Connection::Collect() {
  if (PQpipelineSync(raw_) != 1) return Lose(FirstLine(PQerrorMessage(raw_)));
  Result last;
  absl::Status status;
  const std::vector<std::string> asked = std::move(sent_);
  sent_.clear();
  // One answer for each statement, each ended by "no more"; then that of the synchronisation.
  for (std::size_t i = 0; i < asked.size(); ++i) {
    while (true) {
      FAIRLEAD_RETURN_IF_ERROR(Await());
      PGresult* const raw = PQgetResult(raw_);
      if (raw == nullptr) break;
      Result result(raw);
      switch (PQresultStatus(raw)) {
        case PGRES_COMMAND_OK:
        case PGRES_TUPLES_OK:
          if (i + 1 == asked.size()) last = std::move(result);
          break;
        case PGRES_PIPELINE_ABORTED:
          if (status.ok()) status = Unavailable("store: " + asked[i] + ": skipped after an earlier error", "");
          break;
        default:
          if (status.ok()) status = ServerError(raw, asked[i]);
      }
      if (!alive()) return lost_;
      if (PQstatus(raw_) != CONNECTION_OK) return Lose(FirstLine(PQerrorMessage(raw_)));
    }
  }
  FAIRLEAD_RETURN_IF_ERROR(Await());
  const Result sync(PQgetResult(raw_));
  if (PQstatus(raw_) != CONNECTION_OK) return Lose(FirstLine(PQerrorMessage(raw_)));
  if (!status.ok()) return status;
  return last;
}

}  // namespace internal::postgres
FAIRLEAD_NAMESPACE_END
