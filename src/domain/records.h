#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "domain/geometry.h"
#include "domain/video.h"

/// What the database keeps of the resources, as values. Times are UTC, since 1970; ids and times of creation
/// are given by the database. Storage keys are opaque.
namespace posed {

struct VideoRecord {
    std::int64_t id = 0;
    std::string sha256;  ///< of the bytes as uploaded; unique
    std::string storage_key;
    std::string filename;
    std::string media_type;
    std::int64_t size_bytes = 0;
    Size coded;
    Size displayed;
    int rotation = 0;
    std::optional<double> fps = {};  ///< average
    std::optional<Microseconds> duration = {};
    std::optional<std::int64_t> frame_count = {};
    std::string codec;
    std::optional<std::string> description = {};
    Microseconds created_at{0};

    friend bool operator==(const VideoRecord&, const VideoRecord&) = default;
};

struct EstimationRecord {
    std::int64_t id = 0;
    std::int64_t video_id = 0;
    std::string recipe_hash;  ///< unique
    std::string storage_key;
    std::string estimator;
    std::string weights_digest;
    int engine_revision = 0;
    std::string engine_version;
    Size requested_size;
    double requested_fps = 0;
    double skip_start_seconds = 0;
    double duration_seconds = 0;
    std::int64_t frame_count = 0;
    std::int64_t person_frame_count = 0;
    std::int64_t lost_frame_count = 0;
    bool include_mesh = false;  ///< whether the archive holds the bodies' surfaces
    std::optional<std::string> description = {};
    Microseconds created_at{0};

    friend bool operator==(const EstimationRecord&, const EstimationRecord&) = default;
};

struct VisualizationRecord {
    std::int64_t id = 0;
    std::int64_t estimation_id = 0;
    std::string recipe_hash;  ///< unique
    std::string storage_key;
    bool show_bbox = false;
    bool show_bbox_confidence = false;
    bool show_keypoints = false;
    bool show_skeleton = false;
    bool show_mesh = false;
    int crf = 0;
    std::string preset;
    std::optional<std::string> description = {};
    Microseconds created_at{0};

    friend bool operator==(const VisualizationRecord&, const VisualizationRecord&) = default;
};

/// One kind of task that a worker can run, or the reason why it cannot.
struct Capability {
    std::string task_kind;
    int parameter_version = 0;
    std::optional<std::string> estimator = {};  ///< nothing: the kind needs none
    std::optional<std::string> weights_digest = {};
    std::optional<int> engine_revision = {};
    std::optional<std::string> unavailable_reason = {};

    friend bool operator==(const Capability&, const Capability&) = default;
};

struct WorkerRecord {
    std::string id;
    std::string queue;
    std::string host;
    std::string binary_version;
    int slots = 1;
    Microseconds registered_at{0};
    Microseconds heartbeat_at{0};
    std::vector<Capability> capabilities;

    friend bool operator==(const WorkerRecord&, const WorkerRecord&) = default;
};

/// An object that is to be deleted, or is being written and would be if its writer died.
struct RemovalRecord {
    std::string object_key;
    Microseconds not_before{0};
    std::optional<Microseconds> claimed_at = {};

    friend bool operator==(const RemovalRecord&, const RemovalRecord&) = default;
};

}  // namespace posed
