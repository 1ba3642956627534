public import VoxFormats

/// What a command's exit status says, after BSD's `sysexits`.
public enum ExitStatus: Int32, Sendable, CaseIterable {
  case success = 0
  /// The command line is wrong.
  case usage = 64
  /// The input breaks its format.
  case malformed = 65
  /// The input is missing or cannot be read.
  case missingInput = 66
  /// The input is legal, but uses something the command does not know.
  case unsupported = 69
  /// A fault of the command itself.
  case `internal` = 70
  /// The output cannot be created.
  case cannotCreate = 73
  /// Writing the output failed.
  case writeFailed = 74
}

/// An error that knows the exit status it ends a command with; others end it with ``ExitStatus/internal``.
///
/// Libraries do not know of commands: the conformance of a library's error stands with the commands.
public protocol ExitStatusConvertible: Error {
  /// The status to exit with.
  var exitStatus: ExitStatus { get }
}

extension FormatError: ExitStatusConvertible {
  public var exitStatus: ExitStatus {
    switch code {
    case .malformed: .malformed
    case .unreadable: .missingInput
    case .unsupported: .unsupported
    case .cannotCreate: .cannotCreate
    case .writeFailed: .writeFailed
    case .closedPipe: .success
    }
  }
}

/// A failure a command itself finds, with its message.
public struct CommandError: ExitStatusConvertible, CustomStringConvertible {
  public var exitStatus: ExitStatus
  /// Lower case, no full stop: what was expected, what was found, what to do.
  public var description: String

  /// Makes an error.
  public init(_ exitStatus: ExitStatus, _ message: String) { (self.exitStatus, description) = (exitStatus, message) }
}
