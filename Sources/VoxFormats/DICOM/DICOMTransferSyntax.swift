/// How a DICOM file encodes its elements and pixels.
///
/// - Source: DICOM PS3.5 chapter 10 and annex A.
package struct DICOMTransferSyntax: Sendable, Hashable {
  /// How data elements are laid out in bytes.
  enum Elements: Sendable { case implicitLittle, explicitLittle, explicitBig }

  package let uid: String
  let name: String
  let elements: Elements
  /// Whether this program can decode the pixels.
  let isSupported: Bool
  /// Whether the data set as a whole is compressed.
  var isDeflated: Bool { uid == Self.prefix + ".1.99" }

  /// Finds a syntax by its UID; one that is not in the table is unsupported and taken as explicit little endian, as
  /// every compressed syntax is.
  static func named(_ uid: String) -> DICOMTransferSyntax {
    all.first { $0.uid == uid }
      ?? DICOMTransferSyntax(uid: uid, name: "unknown", elements: .explicitLittle, isSupported: false)
  }

  /// The syntax of uncompressed pixels in elements of a layout.
  static func uncompressed(_ elements: Elements) -> DICOMTransferSyntax {
    switch elements {
    case .implicitLittle: named(prefix)
    case .explicitLittle: named(prefix + ".1")
    case .explicitBig: named(prefix + ".2")
    }
  }

  /// What undoes the compression of pixels.
  enum Codec: Sendable { case runLength, jpeg, jpeg2000 }

  /// What undoes the compression of pixels; `nil` where there is none, or none is known.
  var codec: Codec? {
    switch uid {
    case Self.prefix + ".5": .runLength
    case Self.prefix + ".4.90", Self.prefix + ".4.91": .jpeg2000
    default: isSupported && uid.hasPrefix(Self.prefix + ".4.") ? .jpeg : nil
    }
  }

  private static let prefix = "1.2.840.10008.1.2"

  static let all: [DICOMTransferSyntax] = [
    known("", "Implicit VR Little Endian", .implicitLittle),
    known(".1", "Explicit VR Little Endian"),
    known(".1.99", "Deflated Explicit VR Little Endian"),
    known(".2", "Explicit VR Big Endian", .explicitBig),
    known(".4.50", "JPEG Baseline (Process 1)"),
    known(".4.51", "JPEG Extended (Processes 2 and 4)"),
    known(".4.57", "JPEG Lossless (Process 14)"),
    known(".4.70", "JPEG Lossless, First-Order Prediction (Process 14, Selection Value 1)"),
    known(".4.80", "JPEG-LS Lossless"),
    known(".4.81", "JPEG-LS Near-Lossless"),
    known(".4.90", "JPEG 2000 Lossless"),
    known(".4.91", "JPEG 2000"),
    known(".5", "RLE Lossless"),
    unsupported(".4.92", "JPEG 2000 Part 2 Lossless"),
    unsupported(".4.93", "JPEG 2000 Part 2"),
    unsupported(".4.94", "JPIP Referenced"),
    unsupported(".4.95", "JPIP Referenced Deflate"),
    unsupported(".4.100", "MPEG2 Main Profile, Main Level"),
    unsupported(".4.101", "MPEG2 Main Profile, High Level"),
    unsupported(".4.102", "MPEG-4 AVC/H.264 High Profile"),
    unsupported(".4.103", "MPEG-4 AVC/H.264 BD-compatible High Profile"),
    unsupported(".4.104", "MPEG-4 AVC/H.264 High Profile for 2D Video"),
    unsupported(".4.105", "MPEG-4 AVC/H.264 High Profile for 3D Video"),
    unsupported(".4.106", "MPEG-4 AVC/H.264 Stereo High Profile"),
    unsupported(".4.107", "HEVC/H.265 Main Profile"),
    unsupported(".4.108", "HEVC/H.265 Main 10 Profile"),
    unsupported(".4.110", "JPEG XL Lossless"),
    unsupported(".4.111", "JPEG XL JPEG Recompression"),
    unsupported(".4.112", "JPEG XL"),
    unsupported(".4.201", "High-Throughput JPEG 2000 Lossless"),
    unsupported(".4.202", "High-Throughput JPEG 2000 with RPCL Options, Lossless"),
    unsupported(".4.203", "High-Throughput JPEG 2000"),
  ]

  private static func known(_ suffix: String, _ name: String, _ elements: Elements = .explicitLittle) -> Self {
    DICOMTransferSyntax(uid: prefix + suffix, name: name, elements: elements, isSupported: true)
  }

  private static func unsupported(_ suffix: String, _ name: String) -> Self {
    DICOMTransferSyntax(uid: prefix + suffix, name: name, elements: .explicitLittle, isSupported: false)
  }
}
