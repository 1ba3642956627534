public import VoxGrid

/// A way to store volumes as bytes.
///
/// A format is one type in a folder of its own and one line in ``FormatRegistry``.
public protocol ImageFormat: Sendable {
  /// What users call it.
  static var name: String { get }

  /// What of the format is read, in a few words.
  static var summary: String { get }

  /// Ends of file names without the leading dot.
  static var extensions: [String] { get }

  /// Whether bytes begin like a file of this format.
  ///
  /// - Parameter prefix: up to ``FormatRegistry/prefixSize`` uncompressed bytes.
  static func recognizes(_ prefix: [UInt8]) -> Bool

  /// The file to begin with, where a user may name another of several that belong together.
  static func entry(of path: String) -> String

  /// Reads the header; voxels stay where they are until they are asked for.
  ///
  /// Nothing is allocated by the sizes that the header states.
  static func open(_ source: ByteSource, _ options: ReadOptions) throws(FormatError) -> any ImageReader
}

extension ImageFormat {
  public static func entry(of path: String) -> String { path }
}

/// An image of which the header was read.
public protocol ImageReader: AnyObject {
  /// What the header says.
  var header: ImageHeader { get }

  /// Reads one volume.
  ///
  /// - Parameter index: 0 to one less than the header's number of volumes; rising from call to call.
  func read(volume index: Int) throws(FormatError) -> ScanImage
}

/// What the header of an image says.
public struct ImageHeader: Sendable {
  /// Where the voxels of every volume lie.
  public var grid: Grid
  /// How many volumes there are.
  public var volumes: Int
  /// Name of the type that voxels are stored in.
  public var type: String
  /// Names of label values, where the file carries them; empty where it only says that values are labels.
  public var labels: LabelTable?
  /// Units of the values; `nil` where unknown.
  public var units: String?
  /// What a user should know.
  public var warnings: [String]

  /// Describes an image.
  public init(grid: Grid, volumes: Int = 1, type: String, warnings: [String] = []) {
    (self.grid, self.volumes, self.type, self.warnings) = (grid, volumes, type, warnings)
  }
}

/// How an image is to be read.
public struct ReadOptions: Sendable {
  /// How the voxels of a file without a header lie; where it is given, every file is such a one.
  public var raw: RawLayout?
  /// Voxels that all volumes of a file may have together; more are refused before anything is allocated.
  public var maxVoxels = 1 << 31
  /// Threads that share the work; results do not depend on it.
  public var threads = 1

  /// Default options.
  public init() {}
}

/// A format that can also be written.
public protocol WritableImageFormat: ImageFormat {
  /// Ends of file names that can be written, without the leading dot.
  static var writableExtensions: [String] { get }

  /// Writes one volume; every file it takes appears whole.
  static func write(_ image: ScanImage, to path: String, threads: Int) throws(FormatError)

  /// What a user must know to read the file again, where the file itself does not say it.
  static func readingHint(_ image: ScanImage, path: String) -> String?
}

extension WritableImageFormat {
  public static func readingHint(_ image: ScanImage, path: String) -> String? { nil }
}
