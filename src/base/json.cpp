// Boost.JSON compiled once; everybody else includes <boost/json.hpp> only.
#include <boost/json/src.hpp>
