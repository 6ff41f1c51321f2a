/// Visibility and the versioned inline namespace. Included by every public header.
#ifndef FAIRLEAD_CORE_EXPORT_H_
#define FAIRLEAD_CORE_EXPORT_H_

#if defined(_WIN32)
#if defined(FAIRLEAD_SHARED) && defined(FAIRLEAD_BUILDING)
#define FAIRLEAD_EXPORT __declspec(dllexport)
#elif defined(FAIRLEAD_SHARED)
#define FAIRLEAD_EXPORT __declspec(dllimport)
#else
#define FAIRLEAD_EXPORT
#endif
#else
#define FAIRLEAD_EXPORT __attribute__((visibility("default")))
#endif

/// The inline namespace carries the minor version while Fairlead is 0.x: two minors in one process
/// fail at link time instead of corrupting each other. Canonical messages live in `fairlead::v1`
/// (the version of the model), which is unrelated.
#define FAIRLEAD_NAMESPACE_BEGIN \
  namespace fairlead {           \
  inline namespace v0_1 {
#define FAIRLEAD_NAMESPACE_END \
  }                            \
  }

#endif  // FAIRLEAD_CORE_EXPORT_H_
