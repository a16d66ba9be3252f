#pragma once

#include "estimation/estimator.h"

struct pthreadpool;

/// The threads that XNNPACK runs its operators on, in the place of libpthreadpool's (thread_pool.cpp says
/// why). XNNPACK gets them by the functions of pthreadpool.h; what is here those do not offer.
namespace posed::estimation::blazepose {

/// Whether loops are shared out from now on, or run by their caller alone. Not while one runs. A pool that is
/// null has no other threads.
void share_out(pthreadpool* pool, Threads threads) noexcept;

}  // namespace posed::estimation::blazepose
