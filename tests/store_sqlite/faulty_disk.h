// A disk that fails: SQLite's own file layer with faults in between. It can refuse a sync, be full, or lose power at
// the n-th write, after which every file is what its last sync made durable.
#ifndef FAIRLEAD_TESTS_STORE_SQLITE_FAULTY_DISK_H_
#define FAIRLEAD_TESTS_STORE_SQLITE_FAULTY_DISK_H_

#include <sqlite3.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <new>
#include <string>

namespace fairlead_test {

/// One at a time, in a single-threaded test. While it lives it is SQLite's default file layer.
class FaultyDisk {
 public:
  FaultyDisk() {
    Current() = this;
    real_ = sqlite3_vfs_find(nullptr);
    vfs_ = *real_;
    vfs_.zName = "faulty";
    vfs_.szOsFile = static_cast<int>(sizeof(File)) + real_->szOsFile;
    vfs_.xOpen = &Open;
    vfs_.xDelete = &Delete;
    sqlite3_vfs_register(&vfs_, 1);
  }
  ~FaultyDisk() {
    sqlite3_vfs_unregister(&vfs_);
    sqlite3_vfs_register(real_, 1);
    Current() = nullptr;
  }
  FaultyDisk(const FaultyDisk&) = delete;
  FaultyDisk& operator=(const FaultyDisk&) = delete;

  bool fail_sync = false;
  bool full = false;
  int writes = 0;          ///< Writes seen.
  int power_fails_at = 0;  ///< Before the write of this number; 0: never.
  bool dead() const { return dead_; }

  /// After a power failure and the death of the process: what was not synced is gone.
  void LoseWhatWasNotSynced() {
    for (const auto& [path, bytes] : synced_) {
      if (!std::filesystem::exists(path)) continue;
      std::ofstream(path, std::ios::binary | std::ios::trunc)
          .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    }
    dead_ = false;
    power_fails_at = 0;
  }

 private:
  struct File {
    sqlite3_file base;
    sqlite3_file* real;
    std::string* path;
  };

  static FaultyDisk*& Current() {
    static FaultyDisk* current = nullptr;
    return current;
  }
  static File* Of(sqlite3_file* file) { return reinterpret_cast<File*>(file); }
  static sqlite3_file* Real(sqlite3_file* file) { return Of(file)->real; }

  void Keep(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    synced_[path] = std::string(std::istreambuf_iterator<char>(file), {});
  }

  static int Open(sqlite3_vfs*, const char* name, sqlite3_file* out, int flags, int* out_flags) {
    FaultyDisk* disk = Current();
    File* file = Of(out);
    file->base.pMethods = nullptr;
    if (disk->dead_) return SQLITE_IOERR;
    file->real = reinterpret_cast<sqlite3_file*>(file + 1);
    file->path = new std::string(name == nullptr ? "" : name);
    const int code = disk->real_->xOpen(disk->real_, name, file->real, flags, out_flags);
    if (code != SQLITE_OK) {
      delete file->path;
      return code;
    }
    // A file's name is durable when it is made (the store syncs the folder); its bytes are not.
    if (!file->path->empty() && disk->synced_.count(*file->path) == 0) disk->Keep(*file->path);
    static const sqlite3_io_methods kMethods = {
        3,
        &Close,
        [](sqlite3_file* f, void* to, int n, sqlite3_int64 at) { return Real(f)->pMethods->xRead(Real(f), to, n, at); },
        &Write,
        &Truncate,
        &Sync,
        [](sqlite3_file* f, sqlite3_int64* size) { return Real(f)->pMethods->xFileSize(Real(f), size); },
        [](sqlite3_file* f, int level) { return Real(f)->pMethods->xLock(Real(f), level); },
        [](sqlite3_file* f, int level) { return Real(f)->pMethods->xUnlock(Real(f), level); },
        [](sqlite3_file* f, int* out_flag) { return Real(f)->pMethods->xCheckReservedLock(Real(f), out_flag); },
        [](sqlite3_file* f, int op, void* arg) { return Real(f)->pMethods->xFileControl(Real(f), op, arg); },
        [](sqlite3_file* f) { return Real(f)->pMethods->xSectorSize(Real(f)); },
        [](sqlite3_file*) { return 0; },
        [](sqlite3_file* f, int page, int size, int extend, void volatile** map) {
          return Real(f)->pMethods->xShmMap(Real(f), page, size, extend, map);
        },
        [](sqlite3_file* f, int offset, int n, int flags_) {
          return Real(f)->pMethods->xShmLock(Real(f), offset, n, flags_);
        },
        [](sqlite3_file* f) { Real(f)->pMethods->xShmBarrier(Real(f)); },
        [](sqlite3_file* f, int remove) { return Real(f)->pMethods->xShmUnmap(Real(f), remove); },
        [](sqlite3_file*, sqlite3_int64, int, void** out_map) {
          *out_map = nullptr;
          return SQLITE_OK;
        },
        [](sqlite3_file*, sqlite3_int64, void*) { return SQLITE_OK; },
    };
    file->base.pMethods = &kMethods;
    return SQLITE_OK;
  }
  static int Close(sqlite3_file* file) {
    const int code = Real(file)->pMethods->xClose(Real(file));
    delete Of(file)->path;
    return code;
  }
  static int Write(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 at) {
    FaultyDisk* disk = Current();
    if (disk->dead_) return SQLITE_IOERR_WRITE;
    if (disk->full) return SQLITE_FULL;
    if (++disk->writes == disk->power_fails_at) {
      disk->dead_ = true;
      return SQLITE_IOERR_WRITE;
    }
    return Real(file)->pMethods->xWrite(Real(file), bytes, size, at);
  }
  static int Truncate(sqlite3_file* file, sqlite3_int64 size) {
    if (Current()->dead_) return SQLITE_IOERR_TRUNCATE;
    return Real(file)->pMethods->xTruncate(Real(file), size);
  }
  static int Sync(sqlite3_file* file, int) {
    FaultyDisk* disk = Current();
    if (disk->dead_ || disk->fail_sync) return SQLITE_IOERR_FSYNC;
    // Keeping the bytes is the sync: the machine's real disk would only take time.
    disk->Keep(*Of(file)->path);
    return SQLITE_OK;
  }
  static int Delete(sqlite3_vfs*, const char* name, int sync_folder) {
    FaultyDisk* disk = Current();
    if (disk->dead_) return SQLITE_IOERR_DELETE;
    disk->synced_.erase(name);
    return disk->real_->xDelete(disk->real_, name, sync_folder);
  }

  sqlite3_vfs* real_ = nullptr;
  sqlite3_vfs vfs_{};
  bool dead_ = false;
  std::map<std::string, std::string> synced_;
};

}  // namespace fairlead_test

#endif  // FAIRLEAD_TESTS_STORE_SQLITE_FAULTY_DISK_H_
