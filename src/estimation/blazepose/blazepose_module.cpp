#include "estimation/blazepose/blazepose_estimator.h"
#include "estimation/module_entry.h"

using namespace posed::estimation;

extern "C" [[gnu::visibility("default")]] int posed_open_estimator(const OpenRequest& request,
                                                                   OpenReply& reply) {
    return enter<blazepose::open_blazepose>(request, reply);
}
