// The coroutine type that all I/O is written in, and the one way to run things on a loop.
//
// A Task runs on one single-threaded io_context (a loop); it never crosses to another. Awaited
// tasks may take references; spawned ones take values. Errors come back as values (kAsTuple), never
// as exceptions.
#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace posthaste {

namespace asio = boost::asio;

using Loop = asio::io_context;

template <typename T>
using Task = asio::awaitable<T>;

// `auto [error, n] = co_await stream.async_read_some(buffer, kAsTuple);`
inline constexpr auto kAsTuple = asio::as_tuple(asio::use_awaitable);

}  // namespace posthaste
