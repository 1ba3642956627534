import Glibc
import Synchronization

/// What a command says on standard error: one line each, `command: message`.
///
/// Safe to use from several threads.
public final class Diagnostics: Sendable {
  /// The command's name, before every line.
  public let command: String
  /// Whether ``note(_:)`` prints.
  public let isQuiet: Bool
  /// Whether ``detail(_:)`` prints.
  public let isVerbose: Bool

  private let showsProgress: Bool
  private let isTerminal: Bool
  private let progressLine = Mutex(ProgressLine())

  private struct ProgressLine {
    var isVisible = false
    var shownAt = ContinuousClock.Instant?.none
    var shownTenth = -1
  }

  /// Makes the diagnostics of a command.
  public init(command: String, options: CommonOptions) {
    self.command = command
    (isQuiet, isVerbose) = (options.quiet, options.verbose)
    isTerminal = isatty(STDERR_FILENO) == 1
    showsProgress =
      switch options.progress {
      case .auto: isTerminal && !options.quiet
      case .always: true
      case .never: false
      }
  }

  /// Prints why the command fails.
  public func error(_ message: String) { line(message) }

  /// Prints what may make the result wrong; `--quiet` does not hide it.
  public func warning(_ message: String) { line("warning: \(message)") }

  /// Prints what a user should know, such as which default was taken; hidden by `--quiet`.
  public func note(_ message: String) { if !isQuiet { line(message) } }

  /// Prints what only `--verbose` shows.
  public func detail(_ message: @autoclosure () -> String) { if isVerbose { line(message()) } }

  /// Shows how far a piece of work is; cheap enough to call for every window or slice.
  ///
  /// On a terminal one line is overwritten, at most ten times a second; elsewhere (`--progress always`) a line is
  /// printed for every tenth of the work.
  public func progress(_ work: String, _ done: Int, of total: Int) {
    guard showsProgress, total > 0 else { return }
    let text = "\(command): \(work) \(done)/\(total)"
    progressLine.withLock { line in
      let tenth = done * 10 / total
      guard isTerminal else {
        if tenth != line.shownTenth { put(text + "\n") }
        line.shownTenth = tenth
        return
      }
      let now = ContinuousClock.now
      if done < total, let last = line.shownAt, now - last < .milliseconds(100) { return }
      line.shownAt = now
      line.isVisible = done < total
      put("\r\u{1b}[K" + (done < total ? text : ""))
    }
  }

  private func line(_ message: String) {
    progressLine.withLock { line in
      put((line.isVisible ? "\r\u{1b}[K" : "") + "\(command): \(message)\n")
      line.isVisible = false
    }
  }

  /// Writes a line at once, so that the lines of a pipe's commands do not mix.
  ///
  /// A failure has nowhere to be reported.
  private func put(_ text: String) {
    Array(text.utf8).withUnsafeBytes { _ = write(STDERR_FILENO, $0.baseAddress, $0.count) }
  }
}
