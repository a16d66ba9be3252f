#include "commands/openapi.h"

#include "api/openapi.h"
#include "base/json_text.h"

namespace posed::commands {

std::string openapi_text(const std::vector<api::Route>& routes) {
    return indented_json(api::openapi_document(
        routes, {.title = "Posed",
                 .version = POSED_VERSION,
                 .description = "From a video of a person to 3D motion: upload a clip, estimate the pose in "
                                "every frame, render the video with the pose drawn in."}));
}

}  // namespace posed::commands
