// What the connector declares.
#ifndef FAIRLEAD_SRC_CONNECTORS_TRYTON_INTERNAL_MANIFEST_H_
#define FAIRLEAD_SRC_CONNECTORS_TRYTON_INTERNAL_MANIFEST_H_

#include "fairlead/connector/manifest.h"
#include "fairlead/connectors/tryton/options.h"
#include "fairlead/core/export.h"

FAIRLEAD_NAMESPACE_BEGIN
namespace tryton {

Manifest MakeManifest(const TrytonOptions& options);

}  // namespace tryton
FAIRLEAD_NAMESPACE_END

#endif  // FAIRLEAD_SRC_CONNECTORS_TRYTON_INTERNAL_MANIFEST_H_
