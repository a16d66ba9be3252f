#pragma once

#include <string>
#include <vector>

#include "base/descriptor.h"
#include "base/result.h"
#include "media/sandbox/channel.h"

namespace posed::media::sandbox {

/// The child's life, once it is shut in: says that it is ready, takes one job, and works for the parent until
/// the job is done or the parent is gone. Reads and writes nothing but the channel and the memory for frames.
void serve(Channel channel, const Descriptor& memory, const std::vector<std::string>& layers);

/// Tells the parent why there will be no work.
void refuse(Channel channel, const Error& error);

}  // namespace posed::media::sandbox
