#include <exception>
#include <new>

#include "estimation/module.h"
#include "estimation/sam3dbody/sam3dbody_estimator.h"

using posed::Code;
using posed::Result;
using namespace posed::estimation;

extern "C" [[gnu::visibility("default")]] int posed_open_estimator(const OpenRequest& request,
                                                                   OpenReply& reply) {
    try {
        Result<std::unique_ptr<Estimator>> opened = sam3dbody::open_sam3dbody(request);
        if (opened) {
            reply.estimator = *std::move(opened);
            return 0;
        }
        reply.error = std::move(opened).error();
    } catch (const std::exception& error) {
        reply.error = posed::fail(Code::internal, error.what());
    } catch (...) {
        reply.error = posed::fail(Code::internal, "an unknown exception while the estimator was opened");
    }
    return 1;
}
