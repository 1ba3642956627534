import Glibc
import VoxFormats

/// Signals that end a command: what is staged is removed first.
///
/// A thread of its own waits for them, as a handler may do next to nothing; every other thread has them blocked.
enum EndingSignals {
  /// Interrupt from the keyboard, the polite kill, the closed terminal.
  private static let all = [SIGINT, SIGTERM, SIGHUP]

  /// Begins to watch, once; to be called before the command starts threads, which take over what is blocked.
  static func watch() { _ = watcher }

  private static let watcher: Void = {
    var signals = watched
    pthread_sigmask(SIG_BLOCK, &signals, nil)
    var thread = pthread_t()
    let failure = pthread_create(
      &thread, nil,
      { _ in
        var signals = EndingSignals.watched
        var received: Int32 = 0
        while sigwait(&signals, &received) != 0 {}
        EndingSignals.end(by: received)
      }, nil)
    // Without the thread the signals end the process as they always did.
    if failure != 0 { pthread_sigmask(SIG_UNBLOCK, &signals, nil) }
  }()

  /// Those that were not ignored from the start, as nohup(1) and shells in the background do.
  private static var watched: sigset_t {
    var set = sigset_t()
    sigemptyset(&set)
    for number in all {
      var action = sigaction()
      sigaction(number, nil, &action)
      // SIG_IGN is the number 1 in the place of a function.
      if unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) != 1 { sigaddset(&set, number) }
    }
    return set
  }

  /// Removes what is staged and dies of the signal, so that shells see which one it was.
  private static func end(by number: Int32) -> Never {
    StagedPaths.removeAll {
      var set = sigset_t()
      sigemptyset(&set)
      sigaddset(&set, number)
      signal(number, SIG_DFL)
      pthread_sigmask(SIG_UNBLOCK, &set, nil)
      raise(number)
      _exit(128 + number)
    }
  }
}
