public import Foundation

/// A command of this package as it was built beside the tests, run as a process.
public struct BuiltCommand: Sendable {
  /// What a process left behind.
  public struct Outcome: Sendable {
    public let status: Int32
    public let standardOutput: [UInt8]
    public let standardError: String

    /// Standard output as text.
    public var text: String { String(decoding: standardOutput, as: UTF8.self) }
  }

  /// The command is not where it should be.
  public struct Missing: Error, CustomStringConvertible {
    public let description: String
  }

  private let executable: URL

  /// The path of the executable, for a shell that builds a pipe.
  public var path: String { executable.path(percentEncoded: false) }

  /// The shell, for pipes of built commands.
  public static let shell = BuiltCommand(URL(filePath: "/bin/bash"))

  private init(_ executable: URL) { self.executable = executable }

  /// Finds a built command by its name.
  public init(_ name: String) throws {
    // The test bundle lies in the build folder; it runs itself, or is an argument of the program that runs it.
    for argument in CommandLine.arguments {
      let folder = URL(filePath: argument).resolvingSymlinksInPath().deletingLastPathComponent()
      let candidate = folder.appending(path: name)
      if FileManager.default.isExecutableFile(atPath: candidate.path(percentEncoded: false)) {
        executable = candidate
        return
      }
    }
    throw Missing(description: "the command \(name) was not built beside the tests \(CommandLine.arguments)")
  }

  /// Runs the command to its end.
  ///
  /// - Parameters:
  ///   - input: what standard input holds; without it standard input is empty.
  ///   - output: where standard output goes, e.g. `/dev/full`; without it it is collected.
  ///   - environment: variables beside those of the test process.
  public func run(
    _ arguments: [String], input: [UInt8] = [], output: String? = nil, environment: [String: String] = [:],
    in directory: URL? = nil
  ) throws -> Outcome {
    let folder = try TemporaryDirectory()
    let stdin = try folder.write(input, as: "stdin")
    let (stdout, stderr) = (try folder.write([], as: "stdout"), try folder.write([], as: "stderr"))
    let process = Process()
    process.executableURL = executable
    process.arguments = arguments
    process.currentDirectoryURL = directory
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    process.standardInput = FileHandle(forReadingAtPath: stdin)
    process.standardOutput = FileHandle(forWritingAtPath: output ?? stdout)
    process.standardError = FileHandle(forWritingAtPath: stderr)
    try process.run()
    process.waitUntilExit()
    return Outcome(
      status: process.terminationStatus,
      standardOutput: [UInt8](try Data(contentsOf: URL(filePath: stdout))),
      standardError: String(decoding: try Data(contentsOf: URL(filePath: stderr)), as: UTF8.self))
  }
}
