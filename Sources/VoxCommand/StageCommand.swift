public import ArgumentParser
import Glibc
import VoxFormats

/// A command of the pipe: its options, and a body that reads, works and writes.
///
/// A conforming type implements ``execute(_:)`` instead of `run()`. Whatever the body throws becomes one line on
/// standard error and an exit status; a reader that closed the pipe early ends the command quietly with status 0.
public protocol StageCommand: ParsableCommand {
  /// The options every command takes.
  var common: CommonOptions { get }

  /// Does the work.
  func execute(_ diagnostics: Diagnostics) throws
}

extension StageCommand {
  /// The name messages begin with.
  public static var name: String { configuration.commandName ?? String(describing: Self.self).lowercased() }

  public func run() throws {
    // A closed pipe is then an error of write(2), which unwinds like any other and removes partial files.
    signal(SIGPIPE, SIG_IGN)
    EndingSignals.watch()
    let diagnostics = Diagnostics(command: Self.name, options: common)
    let start = ContinuousClock.now
    do {
      try execute(diagnostics)
      diagnostics.detail("done in \((ContinuousClock.now - start).inSeconds)")
    } catch let error as FormatError where error.code == .closedPipe {
      diagnostics.detail(error.description)
    } catch let error as any ExitStatusConvertible {
      diagnostics.error("\(error)")
      throw ExitCode(error.exitStatus.rawValue)
    } catch let error where error is ValidationError || error is ExitCode || error is CleanExit {
      throw error
    } catch {
      diagnostics.error("internal error: \(error)")
      throw ExitCode(ExitStatus.internal.rawValue)
    }
  }
}
