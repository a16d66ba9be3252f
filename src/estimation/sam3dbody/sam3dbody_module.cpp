#include "estimation/module_entry.h"
#include "estimation/sam3dbody/sam3dbody_estimator.h"

using namespace posed::estimation;

extern "C" [[gnu::visibility("default")]] int posed_open_estimator(const OpenRequest& request,
                                                                   OpenReply& reply) {
    return enter<sam3dbody::open_sam3dbody>(request, reply);
}
