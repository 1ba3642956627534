/// Why bytes could not become a grid, or a grid bytes.
public struct FormatError: Error, Sendable, CustomStringConvertible {
  /// What kind of failure it is; commands turn it into their exit status.
  public enum Code: Sendable {
    /// The bytes break the format.
    case malformed
    /// The file is missing or cannot be read.
    case unreadable
    /// The bytes are legal, but use something this program does not know.
    case unsupported
    /// The file cannot be created.
    case cannotCreate
    /// Writing began and failed, e.g. on a full disk.
    case writeFailed
    /// The program that reads the output has gone; no fault of this one.
    case closedPipe
  }

  /// Where the failure lies; printed before the message, outermost first.
  public enum Context: Sendable, CustomStringConvertible {
    case file(String)
    /// Byte offset from the start of the (uncompressed) file.
    case offset(Int)
    /// A DICOM element.
    case tag(UInt16, UInt16)
    /// A grid axis, 0 to 2.
    case axis(Int)

    /// The context as it is printed.
    public var description: String {
      switch self {
      case .file(let path): path
      case .offset(let offset): "byte \(offset)"
      case .tag(let group, let element): "tag (\(Self.hex(group)),\(Self.hex(element)))"
      case .axis(let axis): "axis \(axis)"
      }
    }

    private static func hex(_ value: UInt16) -> String {
      let digits = String(value, radix: 16)
      return String(repeating: "0", count: 4 - digits.count) + digits
    }
  }

  public var code: Code
  /// What was expected, what was found, what to do; lower case, no full stop.
  public var message: String
  public var context: [Context]

  /// Makes an error.
  public init(_ code: Code, _ message: String, at context: Context...) {
    (self.code, self.message, self.context) = (code, message, context)
  }

  /// The same error with a further context outside.
  public func inside(_ outer: Context) -> FormatError {
    var error = self
    error.context.insert(outer, at: 0)
    return error
  }

  /// Context and message, separated by colons.
  public var description: String { (context.map(\.description) + [message]).joined(separator: ": ") }
}
