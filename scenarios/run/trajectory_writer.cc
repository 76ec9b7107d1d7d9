#include "scenarios/run/trajectory_writer.h"

namespace arterial {

TrajectoryWriter::TrajectoryWriter(std::unique_ptr<TrajectoryFile> file)
    : file_(std::move(file)), thread_([this] { work(); }) {}

TrajectoryWriter::~TrajectoryWriter() {
  {
    const std::lock_guard lock(mutex_);
    given_up_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void TrajectoryWriter::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    if (put_ == written_)
      changed_.wait(lock,
                    [&] { return given_up_ || put_ - written_ >= kBatch || (hurry_ && put_ > written_); });
    if (given_up_) return;
    lock.unlock();
    std::exception_ptr fault;
    try {
      file_->write(states_[written_ % kRoom]);
    } catch (...) {
      fault = std::current_exception();
    }
    lock.lock();
    ++written_;
    fault_ = fault;
    if (fault || put_ - written_ <= kRoom - kBatch) changed_.notify_all();
    if (fault) return;
  }
}

TrafficColumns& TrajectoryWriter::room() {
  std::unique_lock lock(mutex_);
  if (put_ - written_ == kRoom)
    changed_.wait(lock, [&] { return fault_ || put_ - written_ <= kRoom - kBatch; });
  if (fault_) std::rethrow_exception(fault_);
  return states_[put_ % kRoom];
}

void TrajectoryWriter::put() {
  {
    const std::lock_guard lock(mutex_);
    if (++put_ - written_ < kBatch) return;
  }
  changed_.notify_all();
}

void TrajectoryWriter::wait_until_written() {
  std::unique_lock lock(mutex_);
  hurry_ = true;
  changed_.notify_all();
  changed_.wait(lock, [&] { return fault_ || put_ == written_; });
  hurry_ = false;
  if (fault_) std::rethrow_exception(fault_);
}

TrajectoryOffsets TrajectoryWriter::sync() {
  wait_until_written();
  return file_->sync();
}

void TrajectoryWriter::keep_parts() {
  wait_until_written();
  file_->keep_parts();
}

void TrajectoryWriter::commit() {
  wait_until_written();
  file_->commit();
}

}  // namespace arterial
